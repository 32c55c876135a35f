import ONNX

/// Which scores of an attention count: built from all the masks that a call knows.
struct AttentionMask {
    /// Name of a value of truth that broadcasts to the scores `[N, …, T, S]`; nil if all count.
    private(set) var name: String?

    /// Adds a mask that broadcasts to the scores.
    mutating func add(_ mask: String, _ graph: inout KerasGraph) {
        name = name.map { graph.node("And", [$0, mask]) } ?? mask
    }

    /// Adds those scores of which the key comes no later than the query.
    mutating func addCausal(queries: Positions, keys: Positions, _ graph: inout KerasGraph) {
        let rows = graph.unsqueezed(queries.numbers(&graph), [1])
        let columns = graph.unsqueezed(keys.numbers(&graph), [0])
        add(graph.node("LessOrEqual", [columns, rows]), &graph)
    }

    /// Adds those scores of which query and key lie closer than a width.
    mutating func addWindow(_ width: Int, queries: Positions, keys: Positions, _ graph: inout KerasGraph) {
        let rows = graph.unsqueezed(queries.numbers(&graph), [1])
        let columns = graph.unsqueezed(keys.numbers(&graph), [0])
        let distance = graph.node("Abs", [graph.node("Sub", [rows, columns])])
        add(graph.node("Less", [distance, graph.scalar(Double(width))]), &graph)
    }

    /// The numbers 0, 1, 2… along an axis of a value.
    struct Positions {
        /// Name of the value, and the axis.
        let name: String
        let axis: Int

        fileprivate func numbers(_ graph: inout KerasGraph) -> String {
            let length = graph.squeezed(graph.dimension(axis, of: name), [0])
            let zero = graph.squeezed(graph.integers([0]), [0])
            let one = graph.squeezed(graph.integers([1]), [0])
            return graph.floats(graph.node("Range", [zero, length, one]))
        }
    }
}

extension KerasGraph {
    /// Softmax along the last axis over those scores that count.
    ///
    /// Where none counts, all weigh the same, as on TensorFlow and JAX.
    mutating func attentionWeights(_ scores: String, _ mask: AttentionMask) -> String {
        var scores = scores
        if let mask = mask.name { scores = node("Where", [mask, scores, scalar(-1e9)]) }
        return node("Softmax", [scores], ["axis": -1])
    }
}
