import ONNX

/// Finds the nearest of many samples.
struct ScikitNeighborSearch {
    let metric: ScikitNeighborsClassifier.Metric
    /// One row for each sample.
    let samples: ScikitArray
    let neighbors: Int

    /// What is found for each input: more candidates than neighbours.
    struct Found {
        /// Numbers of the samples, shape `[N, candidates]`.
        let indices: String
        /// Distances of the candidates.
        let distance: String
        /// 1 for the nearest, which are the neighbours, 0 for the other candidates.
        let kept: String
    }

    func write(_ x: ScikitMatrix, _ graph: inout ScikitGraph) -> Found {
        let rounded = samples.map { Double(Float.saturating($0)) }
        let samples = graph.constant(rounded)
        let candidates = min(self.samples.rows, neighbors + max(16, neighbors))
        let rough = roughDistances(x, samples, &graph)
        let found = graph.node(
            "TopK", [rough, graph.indices([candidates])], ["axis": 1, "largest": 0, "sorted": 1], results: 2)
        let indices = found[1]
        let high = graph.node("Gather", [samples, indices], ["axis": 0])
        var difference = graph.preciseSum(graph.unsqueeze(x.name, axis: 1), graph.node("Neg", [high]))
        if rounded != self.samples {
            let rest = ScikitArray(
                shape: rounded.shape, values: zip(self.samples.values, rounded.values).map { $0 - $1 })
            let low = graph.node("Gather", [graph.constant(rest), indices], ["axis": 0])
            difference.low = graph.subtract(difference.low, low)
        }
        let measured = measure(difference, &graph)
        return Found(
            indices: indices, distance: distance(measured.high, &graph),
            kept: nearest(measured, indices: indices, candidates: candidates, &graph))
    }

    /// Distances to all samples, or what grows with them.
    private func roughDistances(_ x: ScikitMatrix, _ samples: String, _ graph: inout ScikitGraph) -> String {
        switch metric {
        case .euclidean, .cosine:
            // |x − y|² without |x|², which is the same for all samples.
            let squares = (0..<self.samples.rows).map { self.samples.row($0).reduce(0) { $0 + $1 * $1 } }
            let products = graph.node("MatMul", [x.name, graph.node("Transpose", [samples], ["perm": [1, 0]])])
            return graph.subtract(graph.row(squares), graph.multiply(products, graph.scalar(2)))
        case .manhattan, .chebyshev, .minkowski:
            let shape = [1, self.samples.rows, self.samples.columns]
            let difference = graph.node(
                "Abs", [graph.subtract(graph.unsqueeze(x.name, axis: 1), graph.reshape(samples, shape))])
            return switch metric {
            case .chebyshev: graph.reduce("ReduceMax", difference, axis: 2, keepsAxis: false)
            case .minkowski(let power):
                graph.sum(graph.node("Pow", [difference, graph.scalar(power)]), axis: 2, keepsAxis: false)
            default: graph.sum(difference, axis: 2, keepsAxis: false)
            }
        }
    }

    /// What grows with the distance, for the differences of shape `[N, candidates, columns]`.
    private func measure(_ difference: ScikitPair, _ graph: inout ScikitGraph) -> ScikitPair {
        let length = samples.columns
        switch metric {
        case .euclidean, .cosine:
            return graph.renormalized(graph.preciseSum(graph.square(difference), length: length))
        case .manhattan:
            return graph.renormalized(graph.preciseSum(graph.absolute(difference), length: length))
        case .chebyshev:
            let size = graph.node("Abs", [graph.add(difference.high, difference.low)])
            let largest = graph.reduce("ReduceMax", size, axis: 2, keepsAxis: false)
            return ScikitPair(high: largest, low: graph.multiply(largest, graph.scalar(0)))
        case .minkowski(let power):
            let size = graph.node("Abs", [graph.add(difference.high, difference.low)])
            let terms = graph.node("Pow", [size, graph.scalar(power)])
            return graph.renormalized(
                graph.preciseSum(
                    ScikitPair(high: terms, low: graph.multiply(terms, graph.scalar(0))), length: length))
        }
    }

    private func distance(_ measure: String, _ graph: inout ScikitGraph) -> String {
        switch metric {
        case .euclidean: graph.node("Sqrt", [graph.node("Max", [measure, graph.scalar(0)])])
        // For rows of length 1, 1 − x·y is half of |x − y|².
        case .cosine: graph.multiply(measure, graph.scalar(0.5))
        case .manhattan, .chebyshev: measure
        case .minkowski(let power): graph.node("Pow", [measure, graph.scalar(1 / power)])
        }
    }

    /// 1 for candidates before which fewer than `neighbors` others come, by distance and then by number.
    private func nearest(
        _ measure: ScikitPair, indices: String, candidates: Int, _ graph: inout ScikitGraph
    ) -> String {
        guard candidates > neighbors else {
            return graph.add(graph.multiply(measure.high, graph.scalar(0)), graph.scalar(1))
        }
        func sides(_ value: String, _ graph: inout ScikitGraph) -> (one: String, other: String) {
            (graph.unsqueeze(value, axis: 2), graph.unsqueeze(value, axis: 1))
        }
        let high = sides(measure.high, &graph)
        let low = sides(measure.low, &graph)
        // Whole numbers up to 2²⁴ are exact as floats, and there are no more samples.
        let number = sides(graph.cast(indices, to: .float), &graph)
        let isEarlier = graph.node("Less", [number.other, number.one])
        let isLowEqual = graph.node("Equal", [low.other, low.one])
        let isHighEqual = graph.node("Equal", [high.other, high.one])
        let byLow = graph.node(
            "Or", [graph.node("Less", [low.other, low.one]), graph.node("And", [isLowEqual, isEarlier])])
        let isBefore = graph.node(
            "Or", [graph.node("Less", [high.other, high.one]), graph.node("And", [isHighEqual, byLow])])
        let rank = graph.sum(graph.cast(isBefore, to: .float), axis: 2, keepsAxis: false)
        return graph.cast(graph.node("Less", [rank, graph.scalar(Double(neighbors))]), to: .float)
    }
}
