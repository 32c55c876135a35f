import ONNX

/// DenseNet of torchvision.
///
/// - Source: G. Huang et al., "Densely Connected Convolutional Networks"; torchvision's names.
struct DenseNetFamily: TorchFamily {
    static let names = members.map(\.name)

    static let signatures = [
        TorchSignature(
            [
                "features.denseblock1.denselayer1.conv1.weight", "features.conv0.weight", "features.norm5.weight",
            ], children: ["features", "classifier"])
    ]

    private static let members: [(name: String, depths: [Int])] = [
        ("densenet121", [6, 12, 24, 16]), ("densenet161", [6, 12, 36, 24]), ("densenet169", [6, 12, 32, 32]),
        ("densenet201", [6, 12, 48, 32]),
    ]

    let name: String
    let stem = "features.conv0.weight"
    private let depths: [Int]

    init?(_ weights: ArchitectureWeights, _ choice: ArchitectureChoice) throws(ModelFileError) {
        let depths = (1...4).map { block in
            (1...100).prefix { weights.has("features.denseblock\(block).denselayer\($0).conv1.weight") }.count
        }
        guard let member = Self.members.first(where: { $0.depths == depths }) else {
            throw ModelFileError(
                .unsupported,
                "the weights are those of a DenseNet with blocks of \(depths) layers, which is none of "
                    + Self.names.joined(separator: ", "))
        }
        name = member.name
        self.depths = depths
    }

    func write(
        _ picture: TorchValue, to writer: inout TorchNetworkWriter, _ choice: ArchitectureChoice
    ) throws(ModelFileError) -> TorchValue {
        var value = try writer.convolution(picture, "features.conv0", kernel: 7, stride: 2)
        value = writer.activation(.relu, try writer.batchNorm(value, "features.norm0"))
        value = try writer.maxPool(value, kernel: 3, stride: 2, padding: 1)
        for (index, depth) in depths.enumerated() {
            for layer in 1...depth {
                value = try dense(value, "features.denseblock\(index + 1).denselayer\(layer).", &writer)
            }
            guard index < depths.count - 1 else { break }
            let name = "features.transition\(index + 1)."
            value = writer.activation(.relu, try writer.batchNorm(value, name + "norm"))
            value = try writer.convolution(value, name + "conv", channels: value.shape[0] / 2, kernel: 1)
            value = try writer.averagePool(value, kernel: 2, stride: 2)
        }
        value = writer.activation(.relu, try writer.batchNorm(value, "features.norm5"))
        return try writer.head(value, TorchHead(name, choice, usual: .relu), poolingTo: [1])
    }

    /// A layer whose result is put beside what it reads.
    private func dense(
        _ value: TorchValue, _ name: String, _ writer: inout TorchNetworkWriter
    ) throws(ModelFileError) -> TorchValue {
        var result = writer.activation(.relu, try writer.batchNorm(value, name + "norm1"))
        result = try writer.convolution(result, name + "conv1", kernel: 1)
        result = writer.activation(.relu, try writer.batchNorm(result, name + "norm2"))
        result = try writer.convolution(result, name + "conv2", kernel: 3)
        return writer.node(
            "Concat", [value.name, result.name], ["axis": 1],
            shape: [value.shape[0] + result.shape[0]] + value.shape.dropFirst())
    }
}
