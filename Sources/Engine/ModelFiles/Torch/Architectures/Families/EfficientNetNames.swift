/// Names of the layers of a block of EfficientNet.
struct EfficientNetBlock: Sendable {
    /// A convolution and its normalization.
    struct Step: Sendable {
        let convolution: String
        let norm: String

        init(_ convolution: String, _ norm: String) {
            self.convolution = convolution
            self.norm = norm
        }
    }

    let stage: Int
    let expand: Step?
    let depthwise: Step
    let gate: (reduce: String, expand: String)?
    let project: Step
}

/// The libraries whose names for EfficientNet are known.
enum EfficientNetNames: CaseIterable, Sendable {
    case torchvision, timm
    /// The package `efficientnet_pytorch`.
    case package

    var library: String {
        switch self {
        case .torchvision: "torchvision"
        case .timm: "timm"
        case .package: "efficientnet_pytorch"
        }
    }

    var signature: [String] {
        switch self {
        case .torchvision: ["features.1.0.block.0.0.weight", "features.0.0.weight", "features.8.0.weight"]
        case .timm: ["blocks.0.0.conv_dw.weight", "conv_stem.weight", "conv_head.weight", "blocks.6.0.conv_dw.weight"]
        case .package: ["_blocks.0._depthwise_conv.weight", "_conv_stem.weight", "_conv_head.weight"]
        }
    }

    /// Parts in the order of the module, where it can be called as a list of them.
    var children: [String] { self == .torchvision ? ["features", "avgpool", "classifier"] : [] }

    static func of(_ weights: ArchitectureWeights) -> EfficientNetNames? {
        allCases.first { $0.signature.allSatisfy(weights.has) }
    }

    /// Whether the blocks have squeeze and excitation.
    func hasGates(_ weights: ArchitectureWeights) -> Bool {
        switch self {
        case .torchvision: weights.has("features.1.0.block.1.fc1.weight")
        case .timm: weights.has("blocks.0.0.se.conv_reduce.weight")
        case .package: weights.has("_blocks.0._se_reduce.weight")
        }
    }

    var stem: EfficientNetBlock.Step {
        switch self {
        case .torchvision: .init("features.0.0", "features.0.1")
        case .timm: .init("conv_stem", "bn1")
        case .package: .init("_conv_stem", "_bn0")
        }
    }

    var last: EfficientNetBlock.Step {
        switch self {
        case .torchvision: .init("features.8.0", "features.8.1")
        case .timm: .init("conv_head", "bn2")
        case .package: .init("_conv_head", "_bn1")
        }
    }

    /// The blocks in the order in which they run.
    func blocks(_ weights: ArchitectureWeights) throws(ModelFileError) -> [EfficientNetBlock] {
        guard self == .package else { return staged(weights) }
        var blocks: [EfficientNetBlock] = []
        var stage = -1
        var channels = 0
        for index in 0..<200 where weights.has("_blocks.\(index)._depthwise_conv.weight") {
            let name = "_blocks.\(index)."
            // A stage starts where the number of channels changes.
            let width = try weights.shape(of: name + "_project_conv.weight", rank: 4)[0]
            if width != channels { (stage, channels) = (stage + 1, width) }
            guard stage < EfficientNetLayout.strides.count else {
                throw weights.misfit(name + "_project_conv.weight", "starts an eighth stage")
            }
            let isExpanded = weights.has(name + "_expand_conv.weight")
            let hasGate = weights.has(name + "_se_reduce.weight")
            blocks.append(
                EfficientNetBlock(
                    stage: stage, expand: isExpanded ? .init(name + "_expand_conv", name + "_bn0") : nil,
                    depthwise: .init(name + "_depthwise_conv", name + "_bn1"),
                    gate: hasGate ? (name + "_se_reduce", name + "_se_expand") : nil,
                    project: .init(name + "_project_conv", name + "_bn2")))
        }
        return blocks
    }

    private func staged(_ weights: ArchitectureWeights) -> [EfficientNetBlock] {
        (0..<EfficientNetLayout.strides.count).flatMap { stage in
            let start = self == .torchvision ? "features.\(stage + 1)." : "blocks.\(stage)."
            let probe = self == .torchvision ? ".block.0.0.weight" : ".conv_dw.weight"
            return (0..<100).prefix { weights.has("\(start)\($0)\(probe)") }.map { index in
                self == .torchvision
                    ? torchvisionBlock("\(start)\(index).block.", stage, weights)
                    : timmBlock("\(start)\(index).", stage, weights)
            }
        }
    }

    private func torchvisionBlock(
        _ name: String, _ stage: Int, _ weights: ArchitectureWeights
    ) -> EfficientNetBlock {
        let first = weights.has(name + "3.0.weight") ? 1 : 0
        return EfficientNetBlock(
            stage: stage, expand: first == 1 ? .init(name + "0.0", name + "0.1") : nil,
            depthwise: .init("\(name)\(first).0", "\(name)\(first).1"),
            gate: ("\(name)\(first + 1).fc1", "\(name)\(first + 1).fc2"),
            project: .init("\(name)\(first + 2).0", "\(name)\(first + 2).1"))
    }

    private func timmBlock(_ name: String, _ stage: Int, _ weights: ArchitectureWeights) -> EfficientNetBlock {
        let isExpanded = weights.has(name + "conv_pwl.weight")
        let hasGate = weights.has(name + "se.conv_reduce.weight")
        return EfficientNetBlock(
            stage: stage, expand: isExpanded ? .init(name + "conv_pw", name + "bn1") : nil,
            depthwise: .init(name + "conv_dw", isExpanded ? name + "bn2" : name + "bn1"),
            gate: hasGate ? (name + "se.conv_reduce", name + "se.conv_expand") : nil,
            project: isExpanded
                ? .init(name + "conv_pwl", name + "bn3") : .init(name + "conv_pw", name + "bn2"))
    }
}
