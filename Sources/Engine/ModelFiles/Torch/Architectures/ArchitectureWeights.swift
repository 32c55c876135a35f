/// Where the weights of a network lie among those of a file.
struct TorchBase: Equatable, Sendable {
    /// What stands before the names, such as `model.`.
    var prefix = ""
    /// Other names of the first parts: `layer1` is `4` in `nn.Sequential(*list(resnet.children()))`.
    var renamed: [String: String] = [:]

    /// The name in the file.
    func fullName(_ name: String) -> String {
        guard !renamed.isEmpty else { return prefix + name }
        let first = name.prefix { $0 != "." }
        guard let other = renamed[String(first)] else { return prefix + name }
        return prefix + other + name.dropFirst(first.count)
    }
}

/// The weights of a file while a network is made of them: each is looked up by its name in the architecture, and
/// what nobody asked for is found at the end.
struct ArchitectureWeights {
    let file: NamedWeights
    /// Name of the architecture, for messages.
    var architecture: String
    /// Where the weights asked for lie.
    var base: TorchBase
    private var used: Set<String> = []

    init(_ file: NamedWeights, architecture: String, base: TorchBase) {
        self.file = file
        self.architecture = architecture
        self.base = base
    }

    func fullName(_ name: String) -> String { base.fullName(name) }

    /// The shape of a weight; nil where there is none.
    func shape(_ name: String) -> [Int]? { file[fullName(name)]?.shape }

    func has(_ name: String) -> Bool { shape(name) != nil }

    /// The shape of a weight that must be there, with a number of axes.
    func shape(of name: String, rank: Int) throws(ModelFileError) -> [Int] {
        guard let shape = shape(name) else { throw missing(name) }
        guard shape.count == rank, shape.allSatisfy({ $0 > 0 }) else {
            throw misfit(name, "has the shape \(shape), \(rank) axes are needed")
        }
        return shape
    }

    /// The weight of a name, which must have a shape.
    mutating func take(_ name: String, _ shape: [Int]) throws(ModelFileError) -> NamedWeights.Weight {
        guard let weight = file[fullName(name)] else { throw missing(name) }
        guard weight.shape == shape, weight.shape.allSatisfy({ $0 > 0 }) else {
            throw misfit(name, "has the shape \(weight.shape), \(shape) is needed")
        }
        guard weight.isFloatingPoint else { throw misfit(name, "has whole numbers") }
        used.insert(weight.name)
        return weight
    }

    /// Counts a weight as used that has no part in predictions.
    mutating func ignore(_ name: String) { used.insert(fullName(name)) }

    func missing(_ name: String) -> ModelFileError {
        ModelFileError(.unsupported, "the weight '\(fullName(name))' of \(architecture) is missing")
    }

    func misfit(_ name: String, _ problem: String) -> ModelFileError {
        ModelFileError(.unsupported, "the weight '\(fullName(name))' of \(architecture) \(problem)")
    }

    /// Weights that nothing has asked for and that are not clearly beside the network, in the order of the file.
    var left: [NamedWeights.Weight] {
        file.weights.filter { !used.contains($0.name) && !Self.isBeside($0) }
    }

    func checkNoneIsLeft() throws(ModelFileError) {
        let left = left
        guard let first = left.first else { return }
        let others = left.count > 1 ? " and \(left.count - 1) others belong" : " belongs"
        throw ModelFileError(
            .unsupported,
            "the weight '\(first.name)' of shape \(first.shape)\(others) to no part of \(architecture); "
                + "save the state of that network alone, or export the whole to ONNX")
    }

    /// Whether a weight serves training only: counters, metrics, weights of classes in the loss, running averages
    /// of the whole network (EMA).
    static func isBeside(_ weight: NamedWeights.Weight) -> Bool {
        if !weight.isFloatingPoint { return true }
        return weight.name.split(separator: ".").contains { part in
            let words = part.lowercased().split { !$0.isLetter && !$0.isNumber }
            return words.contains { besideWords.contains(String($0)) }
        }
    }

    private static let besideWords: Set = [
        "acc", "accuracy", "metric", "metrics", "loss", "criterion", "losses", "auroc", "auc", "f1", "f1score",
        "confusion", "confmat", "precision", "recall", "ema", "teacher",
    ]
}
