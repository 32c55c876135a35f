import Foundation
import ONNX

/// Naive Bayes with a normal distribution for every value.
///
/// Values that never vary in training get a tiny variance, so that the sums become huge; hence the precise sums.
struct ScikitGaussianBayes: ScikitClassifier {
    let classes: ScikitClasses
    private let means: ScikitArray
    private let variances: ScikitArray
    private let priors: [Double]
    let inputRange: ScikitRange?

    init(_ estimator: ScikitObject) throws(ModelFileError) {
        classes = try ScikitClasses(of: estimator)
        means = try estimator.array("theta_", rank: 2)
        variances = try estimator.array("var_", "sigma_", rank: 2)
        let priors = try estimator.array("class_prior_", rank: 1)
        guard means.columns > 0 else { throw estimator.damaged("'theta_' is empty") }
        try estimator.check(means, "theta_", is: [classes.count, means.columns])
        try estimator.check(variances, "var_", is: means.shape)
        try estimator.check(priors, "class_prior_", is: [classes.count])
        guard variances.values.allSatisfy({ $0 > 0 && $0.isFinite }), priors.values.allSatisfy({ $0 > 0 }) else {
            throw estimator.damaged("its variances or class weights are not above 0")
        }
        self.priors = priors.values
        inputRange = ScikitRange(means.values, source: "the means of GaussianNB", knowsLow: false)
    }

    var featureCount: Int? { means.columns }
    var hasProbabilities: Bool { true }

    func probabilities(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> String {
        graph.softmax(try scores(x, &graph))
    }

    /// The logarithms of the joint probabilities, less the largest.
    func scores(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> String {
        let shape = [1, classes.count, means.columns]
        let difference = graph.preciseDifference(graph.unsqueeze(x.name, axis: 1), means.values, shape)
        let widths = graph.pair(variances.values.map { 1 / (2 * $0).squareRoot() }, shape)
        var squares = graph.square(graph.product(difference, widths))
        squares = ScikitPair(high: graph.node("Neg", [squares.high]), low: graph.node("Neg", [squares.low]))
        let offsets = (0..<classes.count).map { index in
            log(priors[index]) - 0.5 * variances.row(index).reduce(0) { $0 + log(2 * .pi * $1) }
        }
        return graph.relativeToLargest(graph.add(graph.preciseSum(squares, length: means.columns), offsets))
    }
}

/// Naive Bayes for counts and for bits, whose joint log probabilities are linear.
struct ScikitCountBayes: ScikitClassifier {
    let classes: ScikitClasses
    /// Shape `[columns, classes]`.
    private let weights: ScikitArray
    private let offsets: [Double]
    private let threshold: Double?

    /// Products above this number are summed plainly.
    private static let maximumPreciseProducts = 1 << 18

    init(_ estimator: ScikitObject) throws(ModelFileError) {
        classes = try ScikitClasses(of: estimator)
        let logarithms = try estimator.array("feature_log_prob_", rank: 2)
        guard logarithms.columns > 0 else { throw estimator.damaged("'feature_log_prob_' is empty") }
        try estimator.check(logarithms, "feature_log_prob_", is: [classes.count, logarithms.columns])
        let priors = try estimator.array("class_log_prior_", rank: 1)
        try estimator.check(priors, "class_log_prior_", is: [classes.count])
        var rows = logarithms
        var offsets = priors.values
        switch estimator.name {
        case "BernoulliNB":
            let negative = logarithms.map { log(-expm1($0)) }
            rows = ScikitArray(shape: rows.shape, values: zip(rows.values, negative.values).map { $0 - $1 })
            offsets = offsets.enumerated().map { $1 + negative.row($0).reduce(0, +) }
            threshold = estimator.value("binarize")?.number
        case "ComplementNB":
            if classes.count > 1 { offsets = offsets.map { _ in 0 } }
            threshold = nil
        default: threshold = nil
        }
        guard rows.values.allSatisfy(\.isFinite), offsets.allSatisfy(\.isFinite) else {
            throw estimator.unsupported("gives some values a probability of 0; train it with a higher 'alpha'")
        }
        // What all classes have in common changes no probability, but costs precision.
        var values = rows.values
        let (count, columns) = (classes.count, rows.columns)
        for column in 0..<columns {
            let mean = (0..<count).reduce(0) { $0 + values[$1 * columns + column] } / Double(count)
            for row in 0..<count { values[row * columns + column] -= mean }
        }
        weights = ScikitArray(shape: rows.shape, values: values).transposed
        let mean = offsets.reduce(0, +) / Double(count)
        self.offsets = offsets.map { $0 - mean }
    }

    var featureCount: Int? { weights.rows }
    var hasProbabilities: Bool { true }

    func probabilities(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> String {
        graph.softmax(try scores(x, &graph))
    }

    /// The logarithms of the joint probabilities, less the largest.
    func scores(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> String {
        var value = x
        if let threshold {
            value = ScikitMatrix(name: graph.binarized(x.name, threshold), columns: x.columns)
        }
        guard weights.values.count <= Self.maximumPreciseProducts else {
            return graph.add(graph.matrixProduct(value.name, graph.constant(weights)), graph.row(offsets))
        }
        return graph.relativeToLargest(graph.precise(value, times: weights, plus: offsets))
    }
}
