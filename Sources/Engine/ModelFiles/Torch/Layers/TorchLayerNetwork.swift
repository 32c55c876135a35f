import ONNX
import Tensors

/// Writes the graph of a list of layers.
struct TorchLayerNetwork {
    let list: TorchLayerList
    let weights: NamedWeights
    let limits: ModelFileLimits

    /// The network as a graph: input `input` of shape `[N, C, H, W]` or `[N, F]`, output `output`.
    ///
    /// - Parameter stated: shape of one input as the user said it; found from the layers otherwise.
    func recognized(input stated: [Int]?) throws(ModelFileError) -> RecognizedNetwork {
        let (shape, note) = try TorchInputShape(network: self).shape(stated: stated)
        let (graph, input, output) = try run(shape, isTrial: false)
        return RecognizedNetwork(
            architecture: "layers", model: graph.builder.model(),
            inputs: [TensorSpec(name: input.name, shape: [nil] + input.shape)], outputs: [output],
            layers: graph.summaries, parameterCount: graph.parameterCount,
            preprocessing: try TorchInputGuess.guess(shape: shape, first: list.layers.first, weights: weights),
            notes: list.notes + [note].compactMap(\.self))
    }

    /// Whether the layers fit each other for a shape of the input, and the error where they do not.
    func trial(_ shape: [Int]) -> ModelFileError? {
        do throws(ModelFileError) {
            _ = try run(shape, isTrial: true)
            return nil
        } catch {
            return error
        }
    }

    private func run(
        _ shape: [Int], isTrial: Bool
    ) throws(ModelFileError) -> (graph: TorchLayerGraph, input: TorchLayerValue, output: TensorSpec) {
        var graph = TorchLayerGraph(weights: weights, isTrial: isTrial, limits: limits)
        let input = graph.input(shape: shape)
        var value = input
        for layer in list.layers {
            guard let converter = TorchLayers.converter(of: layer.type) else {
                throw layer.unsupported("is not known")
            }
            value = try graph.add(layer, converter, value)
        }
        let output = graph.output(value)
        return (graph, input, output)
    }
}

/// Finds the shape of a network's input from its layers.
struct TorchInputShape {
    let network: TorchLayerNetwork

    /// Sides of pictures that people train with.
    private static let usualSides: Set = [
        28, 32, 48, 64, 84, 96, 100, 112, 128, 150, 160, 180, 192, 200, 224, 227, 240, 256, 299, 300, 320, 384, 512,
    ]
    private static let maximumSide = 1024
    /// Side of the smallest pictures: scikit-learn's digits.
    private static let leastSide = 8
    /// Layers in all trials together; a trial of a thousand layers takes a millisecond.
    private static let maximumTrials = 400_000

    /// - Returns: the shape, and what was assumed, for people.
    func shape(stated: [Int]?) throws(ModelFileError) -> (shape: [Int], note: String?) {
        if let stated {
            if let error = network.trial(stated) {
                throw ModelFileError(error.kind, "with the input \(stated): \(error)")
            }
            return (stated, nil)
        }
        guard let first = network.list.layers.first(where: { !Self.keepsShape($0) }) else { throw unknown("") }
        if let channels = channels(of: first) { return try picture(channels: channels) }
        return (try vector(first), nil)
    }

    private static func keepsShape(_ layer: TorchLayer) -> Bool {
        guard let converter = TorchLayers.converter(of: layer.type) else { return false }
        return converter == TorchIdentity.self || converter == TorchActivationLayer.self
            || layer.type == "BatchNorm2d" || layer.type == "ZeroPad2d"
    }

    /// The channels of the pictures that a layer reads; nil for layers that read no pictures.
    private func channels(of layer: TorchLayer) -> Int? {
        guard layer.type == "Conv2d" || layer.type == "ConvTranspose2d" else { return nil }
        let graph = TorchLayerGraph(weights: network.weights, isTrial: true, limits: network.limits)
        guard let shape = graph.shape(layer, "weight"), shape.count == 4 else { return nil }
        if layer.type == "ConvTranspose2d" { return shape[0] }
        let groups = (try? layer.int("groups", default: 1)) ?? 1
        let (channels, overflow) = shape[1].multipliedReportingOverflow(by: groups)
        return overflow || channels < 1 || channels > 4096 ? nil : channels
    }

    /// The side of square pictures that fits all layers.
    private func picture(channels: Int) throws(ModelFileError) -> (shape: [Int], note: String?) {
        let most = min(Self.maximumSide, Self.maximumTrials / network.list.layers.count)
        var sides: [Int] = []
        var lastError: ModelFileError?
        for side in 1...max(1, most) {
            if let error = network.trial([channels, side, side]) {
                // The most telling error is that of the largest picture, which is not too small for a window.
                lastError = error
            } else {
                sides.append(side)
            }
        }
        if sides.isEmpty, let lastError {
            throw ModelFileError(lastError.kind, "no square picture fits the layers; for the largest: \(lastError)")
        }
        if sides.count == 1 { return ([channels, sides[0], sides[0]], nil) }
        let usual = sides.filter(Self.usualSides.contains)
        if usual.count == 1 {
            return (
                [channels, usual[0], usual[0]],
                "Pictures of \(usual[0])×\(usual[0]) are taken, among other sizes that fit the layers."
            )
        }
        // Networks that take any size were mostly trained with these.
        let convention = channels == 1 ? 28 : 224
        guard channels == 1 || channels == 3, sides.contains(convention) else { throw unknown("\(channels), ") }
        return (
            [channels, convention, convention],
            "The layers take pictures of many sizes; \(convention)×\(convention) is taken. "
                + "\"input\" of the description says otherwise: {\"input\": [\(channels), 64, 64]}"
        )
    }

    /// The number of values, or the picture that a flattening layer makes them from.
    private func vector(_ layer: TorchLayer) throws(ModelFileError) -> [Int] {
        let layers = network.list.layers
        let graph = TorchLayerGraph(weights: network.weights, isTrial: true, limits: network.limits)
        let reading = layers.first { $0.type == "Linear" || $0.type == "BatchNorm1d" || $0.type == "Conv2d" }
        guard let reading, let shape = graph.shape(reading, "weight"), let count = shape.last, count > 0 else {
            throw unknown("")
        }
        var candidates = [[count]]
        if layer.type == "Flatten" {
            for channels in [1, 3] where count.isMultiple(of: channels) {
                let side = Int(Double(count / channels).squareRoot().rounded())
                if Self.leastSide...Self.maximumSide ~= side, side * side * channels == count {
                    candidates.insert([channels, side, side], at: 0)
                }
            }
        }
        for shape in candidates where network.trial(shape) == nil { return shape }
        if let error = network.trial(candidates[0]), layer.type == "Linear" { throw error }
        throw unknown("")
    }

    private func unknown(_ channels: String) -> ModelFileError {
        ModelFileError(
            .unsupported,
            "the layers do not tell the size of the input; write it into the description: "
                + "{\"input\": [\(channels.isEmpty ? "1, " : channels)28, 28]}")
    }
}

/// Guesses what values a network of layers expects.
enum TorchInputGuess {
    /// The guess for an input that is a picture by its shape; nil for others.
    static func guess(
        shape: [Int], first: TorchLayer?, weights: NamedWeights
    ) throws(ModelFileError) -> InputGuess? {
        let channels: InputConvention.Channels
        switch shape.count {
        case 3 where shape[0] == 1: channels = .gray
        case 3 where shape[0] == 3: channels = .rgb
        case 1 where shape[0] == 784: channels = .gray
        default: return nil
        }
        // A normalization before anything else knows the mean of the pictures it was trained with.
        if let first, first.type.hasPrefix("BatchNorm"), let mean = weights["\(first.path).running_mean"] {
            let values = try mean.read().values
            let average = values.reduce(0, +) / Float(max(1, values.count))
            return average > 2
                ? InputGuess(
                    .bytes(channels), .inferred,
                    reason: "the first layer has seen means about \(Int(min(average, 1e6)))")
                : InputGuess(.unit(channels), .inferred, reason: "the first layer has seen means below 2")
        }
        return InputGuess(
            .unit(channels), .assumed,
            reason: "PyTorch files do not tell; torchvision's ToTensor gives 0…1, many programs standardise after it")
    }
}
