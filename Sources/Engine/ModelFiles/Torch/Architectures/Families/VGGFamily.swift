/// VGG of torchvision, with and without normalization.
///
/// - Source: K. Simonyan, A. Zisserman, "Very Deep Convolutional Networks"; torchvision's names.
struct VGGFamily: TorchFamily {
    static let names = depths.map(\.name) + depths.map { $0.name + "_bn" }

    static let signatures = [
        TorchSignature(["features.0.weight"], children: ["features", "avgpool", "classifier"])
    ]

    /// Convolutions between the max-poolings; widths are 64, 128, 256, 512, 512.
    private static let depths: [(name: String, counts: [Int])] = [
        ("vgg11", [1, 1, 2, 2, 2]), ("vgg13", [2, 2, 2, 2, 2]), ("vgg16", [2, 2, 3, 3, 3]), ("vgg19", [2, 2, 4, 4, 4]),
    ]
    private static let widths = [64, 128, 256, 512, 512]

    let name: String
    let stem = "features.0.weight"
    private let counts: [Int]
    private let hasNorm: Bool

    init?(_ weights: ArchitectureWeights, _ choice: ArchitectureChoice) throws(ModelFileError) {
        let hasNorm = weights.has("features.1.running_mean")
        let member = Self.depths.first { depth in
            let filters = Self.convolutions(depth.counts, hasNorm: hasNorm)
            let stated = filters.keys.allSatisfy { weights.shape("features.\($0).weight")?.first == filters[$0] }
            return stated && weights.shape("features.0.weight")?.dropFirst(2) == [3, 3]
        }
        guard let member else { return nil }
        name = member.name + (hasNorm ? "_bn" : "")
        counts = member.counts
        self.hasNorm = hasNorm
    }

    /// The filters of the convolutions by their place in `features`.
    private static func convolutions(_ counts: [Int], hasNorm: Bool) -> [Int: Int] {
        var places: [Int: Int] = [:]
        var place = 0
        for (count, width) in zip(counts, widths) {
            for _ in 0..<count {
                places[place] = width
                place += hasNorm ? 3 : 2
            }
            place += 1
        }
        return places
    }

    func write(
        _ picture: TorchValue, to writer: inout TorchNetworkWriter, _ choice: ArchitectureChoice
    ) throws(ModelFileError) -> TorchValue {
        var value = picture
        var place = 0
        for (count, width) in zip(counts, Self.widths) {
            for _ in 0..<count {
                value = try writer.convolution(value, "features.\(place)", channels: width, kernel: 3, hasBias: true)
                if hasNorm { value = try writer.batchNorm(value, "features.\(place + 1)") }
                value = writer.activation(.relu, value)
                place += hasNorm ? 3 : 2
            }
            value = try writer.maxPool(value, kernel: 2, stride: 2)
            place += 1
        }
        let isOriginal = writer.weights.shape("classifier.0.weight") == [4096, 25088]
        let head = TorchHead(name, choice, usual: .relu, isCertain: isOriginal)
        return try writer.head(value, head, poolingTo: [7, 1])
    }
}

/// AlexNet of torchvision.
///
/// - Source: A. Krizhevsky, "One weird trick for parallelizing convolutional neural networks"; torchvision's names.
struct AlexNetFamily: TorchFamily {
    static let names = ["alexnet"]

    static let signatures = [
        TorchSignature(
            ["features.0.weight", "features.3.weight", "features.6.weight", "features.8.weight", "features.10.weight"],
            children: ["features", "avgpool", "classifier"])
    ]

    let name = "alexnet"
    let stem = "features.0.weight"

    init?(_ weights: ArchitectureWeights, _ choice: ArchitectureChoice) throws(ModelFileError) {
        guard let stem = weights.shape("features.0.weight"), stem.first == 64, stem.dropFirst(2) == [11, 11] else {
            return nil
        }
    }

    func write(
        _ picture: TorchValue, to writer: inout TorchNetworkWriter, _ choice: ArchitectureChoice
    ) throws(ModelFileError) -> TorchValue {
        var value = try writer.convolution(
            picture, "features.0", channels: 64, kernel: 11, stride: 4, padding: .symmetric(2), hasBias: true)
        value = try writer.maxPool(writer.activation(.relu, value), kernel: 3, stride: 2)
        value = try writer.convolution(value, "features.3", channels: 192, kernel: 5, hasBias: true)
        value = try writer.maxPool(writer.activation(.relu, value), kernel: 3, stride: 2)
        for (place, width) in [(6, 384), (8, 256), (10, 256)] {
            value = try writer.convolution(value, "features.\(place)", channels: width, kernel: 3, hasBias: true)
            value = writer.activation(.relu, value)
        }
        value = try writer.maxPool(value, kernel: 3, stride: 2)
        let isOriginal = writer.weights.shape("classifier.1.weight") == [4096, 9216]
        return try writer.head(value, TorchHead(name, choice, usual: .relu, isCertain: isOriginal), poolingTo: [6, 1])
    }
}
