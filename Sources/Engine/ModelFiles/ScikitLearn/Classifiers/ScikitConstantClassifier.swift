/// A classifier that looks at nothing.
struct ScikitConstantClassifier: ScikitClassifier {
    let classes: ScikitClasses
    let featureCount: Int?
    private let row: [Double]

    init(_ estimator: ScikitObject) throws(ModelFileError) {
        if estimator.name == "_ConstantPredictor" {
            classes = ScikitClasses(labels: ["0", "1"])
            featureCount = nil
            guard let value = try estimator.array("y_").values.first, value == 0 || value == 1 else {
                throw estimator.damaged("'y_' is neither 0 nor 1")
            }
            row = [1 - value, value]
            return
        }
        classes = try ScikitClasses(of: estimator)
        featureCount = try? estimator.integer("n_features_in_")
        let priors = try estimator.array("class_prior_", rank: 1)
        try estimator.check(priors, "class_prior_", is: [classes.count])
        let best = priors.values.firstIndex(of: priors.values.max() ?? 0) ?? 0
        switch estimator.text("_strategy", "strategy") {
        case "prior": row = priors.values
        case "most_frequent": row = priors.values.indices.map { $0 == best ? 1 : 0 }
        case "constant":
            guard let text = estimator.value("constant").flatMap(\.classLabel),
                let place = classes.labels.firstIndex(of: text)
            else { throw estimator.unsupported("answers with a constant that is none of its classes") }
            row = classes.labels.indices.map { $0 == place ? 1 : 0 }
        case let other:
            throw estimator.unsupported("has the strategy '\(other ?? "?")', which answers by chance")
        }
    }

    var hasProbabilities: Bool { true }

    func probabilities(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> String {
        graph.repeated(row, like: x)
    }

    func scores(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> String {
        graph.repeated(row, like: x)
    }
}
