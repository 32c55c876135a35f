public import JSON
public import ONNX

/// A value that a model reads or writes.
public struct TensorSpec: Sendable, Equatable, JSONRepresentable {
    /// Name of the value in the model.
    public let name: String
    /// Length of each axis; nil for one known only when the model runs, as the batch is.
    public let shape: [Int?]
    /// Type of the elements.
    public let elementType: ONNXElementType

    /// Makes a specification.
    public init(name: String, shape: [Int?], elementType: ONNXElementType = .float) {
        self.name = name
        self.shape = shape
        self.elementType = elementType
    }

    public var json: JSONValue {
        ["name": .string(name), "shape": shape.json, "type": .string("\(elementType)")]
    }
}

/// One layer of a model, or one operation of an ONNX graph.
public struct LayerSummary: Sendable, Equatable, JSONRepresentable {
    /// Name of the layer; layers of a nested model carry its name and a slash before theirs.
    public let name: String
    /// Type of the layer, such as `Conv2D`.
    public let type: String
    /// Shape of its output with the batch first; nil where it is not known.
    public let outputShape: [Int?]?
    /// Number of its weights, trained or not.
    public let parameters: Int

    public var json: JSONValue {
        [
            "name": .string(name), "type": .string(type), "output_shape": outputShape.map(\.json) ?? .null,
            "parameters": .integer(parameters),
        ]
    }
}

/// What a model file says about itself.
public struct ModelInspection: Sendable, JSONRepresentable {
    /// Format of the file.
    public let format: ModelFormat
    /// Program and version that wrote the file, such as `Keras 2.3.1`; nil where the file does not say.
    public let frameworkVersion: String?
    /// What the model reads.
    public let inputs: [TensorSpec]
    /// What the model writes.
    public let outputs: [TensorSpec]
    /// Layers in the order in which they run.
    public let layers: [LayerSummary]
    /// Number of all weights; those of a shared layer count once.
    public let parameterCount: Int
    /// Names of the classes where the file carries them.
    public internal(set) var labels: [String]?
    /// What the values of the input are believed to be, for a model that takes one picture; nil for others.
    public internal(set) var preprocessing: InputGuess?

    public var json: JSONValue {
        [
            "format": .string(format.rawValue), "framework": frameworkVersion.json, "inputs": inputs.json,
            "outputs": outputs.json, "parameters": .integer(parameterCount), "labels": labels.map(\.json) ?? .null,
            "preprocessing": preprocessing.map(\.json) ?? .null, "layers": layers.json,
        ]
    }
}
