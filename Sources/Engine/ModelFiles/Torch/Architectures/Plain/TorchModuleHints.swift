import JSON

/// What the modules of a pickled network tell beyond its weights, where only code knows in which order they run.
struct TorchModuleHints: Sendable {
    /// Name of the network's class.
    let name: String
    /// Padding of each convolution, by the path of the module; empty where the file does not keep settings.
    private(set) var paddings: [String: Int] = [:]
    /// The only function among the modules; nil where it is called in code.
    private(set) var activation: TorchActivation?
    /// Number of 2×2 max-poolings; code may use one of them again and again.
    private(set) var poolCount = 0
    /// What no plain network has, for people: `Conv2d 'conv1' with stride [2,2]`.
    private(set) var obstacle: String?

    init(_ module: TorchModule) {
        name = module.type.name
        var waiting = [module]
        while let next = waiting.popLast(), obstacle == nil {
            if next.isStandard, !Self.containers.contains(next.type.name) { read(next) }
            waiting += next.children
        }
    }

    private static let containers: Set = ["Sequential", "ModuleList", "ModuleDict", "Module"]
    /// Layers whose place does not change what the network answers, or is told by the weights.
    private static let harmless: Set = [
        "Linear", "Flatten", "Identity", "Dropout", "Dropout1d", "Dropout2d", "AlphaDropout", "FeatureAlphaDropout",
        "PReLU", "Softmax", "LogSoftmax",
    ]
    private static let activations: [String: TorchActivation] = [
        "ReLU": .relu, "ReLU6": .relu6, "GELU": .gelu, "SiLU": .silu, "Tanh": .tanh, "ELU": .elu, "SELU": .selu,
        "Mish": .mish, "LeakyReLU": .leakyReLU, "Hardswish": .hardSwish,
    ]

    private mutating func read(_ module: TorchModule) {
        switch module.type.name {
        case "Conv2d":
            expect(module, ["stride": 1, "dilation": 1, "groups": 1, "padding_mode": "zeros"])
            guard !module.isScript else { return }
            guard let padding = Self.single(module.settings["padding"]) else { return refuse(module, "padding") }
            paddings[module.path] = padding
        case "MaxPool2d":
            expect(module, ["kernel_size": 2, "stride": 2, "padding": 0, "dilation": 1, "ceil_mode": false])
            poolCount += 1
        case "BatchNorm1d", "BatchNorm2d", "LayerNorm":
            expect(module, ["eps": .number(1e-5)])
        case let type where Self.activations[type] != nil:
            expect(module, ["alpha": 1, "negative_slope": .number(0.01), "approximate": "none"])
            if module.isScript, ["GELU", "ELU", "LeakyReLU"].contains(type) { refuse(module, nil) }
            if activation != nil, activation != Self.activations[type] { refuse(module, nil) }
            activation = Self.activations[type]
        case let type where Self.harmless.contains(type) || type.hasSuffix("Loss"): break
        default: refuse(module, nil)
        }
    }

    /// Refuses a module that has one of the settings, but with another value.
    private mutating func expect(_ module: TorchModule, _ expected: [String: JSONValue]) {
        for (key, value) in expected.sorted(by: { $0.key < $1.key }) {
            guard let stated = module.settings[key], !stated.isNull else { continue }
            let isEqual =
                if let number = value.intValue, value.doubleValue == Double(number) {
                    stated.doubleValue == Double(number) || Self.single(stated) == number
                } else {
                    stated == value
                }
            if !isEqual { refuse(module, key) }
        }
    }

    /// A whole number, or several that are equal.
    private static func single(_ value: JSONValue?) -> Int? {
        if let number = value?.intValue { return number }
        guard let numbers = value?.arrayValue?.compactMap(\.intValue), numbers.count == value?.arrayValue?.count,
            let first = numbers.first, numbers.allSatisfy({ $0 == first })
        else { return nil }
        return first
    }

    private mutating func refuse(_ module: TorchModule, _ key: String?) {
        let setting = key.map { " with \($0) \(module.settings[$0]?.text().prefix(40) ?? "unknown")" } ?? ""
        obstacle = "\(module.type.name.prefix(40)) '\(module.path.prefix(80))'\(setting)"
    }

    /// Whether an arrangement of convolutions and poolings agrees with the modules.
    func allows(_ arrangement: StackArrangement, _ stack: StackShapes) -> Bool {
        arrangement.pools.count(where: \.self) >= poolCount
            && zip(stack.stages, arrangement.paddings).allSatisfy { paddings[$0.name].map { [$0] } ?? [$1] == [$1] }
    }

    /// What is taken by convention, for people.
    var note: String {
        "The order in which the class \(name) uses its layers stands only in code, which is never read: that of the "
            + "weights is taken."
    }
}
