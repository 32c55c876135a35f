import ONNX

/// MobileNetV2 of torchvision, of any width.
///
/// - Source: M. Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks"; torchvision's names.
struct MobileNetV2Family: TorchFamily {
    static let names = ["mobilenet_v2"]

    static let signatures = [
        TorchSignature(
            ["features.1.conv.0.0.weight", "features.0.0.weight", "features.18.0.weight"],
            children: ["features", "classifier"])
    ]

    let name = "mobilenet_v2"
    let stem = "features.0.0.weight"

    init?(_ weights: ArchitectureWeights, _ choice: ArchitectureChoice) throws(ModelFileError) {}

    func write(
        _ picture: TorchValue, to writer: inout TorchNetworkWriter, _ choice: ArchitectureChoice
    ) throws(ModelFileError) -> TorchValue {
        var value = try writer.convolution(picture, "features.0.0", kernel: 3, stride: 2)
        value = writer.activation(.relu6, try writer.batchNorm(value, "features.0.1"))
        var place = 1
        // Blocks and the step of the first of them.
        for (count, stride) in [(1, 1), (2, 2), (3, 2), (4, 2), (3, 1), (3, 2), (1, 1)] {
            for index in 0..<count {
                value = try block(value, "features.\(place).conv.", place, index == 0 ? stride : 1, &writer)
                place += 1
            }
        }
        value = try writer.convolution(value, "features.18.0", kernel: 1)
        value = writer.activation(.relu6, try writer.batchNorm(value, "features.18.1"))
        return try writer.head(value, TorchHead(name, choice, usual: .relu), poolingTo: [1])
    }

    private func block(
        _ value: TorchValue, _ name: String, _ place: Int, _ stride: Int, _ writer: inout TorchNetworkWriter
    ) throws(ModelFileError) -> TorchValue {
        var result = value
        var part = 0
        if place > 1 {
            result = try writer.convolution(result, name + "0.0", kernel: 1)
            result = writer.activation(.relu6, try writer.batchNorm(result, name + "0.1"))
            part = 1
        }
        result = try writer.depthwise(result, name + "\(part).0", kernel: 3, stride: stride)
        result = writer.activation(.relu6, try writer.batchNorm(result, name + "\(part).1"))
        result = try writer.convolution(result, name + "\(part + 1)", kernel: 1)
        result = try writer.batchNorm(result, name + "\(part + 2)")
        return result.shape == value.shape ? writer.add(value, result) : result
    }
}

/// MobileNetV3 of torchvision, small and large.
///
/// - Source: A. Howard et al., "Searching for MobileNetV3"; torchvision's names, strides and constants.
struct MobileNetV3Family: TorchFamily {
    static let names = ["mobilenet_v3_small", "mobilenet_v3_large"]

    static let signatures = [
        TorchSignature(
            ["features.1.block.0.0.weight", "features.0.0.weight", "features.12.0.weight"],
            children: ["features", "avgpool", "classifier"]),
        TorchSignature(
            ["features.1.block.0.0.weight", "features.0.0.weight", "features.16.0.weight"],
            children: ["features", "avgpool", "classifier"]),
    ]

    struct Block {
        let kernel: Int
        let width: Int
        let channels: Int
        let hasGate: Bool
        let function: TorchActivation
        let stride: Int

        init(_ kernel: Int, _ width: Int, _ channels: Int, _ hasGate: Bool, _ function: TorchActivation, _ stride: Int)
        {
            (self.kernel, self.width, self.channels) = (kernel, width, channels)
            (self.hasGate, self.function, self.stride) = (hasGate, function, stride)
        }
    }

    // Kernel, inner width, channels, gate, function, stride: tables 1 and 2 of the paper.
    static let large = [
        Block(3, 16, 16, false, .relu, 1), Block(3, 64, 24, false, .relu, 2), Block(3, 72, 24, false, .relu, 1),
        Block(5, 72, 40, true, .relu, 2), Block(5, 120, 40, true, .relu, 1), Block(5, 120, 40, true, .relu, 1),
        Block(3, 240, 80, false, .hardSwish, 2), Block(3, 200, 80, false, .hardSwish, 1),
        Block(3, 184, 80, false, .hardSwish, 1), Block(3, 184, 80, false, .hardSwish, 1),
        Block(3, 480, 112, true, .hardSwish, 1), Block(3, 672, 112, true, .hardSwish, 1),
        Block(5, 672, 160, true, .hardSwish, 2), Block(5, 960, 160, true, .hardSwish, 1),
        Block(5, 960, 160, true, .hardSwish, 1),
    ]
    static let small = [
        Block(3, 16, 16, true, .relu, 2), Block(3, 72, 24, false, .relu, 2), Block(3, 88, 24, false, .relu, 1),
        Block(5, 96, 40, true, .hardSwish, 2), Block(5, 240, 40, true, .hardSwish, 1),
        Block(5, 240, 40, true, .hardSwish, 1), Block(5, 120, 48, true, .hardSwish, 1),
        Block(5, 144, 48, true, .hardSwish, 1), Block(5, 288, 96, true, .hardSwish, 2),
        Block(5, 576, 96, true, .hardSwish, 1), Block(5, 576, 96, true, .hardSwish, 1),
    ]

    let name: String
    let stem = "features.0.0.weight"
    private let blocks: [Block]
    /// What the normalizations add to the variance.
    private static let epsilon: Float = 1e-3

    init?(_ weights: ArchitectureWeights, _ choice: ArchitectureChoice) throws(ModelFileError) {
        let isLarge = weights.has("features.16.0.weight")
        name = isLarge ? "mobilenet_v3_large" : "mobilenet_v3_small"
        blocks = isLarge ? Self.large : Self.small
    }

    func write(
        _ picture: TorchValue, to writer: inout TorchNetworkWriter, _ choice: ArchitectureChoice
    ) throws(ModelFileError) -> TorchValue {
        var value = try writer.convolution(picture, "features.0.0", channels: 16, kernel: 3, stride: 2)
        value = writer.activation(.hardSwish, try writer.batchNorm(value, "features.0.1", epsilon: Self.epsilon))
        for (index, block) in blocks.enumerated() {
            value = try write(block, value, "features.\(index + 1).block.", &writer)
        }
        let last = "features.\(blocks.count + 1)"
        value = try writer.convolution(value, last + ".0", channels: 6 * value.shape[0], kernel: 1)
        value = writer.activation(.hardSwish, try writer.batchNorm(value, last + ".1", epsilon: Self.epsilon))
        let width = name.hasSuffix("large") ? 1280 : 1024
        let isOriginal = writer.weights.shape("classifier.0.weight") == [width, value.shape[0]]
        let head = TorchHead(name, choice, usual: isOriginal ? .hardSwish : .relu, isCertain: isOriginal)
        return try writer.head(value, head, poolingTo: [1])
    }

    private func write(
        _ block: Block, _ value: TorchValue, _ name: String, _ writer: inout TorchNetworkWriter
    ) throws(ModelFileError) -> TorchValue {
        var result = value
        var part = 0
        if block.width != value.shape[0] {
            result = try writer.convolution(result, "\(name)\(part).0", channels: block.width, kernel: 1)
            result = try writer.batchNorm(result, "\(name)\(part).1", epsilon: Self.epsilon)
            result = writer.activation(block.function, result)
            part += 1
        }
        result = try writer.depthwise(result, "\(name)\(part).0", kernel: block.kernel, stride: block.stride)
        result = try writer.batchNorm(result, "\(name)\(part).1", epsilon: Self.epsilon)
        result = writer.activation(block.function, result)
        part += 1
        if block.hasGate {
            result = try writer.gate(result, "\(name)\(part).fc1", "\(name)\(part).fc2", isHard: true)
            part += 1
        }
        result = try writer.convolution(result, "\(name)\(part).0", channels: block.channels, kernel: 1)
        result = try writer.batchNorm(result, "\(name)\(part).1", epsilon: Self.epsilon)
        return block.stride == 1 && result.shape == value.shape ? writer.add(value, result) : result
    }
}

extension TorchNetworkWriter {
    /// A convolution of each channel on its own.
    mutating func depthwise(
        _ value: TorchValue, _ name: String, kernel: Int? = nil, stride: Int, padding: TorchPadding? = nil
    ) throws(ModelFileError) -> TorchValue {
        try convolution(
            value, name, channels: value.shape[0], kernel: kernel, stride: stride, padding: padding,
            groups: value.shape[0])
    }

    /// Squeeze and excitation: each channel times a number between 0 and 1 that the means of all channels give.
    ///
    /// - Parameter isHard: with ReLU and the hard sigmoid of MobileNetV3; else with SiLU and the sigmoid.
    mutating func gate(
        _ value: TorchValue, _ reduce: String, _ expand: String, isHard: Bool
    ) throws(ModelFileError) -> TorchValue {
        var share = try convolution(pixelPool(value), reduce, kernel: 1, hasBias: true)
        share = activation(isHard ? .relu : .silu, share)
        share = try convolution(share, expand, channels: value.shape[0], kernel: 1, hasBias: true)
        share =
            isHard
            ? map("HardSigmoid", share, [], ["alpha": .float(1 / 6), "beta": 0.5]) : map("Sigmoid", share)
        return map("Mul", value, [share.name])
    }
}
