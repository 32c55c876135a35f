import ONNX

/// Counts the numbers that a graph holds: as initializers, or as the results of `Constant` operations, which is how
/// the exporters of PaddlePaddle and some others write weights.
enum ONNXParameters {
    /// Number of elements of each constant of a graph, without those of the graphs inside it.
    static func constants(of graph: ONNXGraph) -> [String: Int] {
        var counts: [String: Int] = [:]
        for tensor in graph.initializers where counts[tensor.name] == nil {
            counts[tensor.name] = tensor.elementCount ?? 0
        }
        for node in graph.nodes where node.operation == "Constant" {
            // Whole numbers are axes and shapes here.
            guard case .tensor(let tensor)? = node.attributes["value"], isFloatingPoint(tensor.elementType),
                let name = node.outputs.first, counts[name] == nil
            else { continue }
            counts[name] = tensor.elementCount ?? 0
        }
        return counts
    }

    /// Number of elements of all constants of the graphs inside a graph, such as the branches of an `If`.
    static func inner(of graph: ONNXGraph) -> Int {
        var count = 0
        for attribute in graph.nodes.lazy.flatMap(\.attributes.values) {
            let graphs: [ONNXGraph] =
                switch attribute {
                case .graph(let graph): [graph]
                case .graphs(let graphs): graphs
                default: []
                }
            for graph in graphs { count += constants(of: graph).values.reduce(inner(of: graph), +) }
        }
        return count
    }

    private static func isFloatingPoint(_ type: ONNXElementType) -> Bool {
        [.float, .double, .float16, .bfloat16].contains(type)
    }
}
