import Foundation
import ONNX

/// The class whose centre is nearest.
struct ScikitNearestCentroid: ScikitClassifier {
    let classes: ScikitClasses
    private let centroids: ScikitArray
    private let isManhattan: Bool
    /// Since 1.6: the deviation of each column, by which distances are divided, and the class weights.
    private let discriminant: (deviations: [Double], priors: [Double])?
    let inputRange: ScikitRange?

    init(_ estimator: ScikitObject) throws(ModelFileError) {
        classes = try ScikitClasses(of: estimator)
        centroids = try estimator.array("centroids_", rank: 2)
        guard centroids.columns > 0 else { throw estimator.damaged("'centroids_' is empty") }
        try estimator.check(centroids, "centroids_", is: [classes.count, centroids.columns])
        switch estimator.text("metric") {
        case "euclidean": isManhattan = false
        case "manhattan": isManhattan = true
        case let other:
            throw estimator.unsupported(
                "has the metric '\(other ?? "?")', which is not supported; supported are euclidean and manhattan")
        }
        if !isManhattan, let deviations = try estimator.optionalArray("within_class_std_dev_", rank: 1) {
            let priors = try estimator.array("class_prior_", rank: 1)
            try estimator.check(deviations, "within_class_std_dev_", is: [centroids.columns])
            try estimator.check(priors, "class_prior_", is: [classes.count])
            guard priors.values.allSatisfy({ $0 > 0 }) else { throw estimator.damaged("a class weight is not above 0") }
            discriminant = (deviations.values.map { $0 == 0 ? 1 : $0 }, priors.values)
        } else {
            discriminant = nil
        }
        inputRange = ScikitRange(centroids.values, source: "the centres of NearestCentroid", knowsLow: false)
    }

    var featureCount: Int? { centroids.columns }
    var hasProbabilities: Bool { discriminant != nil }
    var response: ScikitResponse { .other }

    func probabilities(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> String {
        guard let discriminant else { return try scores(x, &graph) }
        let shape = [1, classes.count, centroids.columns]
        let factors = graph.pair(discriminant.deviations.map { 1 / $0 }, [1, 1, centroids.columns])
        let squares = graph.square(graph.product(differences(x, &graph), factors))
        let distances = graph.preciseSum(squares, length: shape[2])
        let negative = ScikitPair(high: graph.node("Neg", [distances.high]), low: graph.node("Neg", [distances.low]))
        return graph.softmax(graph.relativeToLargest(graph.add(negative, discriminant.priors.map { 2 * log($0) })))
    }

    private func differences(_ x: ScikitMatrix, _ graph: inout ScikitGraph) -> ScikitPair {
        graph.preciseDifference(
            graph.unsqueeze(x.name, axis: 1), centroids.values, [1, classes.count, centroids.columns])
    }

    /// How much nearer the nearest centre is: 0 for that, negative for the others.
    func scores(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> String {
        let differences = differences(x, &graph)
        let terms = isManhattan ? graph.absolute(differences) : graph.square(differences)
        let distances = graph.preciseSum(terms, length: centroids.columns)
        let negative = ScikitPair(high: graph.node("Neg", [distances.high]), low: graph.node("Neg", [distances.low]))
        return graph.relativeToLargest(negative)
    }
}

extension ScikitGraph {
    /// A pair without its sign.
    mutating func absolute(_ value: ScikitPair) -> ScikitPair {
        let sign = node("Sign", [value.high])
        return ScikitPair(high: multiply(value.high, sign), low: multiply(value.low, sign))
    }
}
