/// A small convolutional network: blocks of convolution, batch norm and ReLU, then a classifier.
public struct NetworkRecipe: RecipePart {
    /// How the last maps become the classifier's input.
    public enum Head: String, CaseIterable, Sendable {
        /// Every value is kept, so that places matter.
        case flatten
        /// Each map is averaged, so that places do not matter.
        case average
    }

    /// What the network gives.
    public enum Output: String, CaseIterable, Sendable {
        /// A probability for each class.
        case softmax
        /// The probability of the second of two classes.
        case sigmoid
    }

    /// Convolutions, from the picture on.
    public var blocks: [BlockRecipe] = [
        BlockRecipe(width: 16, stride: 2), BlockRecipe(width: 32, stride: 2), BlockRecipe(width: 64, stride: 2),
    ]
    /// Whether batch norm follows each convolution. It is folded away in the exported model.
    public var batchNorm = true
    /// How the last maps become the classifier's input.
    public var head = Head.average
    /// Width of a hidden layer before the classifier; 0 for none.
    public var hidden = 0
    /// Part of the classifier's input that is dropped at random while learning.
    public var dropout = 0.1
    /// What the network gives.
    public var output = Output.softmax

    public init() {}

    static var fields: [RecipeField<Self>] {
        [
            .flag("batchNorm", \.batchNorm), .choice("head", \.head), .integer("hidden", \.hidden, 0...4096),
            .number("dropout", \.dropout, 0...0.9), .choice("output", \.output),
        ]
    }
}

/// One convolution with what follows it.
public struct BlockRecipe: RecipePart {
    /// What a window sees beyond the picture's edge.
    public enum Padding: String, CaseIterable, Sendable {
        /// Zeros, half a window on each side.
        case same
        /// Nothing: windows lie inside the picture, which gets smaller.
        case valid
    }

    /// Maps the convolution makes.
    public var width = 16
    /// Side of its window, odd.
    public var kernel = 3
    /// Distance between windows.
    public var stride = 1
    /// Side of the max pooling that follows; 1 for none.
    public var pool = 1
    /// What the convolution sees beyond the edge.
    public var padding = Padding.same

    public init() {}

    /// Makes a block.
    public init(width: Int, kernel: Int = 3, stride: Int = 1, pool: Int = 1, padding: Padding = .same) {
        self.width = width
        self.kernel = kernel
        self.stride = stride
        self.pool = pool
        self.padding = padding
    }

    static var fields: [RecipeField<Self>] {
        [
            .integer("width", \.width, 1...2048), .integer("kernel", \.kernel, 1...11),
            .integer("stride", \.stride, 1...4), .integer("pool", \.pool, 1...4), .choice("padding", \.padding),
        ]
    }
}
