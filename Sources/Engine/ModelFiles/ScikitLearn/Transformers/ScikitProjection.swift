/// A linear map to fewer columns: PCA and its like.
struct ScikitProjection: ScikitTransformer {
    private let mean: [Double]?
    /// Shape `[columns, results]`.
    private let map: ScikitArray
    let inputRange: ScikitRange?

    init(_ estimator: ScikitObject) throws(ModelFileError) {
        if estimator.name == "LinearDiscriminantAnalysis" {
            let scalings = try estimator.array("scalings_", rank: 2)
            let kept = min(try estimator.integer("_max_components"), scalings.columns)
            guard kept > 0 else { throw estimator.damaged("'_max_components' is \(kept)") }
            map = ScikitArray(
                shape: [scalings.rows, kept], values: (0..<scalings.rows).flatMap { scalings.row($0).prefix(kept) })
            mean = estimator.text("solver") == "svd" ? try estimator.array("xbar_", rank: 1).values : nil
        } else {
            let components = try estimator.array("components_", rank: 2)
            mean = estimator.name == "TruncatedSVD" ? nil : try estimator.optionalArray("mean_", rank: 1)?.values
            var map = components.transposed
            if estimator.flag("whiten") {
                let variances = try estimator.array("explained_variance_", rank: 1)
                try estimator.check(variances, "explained_variance_", is: [components.rows])
                // scikit-learn never divides by less than the smallest step of its numbers.
                let scales = variances.values.map { max($0.squareRoot(), Double.ulpOfOne) }
                map = ScikitArray(
                    shape: map.shape, values: map.values.enumerated().map { $1 / scales[$0 % components.rows] })
            }
            self.map = map
        }
        guard map.rows > 0, map.columns > 0 else { throw estimator.damaged("it has no components") }
        if let mean, mean.count != map.rows {
            throw estimator.damaged("it has \(mean.count) means for \(map.rows) columns")
        }
        inputRange = mean.flatMap {
            ScikitRange($0, source: "the means of \(estimator.name)", knowsLow: false)
        }
    }

    var featureCount: Int? { map.rows }

    func transform(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> ScikitMatrix {
        let value = mean.map { graph.centred(x, $0) } ?? x.name
        return ScikitMatrix(name: graph.matrixProduct(value, graph.constant(map)), columns: map.columns)
    }
}
