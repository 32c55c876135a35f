extension GraphBuilder {
    /// Writes a whole graph into this one, so that it reads values of this one.
    ///
    /// Its values get new names where theirs are taken.
    ///
    /// - Parameter inputs: what it is given, in the order of the inputs that are no constants.
    /// - Returns: the names under which its results are found, in order.
    /// - Precondition: there is a value for each of its inputs.
    public mutating func append(_ other: ONNXGraph, reading inputs: [String]) -> [String] {
        let constants = Set(other.initializers.map(\.name))
        let open = other.inputs.map(\.name).filter { !constants.contains($0) }
        precondition(open.count == inputs.count, "the graph '\(other.name)' reads \(open.count) values")
        // An input left out has no name, and keeps none.
        var names = ["": ""].merging(zip(open, inputs)) { $1 }
        for var tensor in other.initializers {
            names[tensor.name] = unique(tensor.name)
            tensor.name = names[tensor.name] ?? tensor.name
            graph.initializers.append(tensor)
        }
        for node in other.nodes { graph.nodes.append(renamed(node, &names)) }
        return other.outputs.map { names[$0.name] ?? $0.name }
    }

    /// A node of another graph under names that are free here; what it writes is added to `names`.
    private mutating func renamed(_ node: ONNXNode, _ names: inout [String: String]) -> ONNXNode {
        var node = node
        node.inputs = node.inputs.map { names[$0] ?? $0 }
        for (name, attribute) in node.attributes {
            switch attribute {
            case .graph(let body): node.attributes[name] = .graph(renamed(body, names))
            case .graphs(let bodies): node.attributes[name] = .graphs(bodies.map { renamed($0, names) })
            default: break
            }
        }
        for output in node.outputs where names[output] == nil { names[output] = unique(output) }
        node.outputs = node.outputs.map { names[$0] ?? $0 }
        return node
    }

    /// The body of a loop or a branch, which reads the values around it and has others of its own.
    private mutating func renamed(_ body: ONNXGraph, _ around: [String: String]) -> ONNXGraph {
        var body = body
        var names = around
        for index in body.inputs.indices {
            names[body.inputs[index].name] = unique(body.inputs[index].name)
            body.inputs[index].name = names[body.inputs[index].name] ?? body.inputs[index].name
        }
        for index in body.initializers.indices {
            names[body.initializers[index].name] = unique(body.initializers[index].name)
            body.initializers[index].name = names[body.initializers[index].name] ?? body.initializers[index].name
        }
        body.nodes = body.nodes.map { renamed($0, &names) }
        for index in body.outputs.indices {
            body.outputs[index].name = names[body.outputs[index].name] ?? body.outputs[index].name
        }
        return body
    }
}
