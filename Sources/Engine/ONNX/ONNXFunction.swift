/// An operator that a model defines itself, as a list of other operations.
public struct ONNXFunction: Sendable, Equatable {
    /// Operator set and name by which operations refer to it.
    public var domain = ""
    public var name = ""
    /// Names of the values it reads and writes, in order.
    public var inputs: [String] = []
    public var outputs: [String] = []
    /// Its operations.
    public var nodes: [ONNXNode] = []
    /// Parameters that a call may leave out.
    public var defaults: [String: ONNXAttribute] = [:]
}

extension ONNXModel {
    /// Puts the operations of the model's functions in the place of the calls.
    ///
    /// - Parameter limits: bounds the number of operations that come out, and how deep functions call each other.
    /// - Throws: `ONNXError` for functions that call themselves, or more than the limits allow.
    public mutating func inlineFunctions(limits: ONNXLimits = .standard) throws(ONNXError) {
        guard !functions.isEmpty else { return }
        var inliner = ONNXInliner(functions, limits: limits)
        graph = try inliner.inlined(graph, depth: 0)
        functions = []
    }
}

/// Replaces calls of functions.
private struct ONNXInliner {
    private struct Key: Hashable {
        let domain: String
        let name: String
    }

    /// How the names of a function's body become those of the graph that calls it.
    private struct Scope {
        /// Actual names of the formal inputs and outputs.
        let names: [String: String]
        let prefix: String
        let attributes: [String: ONNXAttribute]

        func rename(_ name: String) -> String { name.isEmpty ? "" : names[name] ?? prefix + name }
    }

    private static let maximumDepth = 16

    private let functions: [Key: ONNXFunction]
    private let limits: ONNXLimits
    private var nodeCount = 0
    private var callCount = 0

    init(_ list: [ONNXFunction], limits: ONNXLimits) {
        functions = Dictionary(list.map { (Key(domain: $0.domain, name: $0.name), $0) }, uniquingKeysWith: { $1 })
        self.limits = limits
    }

    mutating func inlined(_ graph: ONNXGraph, depth: Int) throws(ONNXError) -> ONNXGraph {
        var result = graph
        result.nodes = []
        for node in graph.nodes { try append(node, to: &result.nodes, depth: depth) }
        return result
    }

    /// Appends a node, or what it calls; the names in it are final.
    private mutating func append(_ node: ONNXNode, to nodes: inout [ONNXNode], depth: Int) throws(ONNXError) {
        guard let function = functions[Key(domain: node.domain, name: node.operation)] else {
            nodeCount += 1
            guard nodeCount <= limits.maximumNodes else {
                throw ONNXError(
                    .tooLarge, "the functions of the model make more than \(limits.maximumNodes) operations")
            }
            var node = node
            for (name, attribute) in node.attributes {
                switch attribute {
                case .graph(let graph): node.attributes[name] = .graph(try inlined(graph, depth: depth))
                case .graphs(let graphs):
                    node.attributes[name] = .graphs(
                        try graphs.map { (graph) throws(ONNXError) in try inlined(graph, depth: depth) })
                default: break
                }
            }
            return nodes.append(node)
        }
        callCount += 1
        guard depth < Self.maximumDepth, callCount <= limits.maximumNodes else {
            throw ONNXError(.tooLarge, "the functions of the model call each other too often or too deeply")
        }
        let scope = scope(of: node, function)
        for inner in function.nodes { try append(renamed(inner, scope), to: &nodes, depth: depth + 1) }
    }

    private func scope(of node: ONNXNode, _ function: ONNXFunction) -> Scope {
        var names: [String: String] = [:]
        for (index, name) in function.inputs.enumerated() {
            names[name] = index < node.inputs.count ? node.inputs[index] : ""
        }
        for (name, actual) in zip(function.outputs, node.outputs) where !actual.isEmpty { names[name] = actual }
        return Scope(
            names: names, prefix: "\(function.name)/\(callCount)/",
            attributes: function.defaults.merging(node.attributes) { $1 })
    }

    private func renamed(_ node: ONNXNode, _ scope: Scope) -> ONNXNode {
        var node = node
        node.inputs = node.inputs.map(scope.rename)
        node.outputs = node.outputs.map(scope.rename)
        for (name, attribute) in node.attributes {
            switch attribute {
            case .graph(let graph): node.attributes[name] = .graph(renamed(graph, scope))
            case .graphs(let graphs): node.attributes[name] = .graphs(graphs.map { renamed($0, scope) })
            default: break
            }
        }
        for (name, reference) in node.references { node.attributes[name] = scope.attributes[reference] }
        node.references = [:]
        return node
    }

    private func renamed(_ graph: ONNXGraph, _ scope: Scope) -> ONNXGraph {
        var graph = graph
        graph.nodes = graph.nodes.map { renamed($0, scope) }
        for index in graph.inputs.indices { graph.inputs[index].name = scope.rename(graph.inputs[index].name) }
        for index in graph.outputs.indices { graph.outputs[index].name = scope.rename(graph.outputs[index].name) }
        for index in graph.initializers.indices {
            graph.initializers[index].name = scope.rename(graph.initializers[index].name)
        }
        return graph
    }
}
