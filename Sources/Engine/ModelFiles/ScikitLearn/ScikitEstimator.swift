/// A value of the graph with one row for each input of the batch.
struct ScikitMatrix {
    let name: String
    let columns: Int
}

/// Turns a fitted classifier into operations.
protocol ScikitClassifier: SendableMetatype {
    /// Reads and checks everything that is needed, before anything is written.
    init(_ estimator: ScikitObject) throws(ModelFileError)

    var classes: ScikitClasses { get }
    /// Number of values of one input; nil where the estimator does not tell.
    var featureCount: Int? { get }
    /// Whether `probabilities` may be asked for.
    var hasProbabilities: Bool { get }
    /// What the estimator tells about the values it was trained on.
    var inputRange: ScikitRange? { get }
    /// What other estimators ask it for.
    var response: ScikitResponse { get }

    /// Writes `predict_proba`: one column for each class.
    func probabilities(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> String

    /// Writes the scores whose first largest is what `predict` answers: one column for each class.
    ///
    /// These are those of `decision_function` wherever it has that property; two classes get the columns −d and d.
    /// Classifiers without one give their probabilities.
    func scores(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> String

    /// Writes `decision_function` exactly, where `response` says that there is one; two classes get −d and d.
    func decision(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> String
}

/// What an estimator answers to one that is built on it: the first of these that it has.
enum ScikitResponse {
    case decision
    case probabilities
    /// Something that is not written exactly.
    case other
}

/// Turns a fitted transformer into operations.
protocol ScikitTransformer: SendableMetatype {
    /// Reads and checks everything that is needed, before anything is written.
    init(_ estimator: ScikitObject) throws(ModelFileError)

    /// Number of values of one input; nil where the transformer takes any.
    var featureCount: Int? { get }
    /// What the transformer tells about the values it was fitted on.
    var inputRange: ScikitRange? { get }
    /// Whether values keep their meaning, so that the next step may tell the range.
    var keepsRange: Bool { get }

    func transform(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> ScikitMatrix
}

extension ScikitClassifier {
    var inputRange: ScikitRange? { nil }
    var response: ScikitResponse { .probabilities }

    func decision(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> String {
        try scores(x, &graph)
    }
}

extension ScikitTransformer {
    var inputRange: ScikitRange? { nil }
    var keepsRange: Bool { false }
}

extension ScikitMatrix {
    /// Requires a number of columns, which a file may state wrongly.
    func check(_ expected: Int?, for step: String) throws(ModelFileError) {
        guard let expected, expected != columns else { return }
        throw ModelFileError(
            .damaged, "the \(step) takes \(expected) values, but the step before it gives \(columns)")
    }
}
