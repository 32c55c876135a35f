/// Finds the network among what a training state holds.
struct TorchNetworkFinder {
    /// Keys under which programs put the weights, the most telling first.
    private static let keys = [
        "state_dict", "model_state_dict", "model_state", "model", "net", "network", "weights", "params", "module",
        "model_weights", "net_state_dict", "state_dict_model", "backbone", "encoder", "classifier", "ema_state_dict",
        "state_dict_ema", "model_ema", "ema", "params_ema",
    ]
    /// Words in keys of what is no network.
    private static let others = ["optim", "sched", "scaler", "loops", "callbacks", "hyper_parameters", "amp", "rng"]
    private static let maximumDepth = 3
    /// Values looked at in a dictionary before it is taken for no state dictionary.
    private static let maximumChecks = 64

    /// What has been looked at: a few bytes of a pickle may refer to the same dictionary very often.
    private var seen: Set<ObjectIdentifier> = []

    /// The state dictionary or the module in what a file holds.
    ///
    /// - Throws: `ModelFileError` where there is none, or where several are equally likely.
    static func network(in root: PickleValue) throws(ModelFileError) -> PickleValue {
        var finder = TorchNetworkFinder()
        guard let network = try finder.network(in: root, depth: 0) else {
            throw ModelFileError(.unsupported, "the PyTorch file holds \(name(of: root)), not the weights of a network")
        }
        return network
    }

    private mutating func network(in value: PickleValue, depth: Int) throws(ModelFileError) -> PickleValue? {
        guard depth <= Self.maximumDepth, isNew(value) else { return nil }
        if TorchModuleWalker.isModule(value) { return value }
        guard let items = Self.items(of: value) else { return nil }
        var named: [(key: String, network: PickleValue)] = []
        var others: [(key: String, network: PickleValue)] = []
        for (key, item) in items where !Self.isOther(key) {
            guard let network = try network(in: item, depth: depth + 1) else { continue }
            if Self.keys.contains(key) { named.append((key, network)) } else { others.append((key, network)) }
        }
        if let best = Self.keys.compactMap({ key in named.first { $0.key == key } }).first { return best.network }
        if Self.isStateDictionary(items) { return value }
        guard others.count <= 1 else {
            let list = others.prefix(5).map { "'\($0.key)'" }.joined(separator: ", ")
            throw ModelFileError(
                .unsupported,
                "the PyTorch file holds several networks (\(list)); save the state_dict of the one that is meant")
        }
        return others.first?.network
    }

    private mutating func isNew(_ value: PickleValue) -> Bool {
        switch value {
        case .dictionary(let dictionary): seen.insert(ObjectIdentifier(dictionary)).inserted
        case .list(let list): seen.insert(ObjectIdentifier(list)).inserted
        case .object(let object): seen.insert(ObjectIdentifier(object)).inserted
        case .tuple: true
        default: false
        }
    }

    /// The parts of a dictionary or of a short list.
    static func items(of value: PickleValue) -> [(key: String, value: PickleValue)]? {
        if let items = value.namedItems { return items }
        guard let elements = value.sequence, elements.count <= 16 else { return nil }
        return elements.enumerated().map { (String($0), $1) }
    }

    private static func isOther(_ key: String) -> Bool {
        let key = key.lowercased()
        return others.contains { key.contains($0) }
    }

    private static func isStateDictionary(_ items: [(key: String, value: PickleValue)]) -> Bool {
        items.prefix(maximumChecks).contains { isTensor($0.value) }
    }

    private static func isTensor(_ value: PickleValue) -> Bool {
        switch value {
        case .object(let object): object.type.name.hasPrefix("_rebuild") && object.type.module.hasPrefix("torch.")
        case .array(let array): array.type.kind == .float && !array.shape.isEmpty
        default: false
        }
    }

    private static func name(of value: PickleValue) -> String {
        switch value {
        case .object where isTensor(value): "a single tensor"
        case .object(let object): "an object of the class \(object.type)"
        case .dictionary: "a dictionary without weights"
        case .list, .tuple, .set: "a list"
        default: "a single value"
        }
    }
}
