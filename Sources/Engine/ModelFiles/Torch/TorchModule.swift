import JSON

/// A module of a whole network that has been pickled: its class, its settings and the modules in it.
///
/// The code of `forward` is never in a file, so that only the order within containers such as `Sequential` is known.
struct TorchModule: Sendable {
    /// The class, such as `Conv2d` of `torch.nn.modules.conv`.
    let type: PickleGlobal
    /// Path from the root, with dots; the names of its weights start with it. Empty for the root.
    let path: String
    /// Attributes that are numbers, texts or short lists of such: `stride`, `padding`, `eps` and their like.
    let settings: JSONObject
    /// Whether it is of a TorchScript archive, which keeps the settings of PyTorch's layers in code.
    let isScript: Bool
    /// Modules in it, in the order in which they were added.
    let children: [TorchModule]

    /// Whether the class is one of PyTorch's own layers or containers.
    var isStandard: Bool { type.module.hasPrefix("torch.nn.modules.") || type.module == "torch.nn" }

    /// Its own name in the module around it.
    var name: Substring { path.split(separator: ".").last ?? "" }
}

/// Walks the modules of a pickled network, gathering modules and weights.
struct TorchModuleWalker {
    let tensors: TorchTensors
    private let maximumModules: Int
    private(set) var weights: [(name: String, tensor: StoredTensor)] = []
    private var moduleCount = 0
    private var attributeCount = 0

    /// Modules inside each other; real networks have less than ten levels.
    private static let maximumDepth = 64
    /// Attributes of all modules; a module that is used again counts again.
    private static let maximumAttributes = 4 << 20

    init(tensors: TorchTensors, limits: ModelFileLimits) {
        self.tensors = tensors
        maximumModules = limits.maximumLayers
    }

    /// Whether a value is a module: of `torch.nn`, or of TorchScript.
    static func isModule(_ value: PickleValue) -> Bool {
        guard case .object(let object) = value else { return false }
        if object.type.module.hasPrefix("__torch__") { return true }
        return object["_parameters"] != nil && object["_modules"] != nil
    }

    /// The network within wrappers of PyTorch that compute nothing: `DataParallel` and averages of weights.
    static func unwrapped(_ object: PickleObject) -> PickleObject {
        var object = object
        // Nobody wraps more often; one that holds itself would go on for ever.
        for _ in 0..<4 {
            guard wrappers.contains(object.type), let modules = object["_modules"]?.namedItems, modules.count == 1,
                case .object(let inner) = modules[0].value, isModule(modules[0].value)
            else { return object }
            object = inner
        }
        return object
    }

    private static let wrappers: Set<PickleGlobal> = [
        PickleGlobal(module: "torch.nn.parallel.data_parallel", name: "DataParallel"),
        PickleGlobal(module: "torch.nn.parallel.distributed", name: "DistributedDataParallel"),
        PickleGlobal(module: "torch.optim.swa_utils", name: "AveragedModel"),
    ]

    /// Walks a module and all in it.
    mutating func walk(
        _ object: PickleObject, path: String = "", depth: Int = 0
    ) throws(ModelFileError) -> TorchModule {
        moduleCount += 1
        guard moduleCount <= maximumModules, depth <= Self.maximumDepth else {
            throw ModelFileError(
                .tooLarge,
                "the network has more than \(maximumModules) modules, or more than \(Self.maximumDepth) inside each other"
            )
        }
        var settings = JSONObject()
        var children: [TorchModule] = []
        let attributes = Self.attributes(of: object)
        attributeCount += attributes.count
        guard attributeCount <= Self.maximumAttributes else {
            throw ModelFileError(.tooLarge, "the modules have more than \(Self.maximumAttributes) attributes")
        }
        let isScript = object.type.module.hasPrefix("__torch__")
        for (name, value) in attributes {
            if !isScript, name == "_parameters" || name == "_buffers" {
                for (name, value) in value.namedItems ?? [] { try add(value, path: path, name: name) }
            } else if !isScript, name == "_modules" {
                for (name, value) in value.namedItems ?? [] {
                    guard case .object(let child) = value else { continue }
                    children.append(try walk(child, path: Self.join(path, name), depth: depth + 1))
                }
            } else if isScript, case .object(let child) = value, Self.isModule(value) {
                children.append(try walk(child, path: Self.join(path, name), depth: depth + 1))
            } else if isScript, case .object = value {
                try add(value, path: path, name: name)
            } else if !name.hasPrefix("_"), let setting = value.settings() {
                settings[name] = setting
            }
        }
        return TorchModule(
            type: Self.plainType(object.type), path: path, settings: settings, isScript: isScript, children: children)
    }

    private mutating func add(_ value: PickleValue, path: String, name: String) throws(ModelFileError) {
        let name = Self.join(path, name)
        // A parameter or buffer that a layer does without is None.
        guard let tensor = try tensors.tensor(value, name: name) else { return }
        weights.append((name, tensor))
    }

    private static func join(_ path: String, _ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

    private static func attributes(of object: PickleObject) -> [(key: String, value: PickleValue)] {
        switch object.state {
        case .dictionary(let attributes): return PickleValue.dictionary(attributes).namedItems ?? []
        case .tuple(let parts): return parts.flatMap { $0.namedItems ?? [] }
        default: return []
        }
    }

    /// The class without what TorchScript adds to its name.
    private static func plainType(_ type: PickleGlobal) -> PickleGlobal {
        guard type.module.hasPrefix("__torch__") else { return type }
        let parts = type.module.split(separator: ".").dropFirst().filter { !$0.hasPrefix("___torch_mangle") }
        return PickleGlobal(module: parts.joined(separator: "."), name: type.name)
    }
}
