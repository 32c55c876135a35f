import ONNX
import Tensors

/// The ONNX graph that is written for a list of layers.
struct TorchLayerGraph {
    private(set) var builder = GraphBuilder(name: "network")
    private let weights: NamedWeights
    /// Whether only shapes are of interest: weights are not read then.
    let isTrial: Bool
    private(set) var summaries: [LayerSummary] = []
    private(set) var parameterCount = 0
    private let maximumParameters: Int
    /// Constants by the name of the weight.
    private var constants: [String: String] = [:]
    private var layerParameters = 0

    /// Elements of the largest value between two layers, for one input.
    private static let maximumElements = 1 << 30

    init(weights: NamedWeights, isTrial: Bool, limits: ModelFileLimits) {
        self.weights = weights
        self.isTrial = isTrial
        maximumParameters = limits.maximumParameters
    }

    // MARK: Inputs and outputs

    mutating func input(shape: [Int]) -> TorchLayerValue {
        TorchLayerValue(name: builder.input("input", shape: ["N"] + shape.map(ONNXDimension.fixed)), shape: shape)
    }

    mutating func output(_ value: TorchLayerValue) -> TensorSpec {
        let name = builder.output("output", from: value.name, shape: ["N"] + value.shape.map(ONNXDimension.fixed))
        return TensorSpec(name: name, shape: [nil] + value.shape)
    }

    // MARK: Layers

    /// Writes one layer.
    mutating func add(
        _ layer: TorchLayer, _ converter: any TorchLayerConverter.Type, _ value: TorchLayerValue
    ) throws(ModelFileError) -> TorchLayerValue {
        layerParameters = 0
        let result = try converter.convert(layer, value, &self)
        guard result.shape.allSatisfy({ $0 > 0 }) else {
            throw layer.misfit("makes the shape \(result.shape) of \(value.shape), which holds nothing")
        }
        guard let count = StoredTensor.product(result.shape), count <= Self.maximumElements else {
            throw ModelFileError(.tooLarge, "\(layer.title) makes a value of shape \(result.shape), which is too large")
        }
        summaries.append(
            LayerSummary(
                name: layer.path.isEmpty ? layer.type : layer.path, type: layer.type,
                outputShape: [nil] + result.shape, parameters: layerParameters))
        parameterCount += layerParameters
        return result
    }

    // MARK: Weights

    /// The full name of a layer's weight in the file; nil where it has none.
    ///
    /// Names may be told without what the file has before all of them, as long as one weight alone is meant.
    private func fullName(_ layer: TorchLayer, _ name: String) -> String? {
        let wanted = layer.path.isEmpty ? name : "\(layer.path).\(name)"
        if weights[wanted] != nil { return wanted }
        let longer = weights.weights.filter { $0.name.hasSuffix("." + wanted) }
        return longer.count == 1 ? longer[0].name : nil
    }

    /// The shape of a weight; nil where there is none.
    func shape(_ layer: TorchLayer, _ name: String) -> [Int]? { fullName(layer, name).flatMap { weights[$0]?.shape } }

    /// The shape of a weight that must be there with a number of axes.
    func shape(_ layer: TorchLayer, _ name: String, rank: Int) throws(ModelFileError) -> [Int] {
        guard let shape = shape(layer, name) else { throw missing(layer, name) }
        guard shape.count == rank, shape.allSatisfy({ $0 > 0 }) else {
            throw layer.misfit("needs '\(name)' with \(rank) axes, the file has one of shape \(shape)")
        }
        return shape
    }

    /// Adds a weight as a constant and returns the constant's name.
    mutating func weight(
        _ layer: TorchLayer, _ name: String, shape: [Int], as other: [Int]? = nil
    ) throws(ModelFileError) -> String {
        guard let full = fullName(layer, name), let weight = weights[full] else { throw missing(layer, name) }
        guard weight.shape == shape else {
            throw layer.misfit("needs '\(name)' of shape \(shape), the file has \(weight.shape)")
        }
        let key = "\(full) \(other ?? shape)"
        if let known = constants[key] { return known }
        let count = StoredTensor.product(shape) ?? .max
        let (total, overflow) = (parameterCount + layerParameters).addingReportingOverflow(count)
        guard !overflow, total <= maximumParameters else {
            throw ModelFileError(
                .tooLarge, "the model has more parameters than the \(maximumParameters) that are allowed")
        }
        layerParameters += count
        let constant =
            isTrial ? full : builder.constant(try weight.read().reshaped(other ?? shape), name: full)
        constants[key] = constant
        return constant
    }

    private func missing(_ layer: TorchLayer, _ name: String) -> ModelFileError {
        guard !layer.path.isEmpty else {
            return layer.misfit("does not tell the name of its weights: 'weights' is missing")
        }
        let others = weights.weights.prefix(12).map(\.name).joined(separator: ", ")
        return layer.misfit("needs '\(layer.path).\(name)', which is not in the file, or not once; it has \(others)…")
    }

    // MARK: Operations

    /// Adds an operation and returns the name of its result.
    mutating func node(_ operation: String, _ inputs: [String], _ attributes: [String: ONNXAttribute] = [:]) -> String {
        builder.add(operation, inputs, attributes)
    }

    /// Adds an operation that keeps the shape.
    mutating func map(
        _ operation: String, _ value: TorchLayerValue, _ further: [String] = [],
        _ attributes: [String: ONNXAttribute] = [:]
    ) -> TorchLayerValue {
        TorchLayerValue(name: node(operation, [value.name] + further, attributes), shape: value.shape)
    }

    /// Adds a single float.
    mutating func scalar(_ value: Double) -> String { builder.constant(Float(value), name: "scalar") }

    /// Adds a list of integers.
    mutating func integers(_ values: [Int]) -> String { builder.constant(values, name: "integers") }

    /// Adds floats that are no weights of the file.
    mutating func constant(_ tensor: Tensor) -> String { builder.constant(tensor) }
}
