/// What is used of a PyTorch file: the weights of one network, and what is known about it.
struct TorchCheckpoint {
    /// The weights, without prefixes that say nothing.
    let weights: NamedWeights
    /// The modules, where the whole network was pickled.
    let module: TorchModule?
    /// Names of the classes, where the file has them.
    let labels: [String]?
    /// Version of PyTorch Lightning, where the file has it.
    let lightningVersion: String?

    /// Finds the network in what a file holds.
    ///
    /// - Throws: `ModelFileError` where there is none, or where several are equally likely.
    init(_ root: PickleValue, storages: any TorchStorages, limits: ModelFileLimits) throws(ModelFileError) {
        let tensors = try TorchTensors(storages: storages, in: root, limits: limits)
        let place = try TorchNetworkFinder.network(in: root)
        var found: [(name: String, tensor: StoredTensor)] = []
        if case .object(let object) = place, TorchModuleWalker.isModule(place) {
            var walker = TorchModuleWalker(tensors: tensors, limits: limits)
            module = try walker.walk(TorchModuleWalker.unwrapped(object))
            found = walker.weights
        } else {
            module = nil
            for (name, value) in TorchNetworkFinder.items(of: place) ?? [] {
                guard let tensor = try tensors.tensor(value, name: name) else { continue }
                found.append((name, tensor))
            }
        }
        // What an average of weights counts beside them.
        found.removeAll { $0.name == "n_averaged" }
        guard !found.isEmpty else {
            throw ModelFileError(.unsupported, "the PyTorch file holds a network without weights")
        }
        try Self.checkSize(found.map(\.tensor), limits: limits)
        let prefix = module == nil ? Self.emptyPrefix(of: found.map(\.name)) : 0
        weights = NamedWeights(found.map { $1.named(String($0.dropFirst(prefix))) })
        labels = TorchLabels.find(in: root)
        lightningVersion = root.namedItems?.first { $0.key == "pytorch-lightning_version" }?.value.text
    }

    /// Refuses more weights than allowed, and files in which a few bytes are used again and again.
    private static func checkSize(_ tensors: [StoredTensor], limits: ModelFileLimits) throws(ModelFileError) {
        var total = 0
        var stored: [Range<Int>] = []
        for tensor in tensors {
            // No sum overflows: each count is at most the length of the file, and the number of tensors is bounded
            // by that too.
            let (sum, overflow) = total.addingReportingOverflow(tensor.count)
            guard !overflow, sum <= limits.maximumParameters else {
                throw ModelFileError(
                    .tooLarge,
                    "the model has more parameters than the \(limits.maximumParameters) that are allowed")
            }
            total = sum
            stored.append(tensor.extent)
        }
        // Networks share weights between two layers, hardly among more.
        let elements = union(stored)
        guard total / 8 <= elements + 1024 else {
            throw ModelFileError(
                .damaged, "the PyTorch file has \(total) weights that lie over each other in \(elements) bytes")
        }
    }

    /// Number of bytes in at least one of several ranges.
    private static func union(_ ranges: [Range<Int>]) -> Int {
        var count = 0
        var end = Int.min
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) where range.upperBound > end {
            count += range.upperBound - max(end, range.lowerBound)
            end = range.upperBound
        }
        return count
    }

    /// Length of the prefixes that wrappers put before all names: `DataParallel` and `torch.compile`.
    private static func emptyPrefix(of names: [String]) -> Int {
        var length = 0
        while let prefix = ["module.", "_orig_mod."].first(where: { prefix in
            names.allSatisfy { $0.dropFirst(length).hasPrefix(prefix) }
        }) {
            length += prefix.count
        }
        return length
    }
}
