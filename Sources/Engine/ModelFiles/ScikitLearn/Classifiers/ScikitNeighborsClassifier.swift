import ONNX

/// The classes of the nearest training samples.
///
/// Distances to all samples choose candidates; those are measured again as precisely as scikit-learn does, because
/// their order decides. Of equal distances the sample that was trained first wins.
struct ScikitNeighborsClassifier: ScikitClassifier {
    enum Metric: Equatable {
        case euclidean, manhattan, chebyshev, cosine
        case minkowski(Double)
    }

    let classes: ScikitClasses
    private let metric: Metric
    /// One row for each sample; of length 1 for the cosine.
    private let samples: ScikitArray
    private let numbers: [Int32]
    private let neighbors: Int
    private let isWeightedByDistance: Bool
    let inputRange: ScikitRange?

    /// Most differences for metrics that need all of them at once, for every input of a batch.
    private static let maximumDifferences = 1 << 21

    init(_ estimator: ScikitObject) throws(ModelFileError) {
        guard !estimator.flag("outputs_2d_") else {
            throw estimator.unsupported("predicts several things at once; only classifiers with one output are read")
        }
        classes = try ScikitClasses(of: estimator)
        metric = try Self.metric(of: estimator)
        switch estimator.text("weights") ?? (estimator.value("weights") == nil ? "uniform" : "a function") {
        case "uniform": isWeightedByDistance = false
        case "distance": isWeightedByDistance = true
        default: throw estimator.unsupported("weights its neighbours by a function, which is never called")
        }
        var samples = try Self.samples(of: estimator)
        guard samples.rows > 0, samples.columns > 0, samples.rows < 1 << 24 else {
            throw estimator.damaged("it has no samples or too many")
        }
        let numbers = try estimator.array("_y")
        guard numbers.values.count == samples.rows else {
            throw estimator.damaged("it has \(numbers.values.count) classes for \(samples.rows) samples")
        }
        var checked: [Int32] = []
        for number in numbers.values {
            guard let number = Int32(exactly: number), (0..<classes.count).contains(Int(number)) else {
                throw estimator.damaged("a sample has a class that does not exist")
            }
            checked.append(number)
        }
        self.numbers = checked
        neighbors = try estimator.integer("n_neighbors")
        guard (1...samples.rows).contains(neighbors) else {
            throw estimator.damaged("it asks for \(neighbors) neighbours among \(samples.rows) samples")
        }
        if metric != .euclidean, metric != .cosine, samples.values.count > Self.maximumDifferences {
            throw estimator.unsupported(
                "has too many samples for a metric other than euclidean or cosine: \(samples.values.count) values, at "
                    + "most \(Self.maximumDifferences)")
        }
        inputRange = ScikitRange(samples.values, source: "the samples of KNeighborsClassifier")
        if metric == .cosine { samples = Self.normalized(samples) }
        self.samples = samples
    }

    private static func metric(of estimator: ScikitObject) throws(ModelFileError) -> Metric {
        let parameters = estimator.value("effective_metric_params_", "metric_params")
        var power = try? estimator.number("p")
        if case .dictionary(let parameters)? = parameters {
            switch parameters["w"] {
            case nil, .some(.none): break
            default: throw estimator.unsupported("weights its columns, which is not supported")
            }
            if let stated = parameters["p"]?.number { power = stated }
        }
        switch estimator.text("effective_metric_", "metric") {
        case "euclidean", "l2": return .euclidean
        case "manhattan", "cityblock", "l1": return .manhattan
        case "chebyshev", "infinity": return .chebyshev
        case "cosine": return .cosine
        case "minkowski", "p":
            switch power ?? 2 {
            case 1: return .manhattan
            case 2: return .euclidean
            case .infinity: return .chebyshev
            case let power where power >= 1: return .minkowski(power)
            default: throw estimator.unsupported("has a Minkowski metric with a power below 1, which is not supported")
            }
        case let other:
            throw estimator.unsupported(
                "has the metric '\(other ?? "a function")', which is not supported; supported are euclidean, manhattan, "
                    + "chebyshev, minkowski and cosine")
        }
    }

    /// The samples themselves, or those that a tree keeps.
    private static func samples(of estimator: ScikitObject) throws(ModelFileError) -> ScikitArray {
        if let samples = try estimator.optionalArray("_fit_X", rank: 2) { return samples }
        let tree = try estimator.child("_tree")
        guard case .tuple(let parts)? = tree.state, let first = parts.first else { throw estimator.missing("_fit_X") }
        return try estimator.array(first, named: "_tree", rank: 2)
    }

    private static func normalized(_ samples: ScikitArray) -> ScikitArray {
        let values = (0..<samples.rows).flatMap { index -> [Double] in
            let row = samples.row(index)
            let length = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
            return length == 0 ? Array(row) : row.map { $0 / length }
        }
        return ScikitArray(shape: samples.shape, values: values)
    }

    var featureCount: Int? { samples.columns }
    var hasProbabilities: Bool { true }

    func scores(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> String {
        try probabilities(x, &graph)
    }

    func probabilities(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> String {
        var x = x
        if metric == .cosine {
            let length = graph.node("Sqrt", [graph.sum(graph.multiply(x.name, x.name), axis: 1)])
            let isZero = graph.cast(graph.node("Equal", [length, graph.scalar(0)]), to: .float)
            x = ScikitMatrix(name: graph.divide(x.name, graph.add(length, isZero)), columns: x.columns)
        }
        let search = ScikitNeighborSearch(metric: metric, samples: samples, neighbors: neighbors)
        let found = search.write(x, &graph)
        var weights = found.kept
        if isWeightedByDistance {
            // A sample that is met exactly leaves no weight to others.
            let zero = graph.multiply(
                graph.cast(graph.node("Equal", [found.distance, graph.scalar(0)]), to: .float), found.kept)
            let isMet = graph.node("Greater", [graph.reduce("ReduceMax", zero, axis: 1), graph.scalar(0)])
            let inverse = graph.multiply(
                graph.divide(graph.scalar(1), graph.node("Max", [found.distance, graph.scalar(1e-30)])), found.kept)
            weights = graph.node("Where", [isMet, zero, inverse])
        }
        let numbers = graph.node("Gather", [graph.table(numbers), found.indices], ["axis": 0])
        let all = graph.constant((0..<classes.count).map(Double.init), [1, 1, classes.count])
        let isClass = graph.node("Equal", [graph.unsqueeze(graph.cast(numbers, to: .float), axis: 2), all])
        let votes = graph.multiply(graph.cast(isClass, to: .float), graph.unsqueeze(weights, axis: 2))
        let sums = graph.sum(votes, axis: 1, keepsAxis: false)
        return graph.divide(sums, graph.sum(sums, axis: 1))
    }
}
