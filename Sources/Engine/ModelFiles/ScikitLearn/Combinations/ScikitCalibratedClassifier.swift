import ONNX

/// Classifiers whose scores were fitted to probabilities afterwards; several are averaged.
struct ScikitCalibratedClassifier: ScikitClassifier {
    private struct Member {
        let classifier: any ScikitClassifier
        let calibrators: [ScikitCalibration]
    }

    let classes: ScikitClasses
    private let members: [Member]

    init(_ estimator: ScikitObject) throws(ModelFileError) {
        classes = try ScikitClasses(of: estimator)
        var members: [Member] = []
        for value in try estimator.list("calibrated_classifiers_") {
            let object = try estimator.child(value)
            if object.text("method") == "temperature" {
                throw estimator.unsupported("calibrates by a temperature, which is not supported")
            }
            let classifier = try ScikitEstimators.classifier(try object.child("estimator", "base_estimator"))
            guard classifier.classes.count == classes.count, classifier.response != .other else {
                throw estimator.unsupported(
                    "calibrates an estimator that is not supported there, or has too few classes")
            }
            var calibrators: [ScikitCalibration] = []
            for value in try object.list("calibrators", "calibrators_") {
                calibrators.append(try ScikitCalibration(try object.child(value)))
            }
            guard classes.count >= 2, calibrators.count == (classes.count == 2 ? 1 : classes.count) else {
                throw estimator.damaged("it has \(calibrators.count) calibrators for \(classes.count) classes")
            }
            members.append(Member(classifier: classifier, calibrators: calibrators))
        }
        guard !members.isEmpty else { throw estimator.damaged("it has no classifiers") }
        self.members = members
    }

    var featureCount: Int? { members.lazy.compactMap(\.classifier.featureCount).first }
    var inputRange: ScikitRange? { members.lazy.compactMap(\.classifier.inputRange).first }
    var hasProbabilities: Bool { true }

    func scores(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> String {
        try probabilities(x, &graph)
    }

    func probabilities(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> String {
        var sum: String?
        for member in members {
            try x.check(member.classifier.featureCount, for: "next estimator")
            let part = try probabilities(of: member, x, &graph)
            sum = sum.map { graph.add($0, part) } ?? part
        }
        let total = sum ?? graph.repeated(classes.labels.map { _ in 0 }, like: x)
        return graph.divide(total, graph.scalar(Double(members.count)))
    }

    private func probabilities(
        of member: Member, _ x: ScikitMatrix, _ graph: inout ScikitGraph
    ) throws(ModelFileError) -> String {
        // Classifiers with a decision function are calibrated by it, the others by their probabilities.
        let decision =
            member.classifier.response == .decision
            ? try member.classifier.decision(x, &graph) : try member.classifier.probabilities(x, &graph)
        if classes.count == 2 {
            return graph.complementPair(member.calibrators[0].write(graph.columns([1], of: decision), &graph))
        }
        var columns: [String] = []
        for (index, calibrator) in member.calibrators.enumerated() {
            columns.append(calibrator.write(graph.columns([index], of: decision), &graph))
        }
        return graph.normalized(graph.concatenate(columns), columns: classes.count)
    }
}

/// The function from a score to a probability.
enum ScikitCalibration {
    case logistic(slope: Double, offset: Double)
    /// Straight lines between points of rising scores.
    case isotonic(scores: [Double], probabilities: [Double])

    init(_ estimator: ScikitObject) throws(ModelFileError) {
        switch estimator.name {
        case "_SigmoidCalibration":
            self = .logistic(slope: try estimator.number("a_"), offset: try estimator.number("b_"))
        case "IsotonicRegression":
            let scores = try estimator.array("X_thresholds_", "_necessary_X_", rank: 1).values
            let probabilities = try estimator.array("y_thresholds_", "_necessary_y_", rank: 1).values
            guard scores.count == probabilities.count, !scores.isEmpty, scores.allSatisfy(\.isFinite),
                zip(scores, scores.dropFirst()).allSatisfy({ $0 <= $1 })
            else { throw estimator.damaged("its points are not sorted") }
            // The graph calculates in 32 bits: a step between scores that are one number there would be lost.
            let isLost = scores.indices.dropFirst().contains { index in
                scores[index] > scores[index - 1] && Float(scores[index]) == Float(scores[index - 1])
                    && abs(probabilities[index] - probabilities[index - 1]) > 1e-5
            }
            guard !isLost else {
                throw ModelFileError(
                    .unsupported,
                    "the isotonic calibration tells scores apart that are equal in 32 bits, in which models are calculated; "
                        + #"calibrate with method="sigmoid""#)
            }
            self = .isotonic(scores: scores, probabilities: probabilities)
        default: throw estimator.unsupported("is no calibration that is known")
        }
    }

    func write(_ score: String, _ graph: inout ScikitGraph) -> String {
        switch self {
        case .logistic(let slope, let offset):
            let exponent = graph.add(graph.multiply(score, graph.scalar(-slope)), graph.scalar(-offset))
            return graph.node("Sigmoid", [exponent])
        case .isotonic(let scores, let probabilities):
            // Each line adds its part of the rise; scores beyond the ends stay at the ends.
            var (starts, slopes, rises): ([Double], [Double], [Double]) = ([], [], [])
            for index in 1..<max(scores.count, 1) where scores[index] > scores[index - 1] {
                starts.append(scores[index - 1])
                slopes.append(1 / (scores[index] - scores[index - 1]))
                rises.append(probabilities[index] - probabilities[index - 1])
            }
            guard !starts.isEmpty else {
                return graph.add(graph.multiply(score, graph.scalar(0)), graph.scalar(probabilities[0]))
            }
            let part = graph.multiply(graph.subtract(score, graph.row(starts)), graph.row(slopes))
            let rise = graph.multiply(graph.clip(part, 0, 1), graph.row(rises))
            return graph.add(graph.sum(rise, axis: 1), graph.scalar(probabilities[0]))
        }
    }
}
