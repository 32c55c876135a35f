import ONNX

/// SqueezeNet 1.0 and 1.1 of torchvision.
///
/// - Source: F. Iandola et al., "SqueezeNet"; torchvision's names.
struct SqueezeNetFamily: TorchFamily {
    static let names = ["squeezenet1_0", "squeezenet1_1"]

    static let signatures = [
        TorchSignature(
            ["features.3.squeeze.weight", "features.0.weight", "features.12.squeeze.weight"],
            children: ["features", "classifier"])
    ]

    let name: String
    let stem = "features.0.weight"
    private let kernel: Int
    /// Places of the max-poolings in `features`; fire modules are at the others from 3 on.
    private let pools: Set<Int>

    init?(_ weights: ArchitectureWeights, _ choice: ArchitectureChoice) throws(ModelFileError) {
        let isOld = weights.has("features.5.squeeze.weight")
        name = isOld ? "squeezenet1_0" : "squeezenet1_1"
        kernel = isOld ? 7 : 3
        pools = isOld ? [2, 6, 11] : [2, 5, 8]
    }

    func write(
        _ picture: TorchValue, to writer: inout TorchNetworkWriter, _ choice: ArchitectureChoice
    ) throws(ModelFileError) -> TorchValue {
        var value = try writer.convolution(
            picture, "features.0", kernel: kernel, stride: 2, padding: .symmetric(0), hasBias: true)
        value = writer.activation(.relu, value)
        for place in 2...12 {
            value =
                pools.contains(place)
                ? try writer.maxPool(value, kernel: 3, stride: 2, roundsUp: true)
                : try fire(value, "features.\(place).", &writer)
        }
        guard writer.weights.shape("classifier.1.weight")?.count == 4 else {
            return try writer.head(value, TorchHead(name, choice, usual: .relu), poolingTo: [1])
        }
        value = try writer.convolution(value, "classifier.1", kernel: 1, hasBias: true)
        return writer.globalPool(writer.activation(.relu, value))
    }

    private func fire(
        _ value: TorchValue, _ name: String, _ writer: inout TorchNetworkWriter
    ) throws(ModelFileError) -> TorchValue {
        var narrow = try writer.convolution(value, name + "squeeze", kernel: 1, hasBias: true)
        narrow = writer.activation(.relu, narrow)
        let pixels = try writer.convolution(narrow, name + "expand1x1", kernel: 1, hasBias: true)
        let windows = try writer.convolution(narrow, name + "expand3x3", kernel: 3, hasBias: true)
        let both = writer.node(
            "Concat", [pixels.name, windows.name], ["axis": 1],
            shape: [pixels.shape[0] + windows.shape[0]] + pixels.shape.dropFirst())
        return writer.activation(.relu, both)
    }
}
