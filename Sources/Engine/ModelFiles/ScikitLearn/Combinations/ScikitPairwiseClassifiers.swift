import ONNX

/// One classifier of two classes for each class.
struct ScikitOneVsRestClassifier: ScikitClassifier {
    let classes: ScikitClasses
    private let members: [any ScikitClassifier]
    private let isMultilabel: Bool

    init(_ estimator: ScikitObject) throws(ModelFileError) {
        let binarizer = try estimator.child("label_binarizer_")
        classes = try ScikitClasses(of: estimator.value("classes_") == nil ? binarizer : estimator)
        isMultilabel = binarizer.text("y_type_")?.hasPrefix("multilabel") ?? false
        var members: [any ScikitClassifier] = []
        for value in try estimator.list("estimators_") {
            members.append(try ScikitEstimators.classifier(value, in: estimator))
        }
        guard members.count == classes.count || members.count == 1 && classes.count == 2,
            members.allSatisfy({ $0.classes.count == 2 })
        else { throw estimator.damaged("it has \(members.count) estimators for \(classes.count) classes") }
        self.members = members
    }

    var featureCount: Int? { members.lazy.compactMap(\.featureCount).first }
    var inputRange: ScikitRange? { members.lazy.compactMap(\.inputRange).first }
    // One that never saw a class is constant and stands for any estimator.
    var hasProbabilities: Bool { members.allSatisfy(\.hasProbabilities) }
    var response: ScikitResponse { .other }

    private func columns(
        _ x: ScikitMatrix, _ graph: inout ScikitGraph,
        _ write: (any ScikitClassifier, inout ScikitGraph) throws(ModelFileError) -> String
    ) throws(ModelFileError) -> String {
        var columns: [String] = []
        for member in members {
            try x.check(member.featureCount, for: "next estimator")
            columns.append(graph.columns([1], of: try write(member, &graph)))
        }
        return graph.concatenate(columns)
    }

    func scores(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> String {
        let scores = try columns(x, &graph) { member, graph throws(ModelFileError) in try member.scores(x, &graph) }
        return members.count == 1 ? graph.mirrored(scores) : scores
    }

    func probabilities(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> String {
        let values = try columns(x, &graph) { member, graph throws(ModelFileError) in
            try member.probabilities(x, &graph)
        }
        if members.count == 1 { return graph.complementPair(values) }
        return isMultilabel ? values : graph.normalized(values, columns: classes.count)
    }
}

/// One classifier for each pair of classes.
struct ScikitOneVsOneClassifier: ScikitClassifier {
    let classes: ScikitClasses
    private let members: [any ScikitClassifier]
    private let pairs: ScikitClassPairs

    init(_ estimator: ScikitObject) throws(ModelFileError) {
        classes = try ScikitClasses(of: estimator)
        guard (2...200).contains(classes.count) else {
            throw estimator.unsupported("has \(classes.count) classes; between 2 and 200 are read")
        }
        guard estimator.value("pairwise_indices_") == nil else {
            throw estimator.unsupported("has estimators for precomputed distances, which is not supported")
        }
        pairs = ScikitClassPairs(classes: classes.count)
        var members: [any ScikitClassifier] = []
        for value in try estimator.list("estimators_") {
            members.append(try ScikitEstimators.classifier(value, in: estimator))
        }
        guard members.count == pairs.count, members.allSatisfy({ $0.classes.count == 2 }) else {
            throw estimator.damaged("it has \(members.count) estimators for \(pairs.count) pairs of classes")
        }
        guard members.allSatisfy({ $0.response == .decision }) else {
            throw estimator.unsupported("has estimators without a decision function, which is not supported")
        }
        self.members = members
    }

    var featureCount: Int? { members.lazy.compactMap(\.featureCount).first }
    var inputRange: ScikitRange? { members.lazy.compactMap(\.inputRange).first }
    var hasProbabilities: Bool { false }
    var response: ScikitResponse { .decision }

    func probabilities(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> String {
        try scores(x, &graph)
    }

    func scores(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> String {
        var decisions: [String] = []
        for member in members {
            try x.check(member.featureCount, for: "next estimator")
            decisions.append(graph.columns([0], of: try member.scores(x, &graph)))
        }
        let all = graph.concatenate(decisions)
        // The first column of a member is the negative of its decision, which is positive for the second class.
        return classes.count == 2
            ? graph.mirrored(graph.node("Neg", [all])) : pairs.scores(all, breaksTies: true, &graph)
    }
}
