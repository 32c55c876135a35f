/// The weighted mean of several classifiers' probabilities, or their votes.
struct ScikitVotingClassifier: ScikitClassifier {
    let classes: ScikitClasses
    private let members: [(classifier: any ScikitClassifier, weight: Double)]
    private let isSoft: Bool

    init(_ estimator: ScikitObject) throws(ModelFileError) {
        classes =
            estimator.value("classes_") == nil
            ? try ScikitClasses(of: try estimator.child("le_")) : try ScikitClasses(of: estimator)
        isSoft = estimator.text("voting") == "soft"
        let values = try estimator.list("estimators_")
        // The weights are those of the members that were not left out of `estimators`.
        var weights = try estimator.optionalArray("weights", rank: 1)?.values
        if let all = weights, all.count != values.count {
            let steps = try ScikitSteps.values(of: estimator, "estimators")
            guard steps.count == all.count else { throw estimator.damaged("it has \(all.count) weights") }
            weights = zip(steps, all).compactMap { step, weight in
                if case .string = step { nil } else { weight }
            }
        }
        var members: [(classifier: any ScikitClassifier, weight: Double)] = []
        for (index, value) in values.enumerated() {
            let member = try ScikitEstimators.classifier(value, in: estimator)
            guard member.classes.count == classes.count, !isSoft || member.hasProbabilities else {
                throw estimator.damaged("an estimator does not fit its \(classes.count) classes")
            }
            guard let weight = weights.map({ $0.indices.contains(index) ? $0[index] : nil }) ?? 1 else {
                throw estimator.damaged("it has fewer weights than estimators")
            }
            members.append((member, weight))
        }
        guard members.reduce(0, { $0 + $1.weight }) > 0 else { throw estimator.damaged("its weights are not above 0") }
        self.members = members
    }

    var featureCount: Int? { members.lazy.compactMap(\.classifier.featureCount).first }
    var inputRange: ScikitRange? { members.lazy.compactMap(\.classifier.inputRange).first }
    var hasProbabilities: Bool { isSoft }
    var response: ScikitResponse { isSoft ? .probabilities : .other }

    func probabilities(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> String {
        let total = members.reduce(0) { $0 + $1.weight }
        return try sum(x, &graph, divisor: total) { member, graph throws(ModelFileError) in
            try member.probabilities(x, &graph)
        }
    }

    /// The weights of the votes where classifiers vote; of equal ones the first class wins.
    func scores(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> String {
        guard !isSoft else { return try probabilities(x, &graph) }
        let count = classes.count
        return try sum(x, &graph, divisor: 1) { member, graph throws(ModelFileError) in
            graph.firstLargest(try member.scores(x, &graph), columns: count)
        }
    }

    private func sum(
        _ x: ScikitMatrix, _ graph: inout ScikitGraph, divisor: Double,
        _ write: (any ScikitClassifier, inout ScikitGraph) throws(ModelFileError) -> String
    ) throws(ModelFileError) -> String {
        var sum: String?
        for member in members {
            try x.check(member.classifier.featureCount, for: "next estimator of the vote")
            let part = graph.multiply(
                try write(member.classifier, &graph), graph.scalar(member.weight / divisor))
            sum = sum.map { graph.add($0, part) } ?? part
        }
        return sum ?? graph.repeated(classes.labels.map { _ in 0 }, like: x)
    }
}
