import Foundation

/// A normal distribution with its own covariance for every class.
struct ScikitQuadraticDiscriminant: ScikitClassifier {
    let classes: ScikitClasses
    private let means: ScikitArray
    /// Each of shape `[columns, directions]`, divided by the deviation along the direction.
    private let maps: [ScikitArray]
    private let offsets: [Double]
    let inputRange: ScikitRange?

    /// Products above this number are summed plainly.
    private static let maximumPreciseProducts = 1 << 18

    init(_ estimator: ScikitObject) throws(ModelFileError) {
        classes = try ScikitClasses(of: estimator)
        means = try estimator.array("means_", rank: 2)
        guard means.columns > 0 else { throw estimator.damaged("'means_' is empty") }
        try estimator.check(means, "means_", is: [classes.count, means.columns])
        let priors = try estimator.array("priors_", rank: 1)
        try estimator.check(priors, "priors_", is: [classes.count])
        let rotations = try estimator.list("rotations_")
        let scalings = try estimator.list("scalings_")
        guard rotations.count == classes.count, scalings.count == classes.count, priors.values.allSatisfy({ $0 > 0 })
        else { throw estimator.damaged("its arrays do not fit its \(classes.count) classes") }
        var maps: [ScikitArray] = []
        var offsets: [Double] = []
        for (index, (rotation, scaling)) in zip(rotations, scalings).enumerated() {
            let rotation = try estimator.array(rotation, named: "rotations_", rank: 2)
            let scaling = try estimator.array(scaling, named: "scalings_", rank: 1)
            try estimator.check(rotation, "rotations_", is: [means.columns, scaling.values.count])
            guard !scaling.values.isEmpty, scaling.values.allSatisfy({ $0 > 0 }) else {
                throw estimator.damaged("a variance is not above 0")
            }
            let factors = scaling.values.map { 1 / $0.squareRoot() }
            maps.append(
                ScikitArray(
                    shape: rotation.shape,
                    values: rotation.values.enumerated().map { $1 * factors[$0 % factors.count] }))
            offsets.append(log(priors.values[index]) - 0.5 * scaling.values.reduce(0) { $0 + log($1) })
        }
        (self.maps, self.offsets) = (maps, offsets)
        inputRange = ScikitRange(
            means.values, source: "the means of QuadraticDiscriminantAnalysis", knowsLow: false)
    }

    var featureCount: Int? { means.columns }
    var hasProbabilities: Bool { true }
    var response: ScikitResponse { .other }

    func probabilities(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> String {
        graph.softmax(try scores(x, &graph))
    }

    /// The logarithms of the joint probabilities, less the largest.
    func scores(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> String {
        let isPrecise = maps.reduce(0) { $0 + $1.values.count } <= Self.maximumPreciseProducts
        var highs: [String] = []
        var lows: [String] = []
        for (index, map) in maps.enumerated() {
            let mean = Array(means.row(index))
            let along: ScikitPair
            if isPrecise {
                // (x − mean) × map = x × map − mean × map; the products are exact, so nothing is lost.
                let offset = (0..<map.columns).map { column in
                    -(0..<map.rows).reduce(0) { $0 + mean[$1] * map[$1, column] }
                }
                along = graph.precise(x, times: map, plus: offset)
            } else {
                let centred = graph.centred(x, mean)
                along = ScikitPair(
                    high: graph.matrixProduct(centred, graph.constant(map)),
                    low: graph.repeated([Double](repeating: 0, count: map.columns), like: x))
            }
            let squares = graph.square(along)
            let three = ScikitPair(
                high: graph.unsqueeze(squares.high, axis: 1), low: graph.unsqueeze(squares.low, axis: 1))
            let sum = graph.preciseSum(three, length: map.columns)
            highs.append(sum.high)
            lows.append(sum.low)
        }
        let half = graph.scalar(-0.5)
        let sums = ScikitPair(
            high: graph.multiply(graph.concatenate(highs), half), low: graph.multiply(graph.concatenate(lows), half))
        return graph.relativeToLargest(graph.add(sums, offsets))
    }
}
