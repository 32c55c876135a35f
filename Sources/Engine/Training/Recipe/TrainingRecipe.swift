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

/// The pictures a network reads: their size, and how files become pictures of that size.
public struct InputRecipe: RecipePart {
    /// How a file becomes a picture of the input's size.
    public enum Reading: String, CaseIterable, Sendable {
        /// As a viewer shows it: turned as its camera says, on white where it is transparent, every pixel counting.
        case photo
        /// As TensorFlow's `image_dataset_from_directory`: as stored, without transparency, between two pixels each way.
        case tensorflow
    }

    /// The values the exported model is given.
    public enum Values: String, CaseIterable, Sendable {
        /// 0…1.
        case unit
        /// 0…255; the model itself divides.
        case bytes
    }

    /// Columns, in pixels.
    public var width = 64
    /// Rows, in pixels.
    public var height = 64
    /// 1 for grey, 3 for red, green and blue.
    public var channels = 3
    /// How files become pictures of this size.
    public var reading = Reading.photo
    /// Whether JPEG files are left out that name neither JFIF nor Exif in their first bytes, as rewritten ones do.
    public var requiresJFIF = false
    /// The values the exported model is given.
    public var values = Values.unit

    public init() {}

    static var fields: [RecipeField<Self>] {
        [
            .integer("width", \.width, 4...512), .integer("height", \.height, 4...512),
            .integer("channels", \.channels, 1...3), .choice("reading", \.reading),
            .flag("requiresJFIF", \.requiresJFIF), .choice("values", \.values),
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
        /// It is reduced each time the validation's loss gets no better.
        case plateau
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
    /// Schedule `plateau`: what the learning rate is multiplied by.
    public var plateauFactor = 0.5
    /// Schedule `plateau`: epochs without an improvement before that.
    public var plateauPatience = 1
    /// Schedule `plateau`: the learning rate does not fall below this.
    public var leastLearningRate = 1e-7

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
            .number("plateauFactor", \.plateauFactor, 0.01...1),
            .integer("plateauPatience", \.plateauPatience, 1...1000),
            .number("leastLearningRate", \.leastLearningRate, 0...1),
        ]
    }
}

/// How a run is judged while it goes on.
public struct ValidationRecipe: RecipePart {
    /// What decides which pictures are held back.
    public enum Split: String, CaseIterable, Sendable {
        /// Chance, so that exactly the part is held back.
        case counted
        /// Each picture's own content: about the part is held back, and a picture stays on its side when others are
        /// added or taken away.
        case content
    }

    /// Part of each class that is held back from learning.
    public var fraction = 0.1
    /// Epochs without an improvement after which the run ends; 0 never ends it early.
    public var patience = 0
    /// What decides which pictures are held back.
    public var split = Split.counted

    public init() {}

    static var fields: [RecipeField<Self>] {
        [
            .number("fraction", \.fraction, 0.01...0.5), .integer("patience", \.patience, 0...1000),
            .choice("split", \.split),
        ]
    }
}

/// How far pictures are varied while learning; all zero leaves them alone.
public struct AugmentationRecipe: RecipePart {
    /// What is seen beyond the picture's edge.
    public enum Outside: String, CaseIterable, Sendable {
        /// The edge goes on.
        case edge
        /// The picture, mirrored.
        case mirror
    }

    /// Largest turn to either side, in degrees.
    public var rotation = 0.0
    /// Largest shear to either side: columns moved per row.
    public var shear = 0.0
    /// Largest change of each side's length, as a part of it.
    public var scale = 0.0
    /// Largest change of both sides' length together, as a part of it.
    public var zoom = 0.0
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
    /// What is seen beyond the picture's edge.
    public var outside = Outside.edge

    public init() {}

    static var fields: [RecipeField<Self>] {
        [
            .number("rotation", \.rotation, 0...180), .number("shear", \.shear, 0...1),
            .number("scale", \.scale, 0...0.9), .number("shift", \.shift, 0...0.5),
            .number("elastic", \.elastic, 0...0.2), .number("thickness", \.thickness, 0...1),
            .number("contrast", \.contrast, 0...1), .number("brightness", \.brightness, 0...1),
            .number("noise", \.noise, 0...0.5), .flag("flip", \.flip), .number("zoom", \.zoom, 0...0.9),
            .choice("outside", \.outside),
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
