public import JSON

/// What a user says about a model file that the file does not tell: a small JSON object beside it.
///
///     {"architecture": "resnet50", "input": [3, 224, 224], "labels": ["cat", "dog"], "preprocessing": {...}}
public struct ModelDescription: Sendable, Equatable {
    /// The network: the name of a known one, or an object that describes it (the JSON of a Keras model, or the
    /// layers of a PyTorch one).
    public var architecture: JSONValue?
    /// Shape of one input without the batch, in the model's own layout.
    public var input: [Int]?
    /// Names of the classes in the order of the outputs.
    public var labels: [String]?
    /// How pictures are to be prepared, where the guess is wrong.
    public var preprocessing: InputConvention?
    /// The groups of the network's classes that are to be the classes; nil to keep the network's own.
    public var grouping: ClassGrouping?

    /// Says nothing.
    public init() {}
}
