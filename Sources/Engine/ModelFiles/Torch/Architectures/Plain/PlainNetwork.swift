/// Networks of layers one after the other: perceptrons and small convolutional networks such as those for MNIST.
enum PlainNetwork {
    /// `mlp`: linear layers with a function in between. `cnn`: before them, convolutions that are each followed by
    /// a function and a 2×2 max-pooling.
    static let names = ["mlp", "cnn"]

    static let greyReason =
        "the weights do not tell; 0…1 is the most common, but many networks for MNIST expect "
        + "(value - 0.1307) / 0.3081 of 0…1, and some 0…255"
    /// What the weights cannot tell of the end.
    static let outputNote =
        "The outputs are those of the last layer with weights: a softmax behind it, or a logarithm of one, is not in "
        + "the weights."
    private static let colourReason =
        "the weights do not tell; 0…1 is the most common, but many networks expect (value - 0.5) / 0.5 of 0…1, or the "
        + "mean and deviation of ImageNet"

    /// Makes the graph of a plain network.
    ///
    /// - Returns: nil for weights of other networks.
    static func network(
        for file: NamedWeights, _ choice: ArchitectureChoice, _ limits: ModelFileLimits
    ) throws(ModelFileError) -> RecognizedNetwork? {
        let weights = ArchitectureWeights(file, architecture: "mlp", base: TorchBase())
        guard let layers = WeightedLayers.layers(of: weights.left), let first = layers.first else { return nil }
        // The table of an embedding has the shape of a matrix.
        guard first.hasBias || !first.name.lowercased().contains("emb") else { return nil }
        let isConvolutional = layers.contains { if case .convolution = $0.kind { true } else { false } }
        guard choice.name == nil || choice.name == (isConvolutional ? "cnn" : "mlp") else { return nil }
        if let obstacle = choice.hints?.obstacle {
            guard let name = choice.name else { return nil }
            throw ModelFileError(
                .unsupported,
                "the description says \(name), which has no \(obstacle): list the layers in the description")
        }
        var choice = choice
        choice.activation = choice.activation ?? choice.hints?.activation
        var writer = TorchNetworkWriter(weights, limits: limits)
        if isConvolutional {
            return try ConvolutionStack.network(layers, choice, &writer)
        }
        return try perceptron(layers, choice, &writer)
    }

    private static func perceptron(
        _ layers: [WeightedLayer], _ choice: ArchitectureChoice, _ writer: inout TorchNetworkWriter
    ) throws(ModelFileError) -> RecognizedNetwork? {
        guard let width = layers.compactMap({ if case .linear(let from, _) = $0.kind { from } else { nil } }).first
        else { return nil }
        let shape = choice.input ?? [width]
        guard (1...3).contains(shape.count), shape.allSatisfy({ (1...width).contains($0) }),
            product(shape) == width
        else {
            throw ModelFileError(
                .unsupported,
                "in the description, \"input\" is \(shape), but the first layer '\(layers[0].name)' reads "
                    + "\(width) values")
        }
        let picture = writer.input(shape)
        let head = TorchHead("mlp", choice, usual: .relu)
        let scores = try writer.chain(writer.flatten(picture), layers, head)
        if let hints = choice.hints { writer.notes.append(hints.note) }
        writer.notes.append(outputNote)
        return try writer.network(endingAt: scores, preprocessing: guess(values: width, choice))
    }

    private static func product(_ shape: [Int]) -> Int? {
        var product = 1
        for length in shape {
            let (next, overflow) = product.multipliedReportingOverflow(by: length)
            guard !overflow else { return nil }
            product = next
        }
        return product
    }

    /// What a row of values is believed to be: a grey picture if it makes a square, a colour one if a third does.
    private static func guess(values: Int, _ choice: ArchitectureChoice) -> InputGuess? {
        func isSquare(_ count: Int) -> Bool {
            let side = Int(Double(count).squareRoot().rounded())
            return side >= 8 && side * side == count
        }
        if isSquare(values) { return guess(channels: 1, choice) }
        return values % 3 == 0 && isSquare(values / 3) ? guess(channels: 3, choice) : guess(channels: 0, choice)
    }

    /// What the values of a picture are believed to be.
    static func guess(channels: Int, _ choice: ArchitectureChoice) -> InputGuess? {
        if let stated = choice.preprocessing { return InputGuess(stated, .stated, reason: "the description says so") }
        switch channels {
        case 1: return InputGuess(.unit(.gray), .assumed, reason: greyReason)
        case 3: return InputGuess(.unit(.rgb), .assumed, reason: colourReason)
        default: return nil
        }
    }
}
