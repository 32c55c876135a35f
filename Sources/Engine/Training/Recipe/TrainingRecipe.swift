import Foundation

/// How a classifier of pictures is trained: everything that decides the result, except the pictures.
///
/// A recipe is data. The same recipe, pictures and number of threads give the same model on the same machine.
/// In JSON every field may be left out and has the default stated here; unknown fields are errors.
public struct TrainingRecipe: Sendable, Equatable {
    /// Name of the model, written into its file.
    public var name = "model"
    /// Start of every random stream of the run.
    public var seed = 1
    /// The pictures the network reads.
    public var input = InputRecipe()
    /// Layers.
    public var network = NetworkRecipe()
    /// How the weights are learned.
    public var optimizer = OptimizerRecipe()
    /// How often every picture is seen, at most.
    public var epochs = 20
    /// Pictures in a step.
    public var batchSize = 64
    /// What part is held back, and how long to wait for an improvement.
    public var validation = ValidationRecipe()
    /// How pictures are varied while learning.
    public var augmentation = AugmentationRecipe()
    /// For digits as people draw them: training pictures are redrawn and go through the preparation of the digits
    /// app. Nil for other subjects.
    public var drawing: DrawingRecipe?

    /// A recipe with the defaults.
    public init() {}
}

/// The size of the pictures a network reads.
public struct InputRecipe: RecipePart {
    /// Columns, in pixels.
    public var width = 64
    /// Rows, in pixels.
    public var height = 64
    /// 1 for grey, 3 for red, green and blue.
    public var channels = 3

    public init() {}

    static var fields: [RecipeField<Self>] {
        [
            .integer("width", \.width, 4...512), .integer("height", \.height, 4...512),
            .integer("channels", \.channels, 1...3),
        ]
    }
}

/// Adam with decoupled weight decay, and its learning rate over time.
public struct OptimizerRecipe: RecipePart {
    /// How the learning rate goes on after warming up.
    public enum Schedule: String, CaseIterable, Sendable {
        /// It stays.
        case constant
        /// It falls to nothing at the last step, as half a cosine wave.
        case cosine
    }

    /// Highest learning rate.
    public var learningRate = 0.002
    /// What follows the warming up.
    public var schedule = Schedule.cosine
    /// Part of all steps during which the learning rate rises from nothing.
    public var warmUp = 0.05
    /// Decay of the weights, multiplied by the learning rate at each step; biases and batch norm are left alone.
    public var weightDecay = 0.01
    /// Part of the certainty that is spread over all classes.
    public var labelSmoothing = 0.0

    public init() {}

    /// The learning rate of a step, from 0, of so many.
    public func learningRate(step: Int, of steps: Int) -> Double {
        let warming = max(1, (warmUp * Double(steps)).rounded())
        let position = Double(step)
        if position < warming { return learningRate * (position + 1) / warming }
        guard schedule == .cosine else { return learningRate }
        let progress = (position - warming) / max(1, Double(steps) - warming)
        return learningRate * 0.5 * (1 + cos(.pi * min(1, progress)))
    }

    static var fields: [RecipeField<Self>] {
        [
            .number("learningRate", \.learningRate, 1e-7...1), .choice("schedule", \.schedule),
            .number("warmUp", \.warmUp, 0...0.5), .number("weightDecay", \.weightDecay, 0...1),
            .number("labelSmoothing", \.labelSmoothing, 0...0.5),
        ]
    }
}

/// How a run is judged while it goes on.
public struct ValidationRecipe: RecipePart {
    /// Part of each class that is held back from learning.
    public var fraction = 0.1
    /// Epochs without an improvement after which the run ends; 0 never ends it early.
    public var patience = 0

    public init() {}

    static var fields: [RecipeField<Self>] {
        [.number("fraction", \.fraction, 0.01...0.5), .integer("patience", \.patience, 0...1000)]
    }
}

/// How far pictures are varied while learning; all zero leaves them alone.
public struct AugmentationRecipe: RecipePart {
    /// Largest turn to either side, in degrees.
    public var rotation = 0.0
    /// Largest shear to either side: columns moved per row.
    public var shear = 0.0
    /// Largest change of each side's length, as a part of it.
    public var scale = 0.0
    /// Largest movement, as a part of the side.
    public var shift = 0.0
    /// Mean length of elastic displacements, as a part of the side.
    public var elastic = 0.0
    /// Probability of thicker or thinner strokes, for bright marks on black.
    public var thickness = 0.0
    /// Largest change of contrast, as a part of it.
    public var contrast = 0.0
    /// Largest change of brightness, as a part of the range from black to white.
    public var brightness = 0.0
    /// Deviation of noise, as a part of the range from black to white.
    public var noise = 0.0
    /// Whether half of the pictures are mirrored left to right.
    public var flip = false

    public init() {}

    static var fields: [RecipeField<Self>] {
        [
            .number("rotation", \.rotation, 0...180), .number("shear", \.shear, 0...1),
            .number("scale", \.scale, 0...0.9), .number("shift", \.shift, 0...0.5),
            .number("elastic", \.elastic, 0...0.2), .number("thickness", \.thickness, 0...1),
            .number("contrast", \.contrast, 0...1), .number("brightness", \.brightness, 0...1),
            .number("noise", \.noise, 0...0.5), .flag("flip", \.flip),
        ]
    }
}

/// How digits are redrawn while learning, so that a network trained on scanned digits reads those of a canvas.
public struct DrawingRecipe: RecipePart {
    /// Part of the training pictures left as they are.
    public var untouched = 0.15
    /// Part of the training pictures whose strokes are traced and drawn again with a pen.
    public var redrawn = 0.3
    /// Digits drawn from stroke shapes in an epoch, as a part of the number of training pictures.
    public var shapes = 0.2
    /// Thinnest pen, as a part of the digit's longest side.
    public var thinnestPen = 0.012
    /// Thickest pen, as a part of the digit's longest side.
    public var thickestPen = 0.25

    public init() {}

    static var fields: [RecipeField<Self>] {
        [
            .number("untouched", \.untouched, 0...1), .number("redrawn", \.redrawn, 0...1),
            .number("shapes", \.shapes, 0...4), .number("thinnestPen", \.thinnestPen, 0.002...0.5),
            .number("thickestPen", \.thickestPen, 0.002...0.5),
        ]
    }
}
