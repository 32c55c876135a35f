/// The layers of a network, as a list, with the sizes worked out.
///
/// The trainer builds the network from this list, and the export writes the same list as a graph.
public struct NetworkPlan: Sendable, Equatable {
    /// One layer.
    public enum Layer: Sendable, Equatable {
        case convolution(inputs: Int, outputs: Int, kernel: Int, stride: Int, padding: Int, hasBias: Bool)
        case batchNorm(channels: Int)
        case relu
        case maxPool(size: Int)
        case globalAveragePool
        case flatten
        case dropout(rate: Double)
        case dense(inputs: Int, outputs: Int)
    }

    /// Columns, rows and channels of the input.
    public let input: InputRecipe
    /// Number of classes.
    public let classes: Int
    /// What the network gives.
    public let output: NetworkRecipe.Output
    /// The layers in order.
    public let layers: [Layer]
    /// Multiplications for one picture.
    public let multiplications: Int
    /// Why the network cannot be built, if it cannot.
    public let problem: String?

    /// Lays out the network of a recipe.
    public init(recipe: TrainingRecipe, classes: Int) {
        var draft = Draft(input: recipe.input)
        for (index, block) in recipe.network.blocks.enumerated() {
            draft.add(block, at: index, batchNorm: recipe.network.batchNorm)
        }
        draft.add(recipe.network.head)
        if recipe.network.hidden > 0 { draft.add(hidden: recipe.network.hidden) }
        if recipe.network.dropout > 0 { draft.layers.append(.dropout(rate: recipe.network.dropout)) }
        draft.add(dense: recipe.network.output == .sigmoid ? 1 : classes)
        input = recipe.input
        output = recipe.network.output
        self.classes = classes
        layers = draft.layers
        multiplications = draft.multiplications
        problem =
            draft.problem ?? draft.sizeProblem
            ?? (output == .sigmoid && classes != 2
                ? "network.output sigmoid tells 2 classes apart, there are \(classes)" : nil)
    }

    /// Numbers the last layer gives: one for each class, or one for the second of two.
    public var scores: Int { output == .sigmoid ? 1 : classes }

    /// Numbers learned, without the statistics of batch norm.
    public var parameters: Int {
        layers.reduce(0) { sum, layer in
            switch layer {
            case .convolution(let inputs, let outputs, let kernel, _, _, let hasBias):
                sum + inputs * outputs * kernel * kernel + (hasBias ? outputs : 0)
            case .batchNorm(let channels): sum + 2 * channels
            case .dense(let inputs, let outputs): sum + (inputs + 1) * outputs
            case .relu, .maxPool, .globalAveragePool, .flatten, .dropout: sum
            }
        }
    }
}

/// A network while it is laid out. The bounds of a recipe's fields keep every product far below overflow.
private struct Draft {
    var layers: [NetworkPlan.Layer] = []
    var width: Int
    var height: Int
    var channels: Int
    var multiplications = 0
    var problem: String?
    /// Numbers in the largest layer.
    var largest = 0

    init(input: InputRecipe) {
        (width, height, channels) = (input.width, input.height, input.channels)
    }

    /// A network of more numbers than this is a slip of the pen, not a small one.
    var sizeProblem: String? {
        largest > 64_000_000 ? "network has a layer of \(largest) weights, more than 64000000" : nil
    }

    mutating func add(_ block: BlockRecipe, at index: Int, batchNorm: Bool) {
        // Half a window on each side keeps the size.
        let padding = block.padding == .same ? block.kernel / 2 : 0
        layers.append(
            .convolution(
                inputs: channels, outputs: block.width, kernel: block.kernel, stride: block.stride, padding: padding,
                hasBias: !batchNorm))
        if batchNorm { layers.append(.batchNorm(channels: block.width)) }
        layers.append(.relu)
        guard min(width, height) + 2 * padding >= block.kernel else {
            problem = problem ?? Self.nothingLeft(index)
            return
        }
        width = (width + 2 * padding - block.kernel) / block.stride + 1
        height = (height + 2 * padding - block.kernel) / block.stride + 1
        multiplications += width * height * channels * block.width * block.kernel * block.kernel
        largest = max(largest, channels * block.width * block.kernel * block.kernel)
        channels = block.width
        guard block.pool > 1 else { return }
        layers.append(.maxPool(size: block.pool))
        (width, height) = (width / block.pool, height / block.pool)
        if min(width, height) < 1 { problem = problem ?? Self.nothingLeft(index) }
    }

    private static func nothingLeft(_ index: Int) -> String {
        "network.blocks[\(index)] leaves nothing of the picture: too many windows, strides and pools for its size"
    }

    mutating func add(_ head: NetworkRecipe.Head) {
        switch head {
        case .average: layers.append(.globalAveragePool)
        case .flatten:
            layers.append(.flatten)
            channels *= width * height
        }
        (width, height) = (1, 1)
    }

    mutating func add(hidden: Int) {
        add(dense: hidden)
        layers.append(.relu)
    }

    mutating func add(dense outputs: Int) {
        layers.append(.dense(inputs: channels, outputs: outputs))
        multiplications += channels * outputs
        largest = max(largest, channels * outputs)
        channels = outputs
    }
}
