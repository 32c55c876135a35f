/// EfficientNet-B0 to B7 with the names of torchvision, timm or the package `efficientnet_pytorch`.
///
/// - Source: M. Tan, Q. Le, "EfficientNet: Rethinking Model Scaling"; the three libraries' names and constants.
struct EfficientNetFamily: TorchFamily {
    static let names = (0...7).map { "efficientnet_b\($0)" } + (0...7).map { "tf_efficientnet_b\($0)" }
    static let signatures = EfficientNetNames.allCases.map { TorchSignature($0.signature, children: $0.children) }

    /// Filters of the first convolution, blocks of the stages and side of the pictures.
    private static let members: [(stem: Int, depths: [Int], side: Int)] = [
        (32, [1, 2, 2, 3, 3, 4, 1], 224), (32, [2, 3, 3, 4, 4, 5, 2], 240), (32, [2, 3, 3, 4, 4, 5, 2], 260),
        (40, [2, 3, 3, 5, 5, 6, 2], 300), (48, [2, 4, 4, 6, 6, 8, 2], 380), (48, [3, 5, 5, 7, 7, 9, 3], 456),
        (56, [3, 6, 6, 8, 8, 11, 3], 528), (64, [4, 7, 7, 10, 10, 13, 4], 600),
    ]

    let name: String
    private let layout: EfficientNetLayout
    private let side: Int

    var stem: String { layout.names.stem.convolution + ".weight" }

    func usualSide(channels: Int) -> Int { side }

    var convention: (InputConvention, reason: String) {
        (.imageNet, "\(name) of \(layout.names.library) expects the mean and deviation of ImageNet")
    }

    init?(_ weights: ArchitectureWeights, _ choice: ArchitectureChoice) throws(ModelFileError) {
        guard let names = EfficientNetNames.of(weights), names.hasGates(weights) else { return nil }
        let blocks = try names.blocks(weights)
        let depths = EfficientNetLayout.depths(blocks)
        let filters = try weights.shape(of: names.stem.convolution + ".weight", rank: 4)[0]
        let last = try weights.shape(of: names.last.convolution + ".weight", rank: 4)[0]
        let candidates = Self.members.indices.filter {
            Self.members[$0].stem == filters && Self.members[$0].depths == depths
        }
        // B1 and B2 differ in width only.
        guard let number = candidates.count == 2 ? (last > 1280 ? 2 : 1) : candidates.first else {
            throw ModelFileError(
                .unsupported,
                "the weights are those of an EfficientNet with stages of \(depths) blocks, which is none of B0 to B7")
        }
        // The package's own networks all come from TensorFlow, so that they go by the plain name too.
        let isStated = choice.name?.hasPrefix("tf_") == true && names != .torchvision
        let isTensorFlow = names == .package || isStated
        name = (isStated ? "tf_" : "") + "efficientnet_b\(number)"
        side = names == .torchvision && number == 2 ? 288 : Self.members[number].side
        let epsilon: Float = isTensorFlow || (names == .torchvision && number >= 5) ? 1e-3 : 1e-5
        layout = EfficientNetLayout(
            names: names, blocks: blocks, padding: isTensorFlow ? .same : nil, epsilon: epsilon, function: .silu)
    }

    func write(
        _ picture: TorchValue, to writer: inout TorchNetworkWriter, _ choice: ArchitectureChoice
    ) throws(ModelFileError) -> TorchValue {
        layout.noteForms(of: name, &writer)
        let value = try layout.features(of: picture, &writer)
        return try writer.head(value, TorchHead(name, choice, usual: .relu), poolingTo: [1])
    }
}

/// EfficientNet-Lite0 to Lite4: no gates and ReLU6.
///
/// - Source: the announcement and code of EfficientNet-Lite; timm's names and constants.
struct EfficientNetLiteFamily: TorchFamily {
    static let names = (0...4).map { "efficientnet_lite\($0)" } + (0...4).map { "tf_efficientnet_lite\($0)" }
    static let signatures = [EfficientNetNames.package, .timm].map {
        TorchSignature($0.signature, children: $0.children)
    }

    /// Blocks of the stages, channels of the third stage and side of the pictures.
    private static let members: [(depths: [Int], width: Int, side: Int)] = [
        ([1, 2, 2, 3, 3, 4, 1], 40, 224), ([1, 3, 3, 4, 4, 5, 1], 40, 240), ([1, 3, 3, 4, 4, 5, 1], 48, 260),
        ([1, 3, 3, 5, 5, 6, 1], 48, 280), ([1, 4, 4, 6, 6, 8, 1], 56, 300),
    ]

    let name: String
    private let layout: EfficientNetLayout
    private let side: Int

    var stem: String { layout.names.stem.convolution + ".weight" }

    func usualSide(channels: Int) -> Int { side }

    var convention: (InputConvention, reason: String) {
        if layout.names == .timm {
            return name.hasPrefix("tf_")
                ? (.symmetric(.rgb), "\(name) of timm expects -1…1")
                : (.imageNet, "\(name) of timm expects the mean and deviation of ImageNet")
        }
        let convention = InputConvention(channels: .rgb, scale: 1 / 255, mean: [0.498], standardDeviation: [0.502])
        return (convention, "EfficientNet-Lite expects (value - 127) / 128")
    }

    init?(_ weights: ArchitectureWeights, _ choice: ArchitectureChoice) throws(ModelFileError) {
        guard let names = EfficientNetNames.of(weights), names != .torchvision, !names.hasGates(weights) else {
            return nil
        }
        let blocks = try names.blocks(weights)
        let filters = try weights.shape(of: names.stem.convolution + ".weight", rank: 4)[0]
        let depths = EfficientNetLayout.depths(blocks)
        guard filters == 32, let third = blocks.first(where: { $0.stage == 2 }) else { return nil }
        let width = try weights.shape(of: third.project.convolution + ".weight", rank: 4)[0]
        guard let number = Self.members.firstIndex(where: { $0.depths == depths && $0.width == width }) else {
            return nil
        }
        let isStated = choice.name?.hasPrefix("tf_") == true
        name = (isStated ? "tf_" : "") + "efficientnet_lite\(number)"
        side = Self.members[number].side
        // The weights of the package come from TensorFlow; timm has others too.
        let isTensorFlow = names == .package || isStated
        layout = EfficientNetLayout(
            names: names, blocks: blocks, padding: isTensorFlow ? .same : nil, epsilon: isTensorFlow ? 1e-3 : 1e-5,
            function: .relu6)
    }

    func write(
        _ picture: TorchValue, to writer: inout TorchNetworkWriter, _ choice: ArchitectureChoice
    ) throws(ModelFileError) -> TorchValue {
        layout.noteForms(of: name, &writer)
        let value = try layout.features(of: picture, &writer)
        return try writer.head(value, TorchHead(name, choice, usual: .relu), poolingTo: [1])
    }
}

/// The layers of an EfficientNet.
struct EfficientNetLayout: Sendable {
    let names: EfficientNetNames
    let blocks: [EfficientNetBlock]
    /// nil pads both sides alike.
    let padding: TorchPadding?
    /// What the normalizations add to the variance.
    let epsilon: Float
    let function: TorchActivation

    /// The step of the first block of each stage.
    static let strides = [1, 2, 2, 2, 1, 2, 1]

    /// Number of blocks of each stage.
    static func depths(_ blocks: [EfficientNetBlock]) -> [Int] {
        strides.indices.map { stage in blocks.count { $0.stage == stage } }
    }

    func features(
        of picture: TorchValue, _ writer: inout TorchNetworkWriter
    ) throws(ModelFileError) -> TorchValue {
        var value = try writer.convolution(picture, names.stem.convolution, kernel: 3, stride: 2, padding: padding)
        value = try normalized(value, names.stem.norm, &writer)
        var stage = -1
        for block in blocks {
            let stride = block.stage == stage ? 1 : Self.strides[block.stage]
            stage = block.stage
            value = try self.block(block, value, stride, &writer)
        }
        value = try writer.convolution(value, names.last.convolution, kernel: 1)
        return try normalized(value, names.last.norm, &writer)
    }

    /// Says what the names of timm leave open.
    func noteForms(of name: String, _ writer: inout TorchNetworkWriter) {
        guard names == .timm, padding == nil else { return }
        writer.notes.append(
            "timm has \(name) in two forms that differ in padding only, which weights do not tell: if it is the one "
                + #"from TensorFlow, give {"architecture": "tf_\#(name)"}."#)
    }

    private func block(
        _ block: EfficientNetBlock, _ value: TorchValue, _ stride: Int, _ writer: inout TorchNetworkWriter
    ) throws(ModelFileError) -> TorchValue {
        var result = value
        if let expand = block.expand {
            result = try writer.convolution(result, expand.convolution, kernel: 1)
            result = try normalized(result, expand.norm, &writer)
        }
        result = try writer.depthwise(result, block.depthwise.convolution, stride: stride, padding: padding)
        result = try normalized(result, block.depthwise.norm, &writer)
        if let gate = block.gate { result = try writer.gate(result, gate.reduce, gate.expand, isHard: false) }
        result = try writer.convolution(result, block.project.convolution, kernel: 1)
        result = try writer.batchNorm(result, block.project.norm, epsilon: epsilon)
        return stride == 1 && result.shape == value.shape ? writer.add(value, result) : result
    }

    private func normalized(
        _ value: TorchValue, _ name: String, _ writer: inout TorchNetworkWriter
    ) throws(ModelFileError) -> TorchValue {
        writer.activation(function, try writer.batchNorm(value, name, epsilon: epsilon))
    }
}
