import ONNX

/// Classifiers whose scores are linear: logistic and ridge regression, perceptrons, linear machines, LDA.
struct ScikitLinearClassifier: ScikitClassifier {
    /// How probabilities come from scores.
    private enum Link {
        case none
        /// The softmax of all scores; of −d and d for two classes.
        case softmax
        /// The logistic function of each score, divided by their sum.
        case logistic
        /// The modified Huber loss: each score cut to −1…1 and moved to 0…1, divided by their sum.
        case huber
    }

    let classes: ScikitClasses
    /// One row for each class; a single one for two classes.
    private let coefficients: ScikitArray
    private let intercepts: [Double]
    private let link: Link
    let inputRange: ScikitRange?

    /// Products above this number are summed plainly. Weights trained on values that were not scaled can be so large
    /// that plain sums are wrong in the fifth digit.
    private static let maximumPreciseProducts = 1 << 14

    init(_ estimator: ScikitObject) throws(ModelFileError) {
        if estimator.value("classes_") == nil, estimator.name.hasPrefix("Ridge") {
            // Its classes are those of the binarizer it keeps.
            classes = try ScikitClasses(of: try estimator.child("_label_binarizer"))
        } else {
            classes = try ScikitClasses(of: estimator)
        }
        var coefficients = try estimator.array("coef_")
        if coefficients.shape.count == 1 {
            coefficients = ScikitArray(shape: [1, coefficients.values.count], values: coefficients.values)
        }
        let rows = classes.count == 2 ? 1 : classes.count
        guard classes.count >= 2 else { throw estimator.unsupported("was trained on a single class") }
        try estimator.check(coefficients, "coef_", is: [rows, coefficients.columns])
        guard coefficients.columns > 0 else { throw estimator.damaged("'coef_' is empty") }
        var intercepts = [try? estimator.number("intercept_")].compactMap(\.self)
        if intercepts.isEmpty { intercepts = try estimator.array("intercept_", rank: 1).values }
        if intercepts.count == 1 { intercepts = [Double](repeating: intercepts[0], count: rows) }
        guard intercepts.count == rows else {
            throw estimator.damaged("it has \(intercepts.count) intercepts for \(rows) scores")
        }
        self.coefficients = coefficients
        self.intercepts = intercepts
        link = Self.link(of: estimator, classes: classes.count)
        inputRange =
            estimator.name == "LinearDiscriminantAnalysis"
            ? try estimator.optionalArray("xbar_", "means_").flatMap {
                ScikitRange($0.values, source: "the means of LinearDiscriminantAnalysis", knowsLow: false)
            } : nil
    }

    private static func link(of estimator: ScikitObject, classes: Int) -> Link {
        switch estimator.name {
        case "LogisticRegression", "LogisticRegressionCV":
            // The parameter is gone since 1.8; before, versions differ in its default but store it.
            switch estimator.text("multi_class") ?? "auto" {
            case "ovr", "warn": return .logistic
            case "multinomial": return .softmax
            default: return classes == 2 || estimator.text("solver") == "liblinear" ? .logistic : .softmax
            }
        case "LinearDiscriminantAnalysis": return classes == 2 ? .logistic : .softmax
        case "SGDClassifier":
            switch estimator.text("loss") {
            case "log", "log_loss": return .logistic
            case "modified_huber": return .huber
            default: return .none
            }
        default: return .none
        }
    }

    var featureCount: Int? { coefficients.columns }
    var hasProbabilities: Bool { link != .none }
    var response: ScikitResponse { .decision }

    func scores(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> String {
        let decision = columns(x, &graph)
        return classes.count == 2 ? graph.mirrored(decision) : decision
    }

    private func columns(_ x: ScikitMatrix, _ graph: inout ScikitGraph) -> String {
        guard coefficients.values.count > Self.maximumPreciseProducts else {
            return graph.sum(graph.precise(x, times: coefficients.transposed, plus: intercepts))
        }
        return graph.add(
            graph.matrixProduct(x.name, graph.constant(coefficients.transposed)), graph.row(intercepts))
    }

    func probabilities(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> String {
        let decision = columns(x, &graph)
        let isBinary = classes.count == 2
        switch link {
        case .none: return try scores(x, &graph)
        case .softmax: return graph.softmax(isBinary ? graph.mirrored(decision) : decision)
        case .logistic:
            if isBinary { return graph.logisticPair(decision) }
            return graph.normalized(graph.node("Sigmoid", [decision]), columns: classes.count)
        case .huber:
            let cut = graph.clip(isBinary ? graph.mirrored(decision) : decision, -1, 1)
            let moved = graph.multiply(graph.add(cut, graph.scalar(1)), graph.scalar(0.5))
            return isBinary ? moved : graph.normalized(moved, columns: classes.count)
        }
    }
}
