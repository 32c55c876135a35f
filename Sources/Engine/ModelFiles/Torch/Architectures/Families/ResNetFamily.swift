/// Residual networks of torchvision (ResNet, wide ResNet, ResNeXt), also those for small pictures (CIFAR).
///
/// - Source: K. He et al., "Deep Residual Learning for Image Recognition"; torchvision's names and strides.
struct ResNetFamily: TorchFamily {
    static let names =
        Array(bases.keys.sorted()) + bases.keys.sorted().filter { $0.hasPrefix("resnet") }.map { $0 + "_cifar" }

    private static let children = [
        "conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4", "avgpool", "fc",
    ]
    static let signatures = [
        TorchSignature(
            ["layer4.0.conv1.weight", "conv1.weight", "bn1.weight", "layer1.0.conv1.weight"], children: children)
    ]

    /// Number of blocks in each layer, whether they are bottlenecks, their groups and width.
    struct Plan: Equatable {
        let blocks: [Int]
        let isBottleneck: Bool
        var groups = 1
        var width = 64
    }

    private static let bases: [String: Plan] = [
        "resnet18": Plan(blocks: [2, 2, 2, 2], isBottleneck: false),
        "resnet34": Plan(blocks: [3, 4, 6, 3], isBottleneck: false),
        "resnet50": Plan(blocks: [3, 4, 6, 3], isBottleneck: true),
        "resnet101": Plan(blocks: [3, 4, 23, 3], isBottleneck: true),
        "resnet152": Plan(blocks: [3, 8, 36, 3], isBottleneck: true),
        "wide_resnet50_2": Plan(blocks: [3, 4, 6, 3], isBottleneck: true, width: 128),
        "wide_resnet101_2": Plan(blocks: [3, 4, 23, 3], isBottleneck: true, width: 128),
        "resnext50_32x4d": Plan(blocks: [3, 4, 6, 3], isBottleneck: true, groups: 32, width: 4),
        "resnext101_32x8d": Plan(blocks: [3, 4, 23, 3], isBottleneck: true, groups: 32, width: 8),
        "resnext101_64x4d": Plan(blocks: [3, 4, 23, 3], isBottleneck: true, groups: 64, width: 4),
    ]

    let name: String
    let stem = "conv1.weight"
    private let plan: Plan
    /// Whether the first convolution is small and no pooling follows it.
    private let isSmall: Bool
    /// Name of the convolution around a block: `downsample`, or `shortcut` as in many networks for CIFAR.
    private let detour: String

    init?(_ weights: ArchitectureWeights, _ choice: ArchitectureChoice) throws(ModelFileError) {
        let blocks = (1...4).map { layer in
            (0..<100).prefix { weights.has("layer\(layer).\($0).conv1.weight") }.count
        }
        let isBottleneck = weights.has("layer1.0.conv3.weight")
        let middle = try weights.shape(of: "layer1.0.conv2.weight", rank: 4)
        let groups = middle[0] / middle[1]
        let width = isBottleneck ? middle[0] / max(1, groups) : 64
        let plan = Plan(blocks: blocks, isBottleneck: isBottleneck, groups: groups, width: width)
        guard let base = Self.bases.first(where: { $0.value == plan })?.key else {
            throw ModelFileError(
                .unsupported,
                "the weights are those of a residual network with \(blocks) \(isBottleneck ? "bottleneck" : "plain") "
                    + "blocks, which is none of \(Self.bases.keys.sorted().joined(separator: ", "))")
        }
        detour = weights.has("layer2.0.shortcut.0.weight") ? "shortcut" : "downsample"
        let kernel = try weights.shape(of: stem, rank: 4)[2]
        isSmall = kernel == 3 && (detour == "shortcut" || choice.name == base + "_cifar")
        guard kernel == 7 || isSmall else {
            throw ModelFileError(
                .unsupported,
                "the weight '\(weights.fullName(stem))' has a window of \(kernel) pixels, \(base) has 7; if it is the "
                    + "network for small pictures, with a window of 3 and without max-pooling, give the description "
                    + #"{"architecture": "\#(base)_cifar"}"#)
        }
        self.plan = plan
        name = isSmall && choice.name != base ? base + "_cifar" : base
    }

    func usualSide(channels: Int) -> Int { channels == 1 ? 28 : isSmall ? 32 : 224 }

    func write(
        _ picture: TorchValue, to writer: inout TorchNetworkWriter, _ choice: ArchitectureChoice
    ) throws(ModelFileError) -> TorchValue {
        var value = try writer.convolution(
            picture, "conv1", channels: 64, kernel: isSmall ? 3 : 7, stride: isSmall ? 1 : 2)
        value = writer.activation(.relu, try writer.batchNorm(value, "bn1"))
        if !isSmall { value = try writer.maxPool(value, kernel: 3, stride: 2, padding: 1) }
        for (layer, count) in plan.blocks.enumerated() {
            for block in 0..<count {
                let stride = layer > 0 && block == 0 ? 2 : 1
                value = try self.block(value, "layer\(layer + 1).\(block)", 64 << layer, stride, &writer)
            }
        }
        return try writer.head(value, TorchHead(name, choice, usual: .relu), poolingTo: [1])
    }

    private func block(
        _ value: TorchValue, _ name: String, _ planes: Int, _ stride: Int, _ writer: inout TorchNetworkWriter
    ) throws(ModelFileError) -> TorchValue {
        var result = value
        let channels: Int
        if plan.isBottleneck {
            channels = planes * 4
            let width = planes * plan.width * plan.groups / 64
            result = try writer.convolution(result, name + ".conv1", channels: width, kernel: 1)
            result = writer.activation(.relu, try writer.batchNorm(result, name + ".bn1"))
            result = try writer.convolution(
                result, name + ".conv2", channels: width, kernel: 3, stride: stride, groups: plan.groups)
            result = writer.activation(.relu, try writer.batchNorm(result, name + ".bn2"))
            result = try writer.convolution(result, name + ".conv3", channels: channels, kernel: 1)
            result = try writer.batchNorm(result, name + ".bn3")
        } else {
            channels = planes
            result = try writer.convolution(result, name + ".conv1", channels: channels, kernel: 3, stride: stride)
            result = writer.activation(.relu, try writer.batchNorm(result, name + ".bn1"))
            result = try writer.convolution(result, name + ".conv2", channels: channels, kernel: 3)
            result = try writer.batchNorm(result, name + ".bn2")
        }
        var around = value
        if stride != 1 || value.shape[0] != channels {
            around = try writer.convolution(
                value, "\(name).\(detour).0", channels: channels, kernel: 1, stride: stride)
            around = try writer.batchNorm(around, "\(name).\(detour).1")
        }
        return writer.activation(.relu, writer.add(result, around))
    }
}
