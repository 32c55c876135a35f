public import Tensors

/// Writes a graph operation by operation, inventing the names of the values in between.
///
///     var builder = GraphBuilder(name: "linear")
///     let pixels = builder.input("pixels", shape: ["N", 784])
///     let weights = builder.constant(Tensor(shape: [784, 10], values: trained))
///     let scores = builder.add("MatMul", [pixels, weights])
///     builder.output("scores", from: scores, shape: ["N", 10])
///     let file = builder.model().encoded()
public struct GraphBuilder: Sendable {
    /// What has been written so far.
    public internal(set) var graph: ONNXGraph
    private var takenNames: Set<String> = []
    private var counters: [String: Int] = [:]

    /// Starts an empty graph.
    public init(name: String) {
        graph = ONNXGraph(name: name)
    }

    /// Declares a value that the caller gives.
    ///
    /// - Returns: the name under which operations read it: `name`, made unique.
    public mutating func input(
        _ name: String, shape: [ONNXDimension], elementType: ONNXElementType = .float
    ) -> String {
        let name = unique(name)
        graph.inputs.append(ONNXValue(name: name, elementType: elementType, shape: shape))
        return name
    }

    /// Adds a constant of floats and returns its name.
    public mutating func constant(_ tensor: Tensor, name: String = "constant") -> String {
        let name = unique(name)
        graph.initializers.append(ONNXTensor(name: name, tensor))
        return name
    }

    /// Adds a float without axes and returns its name.
    public mutating func constant(_ value: Float, name: String = "constant") -> String {
        constant(Tensor(shape: [], values: [value]), name: name)
    }

    /// Adds a list of 64-bit integers, as shapes and axes are given to operations, and returns its name.
    public mutating func constant(_ integers: [Int], name: String = "constant") -> String {
        let name = unique(name)
        graph.initializers.append(ONNXTensor(name: name, integers: integers))
        return name
    }

    /// Adds a table of 32-bit whole numbers, as indices are kept, and returns its name.
    ///
    /// - Precondition: `table.count` is the product of `shape`.
    public mutating func constant(table: [Int32], shape: [Int], name: String = "constant") -> String {
        precondition(shape.reduce(1, *) == table.count, "a table of shape \(shape) needs that many values")
        let name = unique(name)
        let bytes = table.withUnsafeBytes { [UInt8]($0) }
        graph.initializers.append(
            ONNXTensor(name: name, shape: shape, elementType: .int32, contents: .bytes(bytes[...])))
        return name
    }

    /// Adds an operation with one result and returns the name of the result.
    ///
    /// - Parameters:
    ///   - operation: operator of the default set, such as `Conv`.
    ///   - inputs: names of the values it reads; empty text for an optional one left out.
    ///   - attributes: its parameters.
    ///   - name: wish for the name of the result; made unique. The operator's name by default.
    public mutating func add(
        _ operation: String, _ inputs: [String], _ attributes: [String: ONNXAttribute] = [:], name: String? = nil
    ) -> String {
        let result = unique(name ?? operation)
        graph.nodes.append(
            ONNXNode(
                operation: operation, name: result, inputs: inputs, outputs: [result],
                attributes: Self.typed(attributes)))
        return result
    }

    /// Adds an operation with several results and returns their names.
    public mutating func add(
        _ operation: String, _ inputs: [String], _ attributes: [String: ONNXAttribute] = [:], results: Int,
        name: String? = nil
    ) -> [String] {
        let results = (0..<results).map { _ in unique(name ?? operation) }
        graph.nodes.append(
            ONNXNode(
                operation: operation, name: results.first ?? operation, inputs: inputs, outputs: results,
                attributes: Self.typed(attributes)))
        return results
    }

    /// Writes the body of a `Scan` or a `Loop`: operations that run apart from those around them.
    ///
    /// Constants added meanwhile belong to the graph around the body, which may read everything there.
    ///
    /// - Parameters:
    ///   - inputs: what the body is given, with wishes for the names.
    ///   - write: adds the operations to the builder; gets the names of the inputs and returns those of the results.
    public mutating func body<Failure: Error>(
        _ name: String, inputs: [ONNXValue], write: (inout GraphBuilder, [String]) throws(Failure) -> [String]
    ) throws(Failure) -> ONNXGraph {
        let around = graph.nodes
        graph.nodes = []
        defer { graph.nodes = around }
        let given = inputs.map { ONNXValue(name: unique($0.name), elementType: $0.elementType, shape: $0.shape) }
        // A result has to be written by the body itself, and by an operation of its own.
        let results = try write(&self, given.map(\.name)).map { add("Identity", [$0], name: name) }
        return ONNXGraph(
            name: name, nodes: graph.nodes, inputs: given,
            outputs: results.map { ONNXValue(name: $0, elementType: .float, shape: nil) })
    }

    /// Parameters that the standard wants as floats: `1` for one of them is no integer, as other engines insist.
    private static let floats: Set = [
        "alpha", "beta", "gamma", "epsilon", "lambd", "bias", "momentum", "ratio", "cubic_coeff_a", "clip",
        "extrapolation_value",
    ]

    private static func typed(_ attributes: [String: ONNXAttribute]) -> [String: ONNXAttribute] {
        var typed = attributes
        for (name, value) in attributes {
            if case .int(let number) = value, floats.contains(name) { typed[name] = .float(Float(number)) }
        }
        return typed
    }

    /// Hands a value to the caller under a name of its own.
    ///
    /// - Returns: the name under which the caller finds it: `name`, made unique.
    @discardableResult
    public mutating func output(
        _ name: String, from value: String, shape: [ONNXDimension], elementType: ONNXElementType = .float
    ) -> String {
        let name = unique(name)
        graph.nodes.append(ONNXNode(operation: "Identity", name: name, inputs: [value], outputs: [name]))
        graph.outputs.append(ONNXValue(name: name, elementType: elementType, shape: shape))
        return name
    }

    /// The model made of what has been written.
    public func model(metadata: [(key: String, value: String)] = []) -> ONNXModel {
        ONNXModel(graph: graph, metadata: metadata)
    }

    /// A name that no value has: the wish, with a number where it is taken.
    mutating func unique(_ wish: String) -> String {
        if takenNames.insert(wish).inserted { return wish }
        while true {
            let number = counters[wish, default: 0] + 1
            counters[wish] = number
            let name = "\(wish)_\(number)"
            if takenNames.insert(name).inserted { return name }
        }
    }
}
