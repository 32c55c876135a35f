/// MobileNetV2 with the names of timm: laid out as an EfficientNet without gates.
///
/// - Source: M. Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks"; timm's names.
struct TimmMobileNetV2Family: TorchFamily {
    static let names = ["mobilenetv2_100"]
    static let signatures = [TorchSignature(EfficientNetNames.timm.signature)]

    let name = "mobilenetv2_100"
    let stem = "conv_stem.weight"
    private let layout: EfficientNetLayout

    var convention: (InputConvention, reason: String) {
        (.imageNet, "\(name) of timm expects the mean and deviation of ImageNet")
    }

    init?(_ weights: ArchitectureWeights, _ choice: ArchitectureChoice) throws(ModelFileError) {
        guard !EfficientNetNames.timm.hasGates(weights) else { return nil }
        let blocks = try EfficientNetNames.timm.blocks(weights)
        let filters = try weights.shape(of: stem, rank: 4)[0]
        guard filters == 32, EfficientNetLayout.depths(blocks) == [1, 2, 3, 4, 3, 3, 1] else { return nil }
        layout = EfficientNetLayout(names: .timm, blocks: blocks, padding: nil, epsilon: 1e-5, function: .relu6)
    }

    func write(
        _ picture: TorchValue, to writer: inout TorchNetworkWriter, _ choice: ArchitectureChoice
    ) throws(ModelFileError) -> TorchValue {
        let value = try layout.features(of: picture, &writer)
        return try writer.head(value, TorchHead(name, choice, usual: .relu), poolingTo: [1])
    }
}

/// MobileNetV3 with the names of timm, small and large; those from TensorFlow only where the description says so.
///
/// - Source: A. Howard et al., "Searching for MobileNetV3"; timm's names and constants.
struct TimmMobileNetV3Family: TorchFamily {
    private static let plainNames = ["mobilenetv3_small_100", "mobilenetv3_large_100"]
    static let names = plainNames + plainNames.map { "tf_" + $0 }

    static let signatures = ["blocks.6.0.conv.weight", "blocks.5.0.conv.weight"].map {
        TorchSignature(["blocks.0.0.conv_dw.weight", "conv_stem.weight", "conv_head.bias", $0])
    }

    let name: String
    let stem = "conv_stem.weight"
    private let blocks: [MobileNetV3Family.Block]
    /// Blocks of each stage.
    private let depths: [Int]
    private let isTensorFlow: Bool
    private var epsilon: Float { isTensorFlow ? 1e-3 : 1e-5 }
    /// nil pads both sides alike.
    private var padding: TorchPadding? { isTensorFlow ? .same : nil }

    var convention: (InputConvention, reason: String) {
        isTensorFlow
            ? (.symmetric(.rgb), "\(name) of timm expects -1…1")
            : (.imageNet, "\(name) of timm expects the mean and deviation of ImageNet")
    }

    init?(_ weights: ArchitectureWeights, _ choice: ArchitectureChoice) throws(ModelFileError) {
        let isLarge = weights.has("blocks.6.0.conv.weight")
        isTensorFlow = choice.name?.hasPrefix("tf_") == true
        name = (isTensorFlow ? "tf_" : "") + Self.plainNames[isLarge ? 1 : 0]
        blocks = isLarge ? MobileNetV3Family.large : MobileNetV3Family.small
        depths = isLarge ? [1, 2, 3, 4, 2, 3] : [1, 2, 3, 2, 3]
    }

    func write(
        _ picture: TorchValue, to writer: inout TorchNetworkWriter, _ choice: ArchitectureChoice
    ) throws(ModelFileError) -> TorchValue {
        if !isTensorFlow {
            writer.notes.append(
                "timm has \(name) in two forms that differ in padding and constants only, which weights do not tell: if it "
                    + #"is the one from TensorFlow, give {"architecture": "tf_\#(name)"}."#)
        }
        var value = try writer.convolution(picture, "conv_stem", channels: 16, kernel: 3, stride: 2, padding: padding)
        value = writer.activation(.hardSwish, try writer.batchNorm(value, "bn1", epsilon: epsilon))
        var number = 0
        for (stage, depth) in depths.enumerated() {
            for index in 0..<depth {
                value = try write(blocks[number], value, "blocks.\(stage).\(index).", &writer)
                number += 1
            }
        }
        let last = "blocks.\(depths.count).0."
        value = try writer.convolution(value, last + "conv", channels: 6 * value.shape[0], kernel: 1)
        value = writer.activation(.hardSwish, try writer.batchNorm(value, last + "bn1", epsilon: epsilon))
        // The widening comes behind the pooling.
        value = try writer.convolution(writer.pixelPool(value), "conv_head", kernel: 1, hasBias: true)
        value = writer.activation(.hardSwish, value)
        return try writer.head(value, TorchHead(name, choice, usual: .relu), poolingTo: [1])
    }

    private func write(
        _ block: MobileNetV3Family.Block, _ value: TorchValue, _ name: String, _ writer: inout TorchNetworkWriter
    ) throws(ModelFileError) -> TorchValue {
        var result = value
        // The first block of all has nothing that widens it, which shifts the names.
        let isWidened = writer.weights.has(name + "conv_pwl.weight")
        if isWidened {
            result = try writer.convolution(result, name + "conv_pw", channels: block.width, kernel: 1)
            result = try writer.batchNorm(result, name + "bn1", epsilon: epsilon)
            result = writer.activation(block.function, result)
        }
        result = try writer.depthwise(
            result, name + "conv_dw", kernel: block.kernel, stride: block.stride, padding: padding)
        result = try writer.batchNorm(result, name + (isWidened ? "bn2" : "bn1"), epsilon: epsilon)
        result = writer.activation(block.function, result)
        if block.hasGate {
            result = try writer.gate(result, name + "se.conv_reduce", name + "se.conv_expand", isHard: true)
        }
        result = try writer.convolution(
            result, name + (isWidened ? "conv_pwl" : "conv_pw"), channels: block.channels, kernel: 1)
        result = try writer.batchNorm(result, name + (isWidened ? "bn3" : "bn2"), epsilon: epsilon)
        return block.stride == 1 && result.shape == value.shape ? writer.add(value, result) : result
    }
}
