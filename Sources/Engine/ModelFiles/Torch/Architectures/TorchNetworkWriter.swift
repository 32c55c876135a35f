import ONNX
import Tensors

/// A value of the graph with the shape of one sample: `[C, H, W]`, `[F]` or `[tokens, F]`.
struct TorchValue {
    let name: String
    let shape: [Int]
}

/// Writes a network layer by layer into a graph, reading each weight once by its name and expected shape.
struct TorchNetworkWriter {
    private var builder: GraphBuilder
    var weights: ArchitectureWeights
    private(set) var layers: [LayerSummary] = []
    private(set) var parameterCount = 0
    /// What was taken by convention; see `RecognizedNetwork.notes`.
    var notes: [String] = []
    private var input: TensorSpec?
    private let limits: ModelFileLimits

    init(_ weights: ArchitectureWeights, limits: ModelFileLimits) {
        self.weights = weights
        self.limits = limits
        builder = GraphBuilder(name: weights.architecture)
    }

    // MARK: Inputs and outputs

    /// Declares the input, of the shape of one sample.
    mutating func input(_ shape: [Int]) -> TorchValue {
        let name = builder.input("input", shape: ["N"] + shape.map(ONNXDimension.fixed))
        input = TensorSpec(name: name, shape: [nil] + shape)
        return TorchValue(name: name, shape: shape)
    }

    /// Ends the network at a value.
    mutating func network(
        endingAt value: TorchValue, preprocessing: InputGuess?
    ) throws(ModelFileError) -> RecognizedNetwork {
        try weights.checkNoneIsLeft()
        let name = builder.output("output", from: value.name, shape: ["N"] + value.shape.map(ONNXDimension.fixed))
        return RecognizedNetwork(
            architecture: weights.architecture, model: builder.model(), inputs: input.map { [$0] } ?? [],
            outputs: [TensorSpec(name: name, shape: [nil] + value.shape)], layers: layers,
            parameterCount: parameterCount, preprocessing: preprocessing, notes: notes)
    }

    /// Names what follows: other weights, or a more exact name of the architecture.
    mutating func rename(_ architecture: String) { weights.architecture = architecture }

    /// Reads the weights that follow from under another name.
    mutating func move(to base: TorchBase) { weights.base = base }

    // MARK: Weights

    /// Reads a weight and adds it to the graph.
    ///
    /// - Returns: the name of the constant.
    mutating func constant(_ name: String, _ shape: [Int]) throws(ModelFileError) -> String {
        let tensor = try weight(name, shape)
        return builder.constant(tensor, name: weights.fullName(name))
    }

    /// Reads a weight.
    mutating func weight(_ name: String, _ shape: [Int]) throws(ModelFileError) -> Tensor {
        let weight = try weights.take(name, shape)
        let count = shape.reduce(1, *)
        guard count <= limits.maximumParameters - parameterCount else {
            throw ModelFileError(
                .tooLarge, "the model has more than \(limits.maximumParameters) parameters, which is not allowed")
        }
        let tensor = try weight.read()
        guard tensor.shape == shape else {
            throw ModelFileError(.damaged, "the weight '\(weight.name)' has not the shape the file states")
        }
        parameterCount += count
        return tensor
    }

    /// Adds a constant that is no weight of the file.
    mutating func constant(_ tensor: Tensor, name: String) -> String { builder.constant(tensor, name: name) }

    /// Adds a list of integers.
    mutating func integers(_ values: [Int]) -> String { builder.constant(values, name: "integers") }

    /// Adds a single float.
    mutating func scalar(_ value: Float) -> String { builder.constant(value, name: "scalar") }

    // MARK: Operations

    /// Adds an operation.
    mutating func node(
        _ operation: String, _ inputs: [String], _ attributes: [String: ONNXAttribute] = [:], shape: [Int],
        name: String? = nil
    ) -> TorchValue {
        TorchValue(name: builder.add(operation, inputs, attributes, name: name), shape: shape)
    }

    /// Adds an operation that keeps the shape.
    mutating func map(
        _ operation: String, _ value: TorchValue, _ further: [String] = [],
        _ attributes: [String: ONNXAttribute] = [:]
    ) -> TorchValue {
        node(operation, [value.name] + further, attributes, shape: value.shape)
    }

    mutating func add(_ left: TorchValue, _ right: TorchValue) -> TorchValue { map("Add", left, [right.name]) }

    /// Adds the line of a layer to the summary.
    mutating func summarize(_ name: String, _ type: String, _ result: TorchValue, since before: Int) {
        layers.append(
            LayerSummary(
                name: weights.fullName(name), type: type, outputShape: [nil] + result.shape,
                parameters: parameterCount - before))
    }
}
