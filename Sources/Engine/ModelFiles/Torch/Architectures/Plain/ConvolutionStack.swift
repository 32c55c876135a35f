/// Convolutions, then linear layers: recognized where the shapes leave one arrangement of padding and pooling.
enum ConvolutionStack {
    static func network(
        _ layers: [WeightedLayer], _ choice: ArchitectureChoice, _ writer: inout TorchNetworkWriter
    ) throws(ModelFileError) -> RecognizedNetwork? {
        guard let stack = StackShapes(layers) else { return nil }
        writer.rename("cnn")
        let arrangement = try chosen(stack, choice)
        var value = writer.input([stack.channels] + arrangement.size)
        let head = TorchHead("cnn", choice, usual: .relu)
        var isPending = false
        var stage = -1
        for (index, layer) in stack.front.enumerated() {
            if case .convolution(_, let filters, let kernel) = layer.kind {
                if stage >= 0 { try end(stage, of: arrangement, &value, head, isPending, &writer) }
                stage += 1
                value = try writer.convolution(
                    value, layer.name, channels: filters, kernel: kernel,
                    padding: .symmetric(arrangement.paddings[stage]), hasBias: layer.hasBias)
                isPending = stack.stages[stage].hasFunction
                continue
            }
            // Only what follows a convolution has a function before it.
            if isPending, layer.isNorm, TorchGap(from: stack.front[index - 1].name, to: layer.name).minimum > 0 {
                value = writer.activation(head.activation, value)
                isPending = false
            }
            if case .prelu = layer.kind { isPending = false }
            value = try writer.layer(value, layer)
        }
        try end(stage, of: arrangement, &value, head, isPending, &writer)
        let scores = try writer.chain(writer.flatten(value), stack.back, head)
        if !head.isCertain || choice.hints != nil { writer.notes = [note(arrangement, stack, head)] }
        if let hints = choice.hints { writer.notes.append(hints.note) }
        writer.notes.append(PlainNetwork.outputNote)
        return try writer.network(
            endingAt: scores, preprocessing: PlainNetwork.guess(channels: stack.channels, choice))
    }

    /// What follows a convolution and its normalization.
    private static func end(
        _ stage: Int, of arrangement: StackArrangement, _ value: inout TorchValue, _ head: TorchHead,
        _ isPending: Bool, _ writer: inout TorchNetworkWriter
    ) throws(ModelFileError) {
        if isPending { value = writer.activation(head.activation, value) }
        if arrangement.pools[stage] { value = try writer.maxPool(value, kernel: 2, stride: 2) }
    }

    private static func note(
        _ arrangement: StackArrangement, _ stack: StackShapes, _ head: TorchHead
    ) -> String {
        "The weights fit \(arrangement.text(stack)); \(head.activation.title) is taken after each layer but the last "
            + "and pooling by the maximum, since weights do not tell. If it is otherwise, describe the layers: "
            + stack.description(arrangement)
    }

    // MARK: Choice

    /// The one arrangement that fits.
    private static func chosen(
        _ stack: StackShapes, _ choice: ArchitectureChoice
    ) throws(ModelFileError) -> StackArrangement {
        if let input = choice.input {
            guard input.count == 3, input[0] == stack.channels, input.allSatisfy({ (1...8192).contains($0) }) else {
                throw ModelFileError(
                    .unsupported,
                    "in the description, \"input\" is \(input), but the first layer '\(stack.front[0].name)' reads "
                        + "[\(stack.channels), height, width]")
            }
            return try single(stack.arrangements(of: Array(input[1...])), stack, choice)
        }
        // Grey pictures are digits until something says otherwise, such as seven classes: those of faces have 48×48.
        let digits = stack.channels == 1 ? square([28, 32], stack) : []
        if !digits.isEmpty, stack.mayTellCharacters { return try single(digits, stack, choice) }
        let usual = digits + square(commonSides.filter { stack.channels > 1 || $0 != 32 }, stack)
        return try single(usual.isEmpty ? square(smallSides, stack) : usual, stack, choice)
    }

    private static func square(_ sides: [Int], _ stack: StackShapes) -> [StackArrangement] {
        sides.flatMap { stack.arrangements(of: [$0, $0]) }
    }

    /// Sides of pictures of old and small data sets: USPS has 16×16, scikit-learn's digits 8×8.
    private static let smallSides = [8, 12, 16, 20, 24, 40]
    private static let commonSides = [
        32, 48, 50, 60, 64, 80, 84, 96, 100, 112, 120, 128, 144, 150, 160, 180, 192, 200, 220, 224, 227, 240, 250, 256,
        280, 299, 300, 320, 384, 400, 448, 500, 512,
    ]

    /// Asks for the size of pictures that are not square, or of a size that is not common.
    private static func sizeQuestion(_ stack: StackShapes, _ choice: ArchitectureChoice) -> String {
        guard choice.input == nil else { return ":" }
        return " from square pictures of the usual sizes: state the size of yours in a description, "
            + "{\"input\": [\(stack.channels), HEIGHT, WIDTH]}, or"
    }

    private static func single(
        _ arrangements: [StackArrangement], _ stack: StackShapes, _ choice: ArchitectureChoice
    ) throws(ModelFileError) -> StackArrangement {
        // A user who says `cnn` has said that each convolution is followed by a pooling.
        let named = choice.name == nil ? arrangements : arrangements.filter { !$0.pools.contains(false) }
        let fitting = named.filter { choice.hints?.allows($0, stack) ?? true }
        if fitting.count == 1 { return fitting[0] }
        let byPlausibility = fitting.enumerated()
            .sorted {
                (-stack.plausibility(of: $0.element), $0.offset) < (-stack.plausibility(of: $1.element), $1.offset)
            }
            .map(\.element)
        let best = byPlausibility.first ?? stack.fallback(choice.input)
        let layers =
            "the weights are those of \(stack.stages.count) convolutions and \(stack.back.count) further layers"
        if fitting.isEmpty, stack.readsAverages {
            throw ModelFileError(
                .unsupported,
                "\(layers), and '\(stack.back[0].name)' reads one value for each of \(stack.flat) channels, as after an "
                    + "average over the whole picture: what pools it before, the weights do not tell. Describe the "
                    + "layers, changing this where it is wrong: " + stack.description(best))
        }
        guard !fitting.isEmpty else {
            throw ModelFileError(
                .unsupported,
                "\(layers), and no usual padding and pooling makes the \(stack.flat) values that "
                    + "'\(stack.back[0].name)' reads\(sizeQuestion(stack, choice)) "
                    + "describe the layers, changing this where it is wrong: " + stack.description(best))
        }
        let sizes = Set(fitting.map(\.size))
        if sizes.count == fitting.count, choice.input == nil, fitting.count <= 3 {
            let options = fitting.map { "\($0.text(stack)): give {\"input\": \([stack.channels] + $0.size)}" }
            throw ModelFileError(
                .unsupported,
                "\(layers) that fit several sizes of pictures; say which in the description. "
                    + options.joined(separator: "; "))
        }
        throw ModelFileError(
            .unsupported,
            "\(layers) that may be arranged in \(fitting.count) ways, such as "
                + byPlausibility.prefix(3).map { $0.text(stack) }.joined(separator: " or ")
                + (choice.input == nil && sizes.count > 1
                    ? ": state the size of yours as \"input\" in a description, or "
                    : ": ")
                + "describe the layers, changing this where it is wrong: " + stack.description(best))
    }
}
