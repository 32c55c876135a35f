import ONNX
import Tensors

/// The ONNX graph that is written for a network, with what Keras layers need again and again.
struct KerasGraph {
    private(set) var builder: GraphBuilder
    /// Path of the layer that is being written; names of its values start with it.
    var scope = ""
    /// The same value in the other order of axes, so that no value is transposed twice.
    private var twins: [String: String] = [:]
    /// Constants by scope and name: the calls of a shared layer share them.
    private var constants: [String: String] = [:]

    init(name: String) {
        builder = GraphBuilder(name: name)
    }

    // MARK: Inputs and outputs

    mutating func input(_ name: String, shape: [Int?]) -> KerasTensor {
        let dimensions = shape.enumerated().map { axis, length -> ONNXDimension in
            if axis == 0 { return "N" }
            return length.map(ONNXDimension.fixed) ?? .symbol("\(name)_axis\(axis)")
        }
        return KerasTensor(name: builder.input(name, shape: dimensions), shape: [nil] + shape.dropFirst())
    }

    /// Hands a value to the caller and returns the name it got.
    mutating func output(_ name: String, _ value: KerasTensor) -> TensorSpec {
        let value = native(value)
        let dimensions = value.shape.enumerated().map { axis, length -> ONNXDimension in
            if axis == 0 { return "N" }
            return length.map(ONNXDimension.fixed) ?? .symbol("")
        }
        let name = builder.output(name, from: value.name, shape: dimensions)
        return TensorSpec(name: name, shape: [nil] + value.shape.dropFirst())
    }

    // MARK: Operations

    /// Adds an operation and returns the name of its result.
    mutating func node(_ operation: String, _ inputs: [String], _ attributes: [String: ONNXAttribute] = [:]) -> String {
        builder.add(operation, inputs, attributes, name: "\(scope)/\(operation)")
    }

    /// Adds an operation of several results and returns their names.
    mutating func nodes(
        _ operation: String, _ inputs: [String], _ attributes: [String: ONNXAttribute] = [:], results: Int
    ) -> [String] {
        builder.add(operation, inputs, attributes, results: results, name: "\(scope)/\(operation)")
    }

    /// Writes the operations of a `Scan`'s body.
    ///
    /// - Parameter write: gets the names of the inputs, and returns those of the results.
    mutating func body(
        inputs: [ONNXValue], _ write: (inout KerasGraph, [String]) throws(ModelFileError) -> [String]
    ) throws(ModelFileError) -> ONNXGraph {
        var inner = self
        let body = try builder.body("\(scope)/step", inputs: inputs) { builder, given throws(ModelFileError) in
            inner.builder = builder
            let results = try write(&inner, given)
            builder = inner.builder
            return results
        }
        // Constants lie outside the body, other values inside: those are forgotten.
        constants = inner.constants
        return body
    }

    /// Adds an operation that treats every element alike, so that shape and order of axes stay.
    mutating func map(
        _ operation: String, _ value: KerasTensor, _ further: [String] = [],
        _ attributes: [String: ONNXAttribute] = [:]
    ) -> KerasTensor {
        var result = value
        result.name = node(operation, [value.name] + further, attributes)
        return result
    }

    /// Adds a constant for the layer being written, or finds it where the layer is called again.
    mutating func constant<Failure: Error>(
        _ name: String, _ make: () throws(Failure) -> Tensor
    ) throws(Failure) -> String {
        let key = "\(scope)/\(name)"
        if let known = constants[key] { return known }
        let constant = builder.constant(try make(), name: key)
        constants[key] = constant
        return constant
    }

    /// Adds a list of integers.
    mutating func integers(_ values: [Int]) -> String {
        builder.constant(values, name: "\(scope)/integers")
    }

    /// Adds a constant of an operation.
    mutating func literal(_ tensor: Tensor) -> String {
        builder.constant(tensor, name: "\(scope)/literal")
    }

    /// Adds a single float.
    mutating func scalar(_ value: Double) -> String {
        builder.constant(Float(value), name: "\(scope)/scalar")
    }

    // MARK: Order of axes

    /// The value with its axes in Keras's order.
    mutating func native(_ value: KerasTensor) -> KerasTensor {
        guard value.isChannelsFirst else { return value }
        let order = [0] + Array(2..<value.rank) + [1]
        return KerasTensor(name: transposed(value.name, order), shape: value.shape)
    }

    /// The value with its last axis second.
    mutating func channelsFirst(_ value: KerasTensor) -> KerasTensor {
        guard !value.isChannelsFirst, value.rank > 2 else { return value }
        let order = [0, value.rank - 1] + Array(1..<value.rank - 1)
        return KerasTensor(name: transposed(value.name, order), shape: value.shape, isChannelsFirst: true)
    }

    private mutating func transposed(_ name: String, _ order: [Int]) -> String {
        if let twin = twins[name] { return twin }
        let twin = node("Transpose", [name], ["perm": .ints(order)])
        twins[name] = twin
        twins[twin] = name
        return twin
    }

    /// The value as pictures with channels second.
    mutating func image(_ value: KerasTensor, isKerasChannelsFirst: Bool) -> KerasImage {
        if isKerasChannelsFirst {
            let value = native(value)
            return KerasImage(
                name: value.name, batch: value.shape[0], channels: value.shape[1],
                spatial: Array(value.shape.dropFirst(2)), isKerasChannelsFirst: true)
        }
        let value = channelsFirst(value)
        return KerasImage(
            name: value.name, batch: value.shape[0], channels: value.shape[value.rank - 1],
            spatial: Array(value.shape.dropFirst().dropLast()), isKerasChannelsFirst: false)
    }

    /// Adds a constant that is combined element by element with a value.
    ///
    /// - Parameter tensor: in Keras's order of axes and of the value's rank, lengths 1 where it is repeated; or a
    ///   scalar.
    mutating func constant(_ name: String, _ tensor: Tensor, along value: KerasTensor) -> String {
        guard value.isChannelsFirst, tensor.shape.count == value.rank else { return constant(name) { tensor } }
        let order = [0, value.rank - 1] + Array(1..<value.rank - 1)
        return constant(name + "_channels_first") { tensor.permuted(order) }
    }
}
