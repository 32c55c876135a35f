import ONNX

/// Divides each input by its norm.
struct ScikitNormalizer: ScikitTransformer {
    private enum Norm: String {
        case l1, l2, max
    }

    private let norm: Norm

    init(_ estimator: ScikitObject) throws(ModelFileError) {
        guard let norm = Norm(rawValue: estimator.text("norm") ?? "l2") else {
            throw estimator.damaged("'norm' is none of l1, l2, max")
        }
        self.norm = norm
    }

    var featureCount: Int? { nil }

    func transform(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> ScikitMatrix {
        let size: String
        switch norm {
        case .l1: size = graph.sum(graph.node("Abs", [x.name]), axis: 1)
        case .l2: size = graph.node("Sqrt", [graph.sum(graph.multiply(x.name, x.name), axis: 1)])
        case .max: size = graph.reduce("ReduceMax", graph.node("Abs", [x.name]), axis: 1)
        }
        // Inputs of zeros stay as they are.
        let isZero = graph.cast(graph.node("Equal", [size, graph.scalar(0)]), to: .float)
        return ScikitMatrix(name: graph.divide(x.name, graph.add(size, isZero)), columns: x.columns)
    }
}

/// 1 where a value exceeds the threshold, else 0.
struct ScikitBinarizer: ScikitTransformer {
    private let threshold: Double

    init(_ estimator: ScikitObject) throws(ModelFileError) {
        threshold = try estimator.number("threshold")
    }

    var featureCount: Int? { nil }

    func transform(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> ScikitMatrix {
        ScikitMatrix(name: graph.binarized(x.name, threshold), columns: x.columns)
    }
}

extension ScikitGraph {
    /// 1 where values exceed a threshold of 64 bits, else 0.
    mutating func binarized(_ value: String, _ threshold: Double) -> String {
        let limit = Double(Float.below(threshold))
        return cast(node("Greater", [value, scalar(limit)]), to: .float)
    }
}

/// Replaces the value that stands for a missing one, and drops columns in which training saw no other.
struct ScikitImputer: ScikitTransformer {
    private let statistics: [Double]
    /// Nil where missing values are not numbers, which no picture has.
    private let missing: Double?

    init(_ estimator: ScikitObject) throws(ModelFileError) {
        guard !estimator.flag("add_indicator") else {
            throw estimator.unsupported("adds columns that tell what was missing, which is not supported")
        }
        statistics = try estimator.array("statistics_", rank: 1, allowsNaN: true).values
        guard statistics.contains(where: { !$0.isNaN }) else { throw estimator.damaged("it keeps no column") }
        missing = estimator.value("missing_values")?.number.flatMap { $0.isNaN ? nil : $0 }
    }

    var featureCount: Int? { statistics.count }
    var keepsRange: Bool { missing == nil }

    func transform(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> ScikitMatrix {
        let kept = statistics.indices.filter { !statistics[$0].isNaN }
        let value = kept.count == statistics.count ? x.name : graph.columns(kept, of: x.name)
        guard let missing else { return ScikitMatrix(name: value, columns: kept.count) }
        let isMissing = graph.node("Equal", [value, graph.scalar(missing)])
        let filled = graph.node("Where", [isMissing, graph.row(kept.map { statistics[$0] }), value])
        return ScikitMatrix(name: filled, columns: kept.count)
    }
}

/// A step that calls a function: read where it has none.
struct ScikitIdentity: ScikitTransformer {
    init(_ estimator: ScikitObject) throws(ModelFileError) {
        guard estimator.value("func") == nil else {
            throw ModelFileError(
                .refused,
                "the pipeline has a FunctionTransformer that calls a Python function; no function of a file is "
                    + "ever called")
        }
    }

    var featureCount: Int? { nil }
    var keepsRange: Bool { true }

    func transform(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> ScikitMatrix { x }
}

/// Keeps some of the columns.
struct ScikitSelection: ScikitTransformer {
    private let kept: [Int]
    private let columns: Int

    init(_ estimator: ScikitObject) throws(ModelFileError) {
        if estimator.name == "VarianceThreshold" {
            let variances = try estimator.array("variances_", rank: 1, allowsNaN: true).values
            let threshold = try estimator.number("threshold")
            kept = variances.indices.filter { variances[$0] > threshold }
            columns = variances.count
        } else {
            // Columns without a score come last; of equal scores the later wins, as in a stable sort.
            let scores = try estimator.array("scores_", rank: 1, allowsNaN: true).values
                .map { $0.isNaN ? -Double.greatestFiniteMagnitude : $0 }
            columns = scores.count
            let count = estimator.text("k") == "all" ? scores.count : try estimator.integer("k")
            guard (1...max(scores.count, 1)).contains(count) else { throw estimator.damaged("'k' is \(count)") }
            let order = scores.indices.sorted { (scores[$0], $0) < (scores[$1], $1) }
            kept = order.suffix(count).sorted()
        }
        guard !kept.isEmpty else { throw estimator.damaged("it keeps no column") }
    }

    var featureCount: Int? { columns }

    func transform(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> ScikitMatrix {
        ScikitMatrix(name: graph.columns(kept, of: x.name), columns: kept.count)
    }
}
