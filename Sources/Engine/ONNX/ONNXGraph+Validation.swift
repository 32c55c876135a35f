extension ONNXGraph {
    /// Checks that the graph can run in the order it is written: every value is defined once, before it is read.
    ///
    /// This excludes cycles, as the standard does.
    ///
    /// - Throws: `ONNXError` naming the value and the operation.
    public func validate() throws(ONNXError) {
        try validate(inside: [])
        guard !outputs.isEmpty else { throw ONNXError("the graph has no output") }
    }

    /// - Parameter scopes: the values that the graphs around this one have defined, one set for each.
    private func validate(inside scopes: [Set<String>]) throws(ONNXError) {
        var known = Set(inputs.map(\.name))
        guard known.count == inputs.count else { throw ONNXError("two inputs of a graph have the same name") }
        let constants = Set(initializers.map(\.name))
        guard constants.count == initializers.count else { throw ONNXError("two constants have the same name") }
        // Old files list their constants among the inputs too.
        known.formUnion(constants)
        var written = known
        for node in nodes {
            for input in node.inputs where !input.isEmpty && !known.contains(input) {
                guard !scopes.contains(where: { $0.contains(input) }) else { continue }
                throw ONNXError(
                    "operation \(node.operation) '\(node.name)' reads '\(input)', which nothing has written")
            }
            for attribute in node.attributes.values {
                for graph in attribute.graphs { try graph.validate(inside: scopes + [known]) }
            }
            for output in node.outputs where !output.isEmpty {
                guard written.insert(output).inserted else {
                    throw ONNXError("two operations write the value '\(output)'")
                }
                known.insert(output)
            }
        }
        for output in outputs where !known.contains(output.name) {
            guard !scopes.contains(where: { $0.contains(output.name) }) else { continue }
            throw ONNXError("the output '\(output.name)' is written by no operation")
        }
    }
}

extension ONNXAttribute {
    /// The graphs inside the attribute.
    var graphs: [ONNXGraph] {
        switch self {
        case .graph(let graph): [graph]
        case .graphs(let graphs): graphs
        default: []
        }
    }
}
