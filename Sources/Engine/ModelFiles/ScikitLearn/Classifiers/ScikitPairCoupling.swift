import ONNX

/// Probabilities of classes from those of their pairs, as libsvm finds them.
///
/// The steps and the point where they end are libsvm's own, because it ends early enough to be seen in the results.
/// Source: T.-F. Wu, C.-J. Lin, R. C. Weng, "Probability estimates for multi-class classification by pairwise coupling"
/// (2004), algorithm 2.
struct ScikitPairCoupling {
    let classes: Int

    /// - Parameter likelihood: the probability of the first class of every pair.
    func probabilities(_ likelihood: String, _ pairs: ScikitClassPairs, _ graph: inout ScikitGraph) -> String {
        let first = matrix(likelihood, pairs, &graph)
        // Q[t][t] = Σ r[j][t]², Q[t][j] = −r[j][t] r[t][j]; `first` is r, and its diagonal is 0.
        let swapped = graph.node("Transpose", [first], ["perm": [0, 2, 1]])
        let diagonal = graph.sum(graph.multiply(swapped, swapped), axis: 2, keepsAxis: false)
        let identity = (0..<classes * classes).map { $0 % (classes + 1) == 0 ? 1.0 : 0 }
        let unit = graph.constant(identity, [1, classes, classes])
        let matrix = graph.subtract(
            graph.multiply(unit, graph.unsqueeze(diagonal, axis: 2)), graph.multiply(first, swapped))
        let start = graph.add(graph.multiply(diagonal, graph.scalar(0)), graph.scalar(1 / Double(classes)))
        return loop(matrix, diagonal: diagonal, from: start, &graph)
    }

    /// Shape `[N, classes, classes]` with 0 in the diagonal.
    private func matrix(_ likelihood: String, _ pairs: ScikitClassPairs, _ graph: inout ScikitGraph) -> String {
        let other = graph.subtract(graph.scalar(1), likelihood)
        let zero = graph.multiply(graph.columns([0], of: likelihood), graph.scalar(0))
        let all = graph.concatenate([likelihood, other, zero])
        var order = [Int](repeating: 2 * pairs.count, count: classes * classes)
        for (index, (first, second)) in pairs.members.enumerated() {
            order[first * classes + second] = index
            order[second * classes + first] = pairs.count + index
        }
        return graph.reshape(graph.columns(order, of: all), [-1, classes, classes])
    }

    private func loop(_ matrix: String, diagonal: String, from start: String, _ graph: inout ScikitGraph) -> String {
        let count = classes
        let rows = graph.node("Split", [matrix], ["axis": 1], results: count).map { row in
            graph.node("Squeeze", [row, graph.indices([1])])
        }
        let corners = graph.node("Split", [diagonal], ["axis": 1], results: count)
        let body = graph.body(
            inputs: [
                ONNXValue(name: "step", elementType: .int64, shape: []),
                ONNXValue(name: "goes_on", elementType: .bool, shape: []),
                ONNXValue(name: "p", shape: ["N", .fixed(count)]),
            ]
        ) { graph, inputs in
            step(inputs[2], matrix: matrix, rows: rows, corners: corners, &graph)
        }
        let limit = graph.indices([max(100, count)])
        let goes = graph.cast(graph.scalar(1), to: .bool)
        return graph.node("Loop", [graph.node("Squeeze", [limit]), goes, start], ["body": .graph(body)])
    }

    /// One round over all classes, for the inputs that are not done yet.
    ///
    /// - Returns: whether any input is not done, and the probabilities.
    private func step(
        _ start: String, matrix: String, rows: [String], corners: [String], _ graph: inout ScikitGraph
    ) -> [String] {
        var p = start
        var qp = graph.node(
            "Squeeze", [graph.matrixProduct(matrix, graph.unsqueeze(p, axis: 2)), graph.indices([2])])
        var pqp = graph.sum(graph.multiply(p, qp), axis: 1)
        let error = graph.reduce("ReduceMax", graph.node("Abs", [graph.subtract(qp, pqp)]), axis: 1)
        let isOpen = graph.node("GreaterOrEqual", [error, graph.scalar(0.005 / Double(classes))])
        let one = graph.scalar(1)
        for index in 0..<classes {
            let own = graph.columns([index], of: qp)
            let difference = graph.divide(graph.subtract(pqp, own), corners[index])
            let scale = graph.add(difference, one)
            let unit = graph.row((0..<classes).map { $0 == index ? 1 : 0 })
            let growth = graph.add(
                graph.multiply(difference, corners[index]), graph.multiply(own, graph.scalar(2)))
            pqp = graph.divide(graph.divide(graph.add(pqp, graph.multiply(difference, growth)), scale), scale)
            qp = graph.divide(graph.add(qp, graph.multiply(difference, rows[index])), scale)
            p = graph.divide(graph.add(p, graph.multiply(difference, unit)), scale)
        }
        let next = graph.node("Where", [isOpen, p, start])
        let open = graph.node("ReduceMax", [graph.cast(isOpen, to: .float)], ["keepdims": 0])
        return [graph.node("Greater", [open, graph.scalar(0.5)]), next]
    }
}
