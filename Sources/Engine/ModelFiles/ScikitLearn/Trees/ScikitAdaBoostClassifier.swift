import Foundation
import ONNX

/// A weighted vote of weak classifiers, mostly trees.
struct ScikitAdaBoostClassifier: ScikitClassifier {
    private enum Members {
        /// Trees whose leaves hold the finished votes.
        case forest(ScikitForest)
        case others([any ScikitClassifier])
    }

    let classes: ScikitClasses
    let featureCount: Int?
    let inputRange: ScikitRange?
    private let members: Members
    private let weights: [Double]
    /// Whether the members vote with logarithms of probabilities (SAMME.R), which 1.6 gave up.
    private let usesProbabilities: Bool
    /// What a class gets for a member's vote against it, as a fraction of the member's weight: 0 before 1.3.
    private let penalty: Double

    init(_ estimator: ScikitObject) throws(ModelFileError) {
        classes = try ScikitClasses(of: estimator)
        let count = classes.count
        guard count >= 2 else { throw estimator.unsupported("was trained on a single class") }
        let values = try estimator.list("estimators_")
        let weights = try estimator.array("estimator_weights_", rank: 1).values
        guard !values.isEmpty, weights.count >= values.count else {
            throw estimator.damaged("it has \(weights.count) weights for \(values.count) estimators")
        }
        // Weights beyond the estimators are zeros, left where training ended early.
        self.weights = Array(weights.prefix(values.count))
        let version = ScikitVersion(estimator.context.version)
        let usesProbabilities = estimator.text("algorithm") == "SAMME.R"
        let penalty = version < ScikitVersion(1, 3) ? 0 : -1 / Double(count - 1)
        (self.usesProbabilities, self.penalty) = (usesProbabilities, penalty)
        var objects: [ScikitObject] = []
        for value in values { objects.append(try estimator.child(value)) }
        guard objects.allSatisfy({ $0.value("tree_") != nil }) else {
            var others: [any ScikitClassifier] = []
            for object in objects { others.append(try ScikitEstimators.classifier(object)) }
            guard others.allSatisfy({ $0.classes.count == count && (!usesProbabilities || $0.hasProbabilities) }) else {
                throw estimator.damaged("its estimators do not have its \(count) classes, or no probabilities")
            }
            members = .others(others)
            featureCount = others.lazy.compactMap(\.featureCount).first
            inputRange = others[0].inputRange
            return
        }
        var trees: [ScikitTree] = []
        for object in objects { trees.append(try ScikitTree(of: object)) }
        guard trees.allSatisfy({ $0.outputs == count && $0.featureCount == trees[0].featureCount }) else {
            throw estimator.damaged("its trees do not have its \(count) classes")
        }
        featureCount = trees[0].featureCount
        inputRange = ScikitForest.range(of: trees)
        let votes = zip(trees, weights).map { tree, weight in
            tree.mapValues(outputs: count) { counts in
                let p = ScikitForestClassifier.probabilities(counts)
                return usesProbabilities ? Self.logarithms(p) : Self.vote(p, weight, penalty: penalty)
            }
        }
        members = .forest(try ScikitForest(votes, outputs: count, of: estimator))
    }

    private static func logarithms(_ probabilities: [Double]) -> [Double] {
        let logarithms = probabilities.map { log(max($0, Double.ulpOfOne)) }
        let mean = logarithms.reduce(0, +) / Double(logarithms.count)
        return logarithms.map { Double(logarithms.count - 1) * ($0 - mean) }
    }

    private static func vote(_ probabilities: [Double], _ weight: Double, penalty: Double) -> [Double] {
        let best = probabilities.indices.max { probabilities[$0] < probabilities[$1] } ?? 0
        let first = probabilities.firstIndex(of: probabilities[best]) ?? best
        return probabilities.indices.map { $0 == first ? weight : weight * penalty }
    }

    var hasProbabilities: Bool { true }
    var response: ScikitResponse { .decision }

    private func votes(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> String {
        let total = graph.scalar(weights.reduce(0, +))
        switch members {
        case .forest(let forest):
            return graph.divide(graph.sum(forest.write(x, &graph), axis: 1, keepsAxis: false), total)
        case .others(let others):
            var sum: String?
            for (member, weight) in zip(others, weights) {
                try x.check(member.featureCount, for: "next estimator of AdaBoost")
                let vote = try vote(of: member, weight, x, &graph)
                sum = sum.map { graph.add($0, vote) } ?? vote
            }
            return graph.divide(sum ?? graph.repeated(classes.labels.map { _ in 0 }, like: x), total)
        }
    }

    private func vote(
        of member: any ScikitClassifier, _ weight: Double, _ x: ScikitMatrix, _ graph: inout ScikitGraph
    ) throws(ModelFileError) -> String {
        guard usesProbabilities else {
            let chosen = graph.firstLargest(try member.scores(x, &graph), columns: classes.count)
            let scaled = graph.multiply(chosen, graph.scalar(weight * (1 - penalty)))
            return graph.add(scaled, graph.scalar(weight * penalty))
        }
        let p = graph.node("Max", [try member.probabilities(x, &graph), graph.scalar(Double.ulpOfOne)])
        let logarithms = graph.node("Log", [p])
        let centred = graph.subtract(logarithms, graph.reduce("ReduceMean", logarithms, axis: 1))
        return graph.multiply(centred, graph.scalar(Double(classes.count - 1)))
    }

    /// Two classes have one decision: the votes for the second less those for the first.
    func scores(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> String {
        let votes = try votes(x, &graph)
        guard classes.count == 2 else { return votes }
        return graph.mirrored(graph.subtract(graph.columns([1], of: votes), graph.columns([0], of: votes)))
    }

    func probabilities(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> String {
        let scores = try scores(x, &graph)
        let divisor = classes.count == 2 ? 2 : Double(classes.count - 1)
        return graph.softmax(graph.divide(scores, graph.scalar(divisor)))
    }
}

/// A version such as 1.2.2, by its first two numbers; what cannot be read is the newest.
struct ScikitVersion: Comparable {
    private let major: Int
    private let minor: Int

    init(_ major: Int, _ minor: Int) {
        (self.major, self.minor) = (major, minor)
    }

    init(_ text: String?) {
        let parts = (text ?? "").split(separator: ".").prefix(2).map { Int($0) }
        if parts.count == 2, let major = parts[0], let minor = parts[1] {
            self.init(major, minor)
        } else {
            self.init(Int.max, 0)
        }
    }

    static func < (left: Self, right: Self) -> Bool { (left.major, left.minor) < (right.major, right.minor) }
}
