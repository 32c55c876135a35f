import Foundation
import ONNX

/// The sum of many small trees for each class, made probabilities.
struct ScikitBoostedTrees {
    private let forest: ScikitForest
    private let classCount: Int
    /// Trees of one stage: one for each class, or a single one for two classes.
    private let width: Int
    /// What a score is multiplied by before the logistic function: 2 for the exponential loss.
    private let steepness: Double

    /// - Parameter stages: the trees stage by stage, whose values are already multiplied by the learning rate.
    init(
        stages: [[ScikitTree]], classCount: Int, steepness: Double = 1, of estimator: ScikitObject
    ) throws(ModelFileError) {
        let width = classCount == 2 ? 1 : classCount
        guard !stages.isEmpty, stages.allSatisfy({ $0.count == width }) else {
            throw estimator.damaged("a stage does not have \(width) trees, as \(classCount) classes need")
        }
        forest = try ScikitForest(stages.flatMap(\.self), outputs: 1, of: estimator)
        self.width = width
        self.classCount = classCount
        self.steepness = steepness
    }

    /// The scores of the trees, one column for each tree of a stage.
    ///
    /// - Parameter start: the scores before the first stage, a row or one for each input.
    func decision(_ x: ScikitMatrix, start: String, _ graph: inout ScikitGraph) -> String {
        let values = graph.reshape(forest.write(x, &graph), [-1, forest.treeCount / width, width])
        return graph.add(graph.sum(values, axis: 1, keepsAxis: false), start)
    }

    func scores(_ decision: String, _ graph: inout ScikitGraph) -> String {
        classCount == 2 ? graph.mirrored(decision) : decision
    }

    func probabilities(_ decision: String, _ graph: inout ScikitGraph) -> String {
        guard classCount == 2 else { return graph.softmax(decision) }
        return graph.logisticPair(
            steepness == 1 ? decision : graph.multiply(decision, graph.scalar(steepness)))
    }
}

/// Gradient boosting with ordinary trees.
struct ScikitBoostingClassifier: ScikitClassifier {
    let classes: ScikitClasses
    let featureCount: Int?
    let inputRange: ScikitRange?
    private let trees: ScikitBoostedTrees
    /// The estimator that gives the first scores; nil for zeros.
    private let start: (any ScikitClassifier)?
    private let isExponential: Bool

    init(_ estimator: ScikitObject) throws(ModelFileError) {
        classes = try ScikitClasses(of: estimator)
        let classCount = classes.count
        guard classCount >= 2 else { throw estimator.unsupported("was trained on a single class") }
        let rate = try estimator.number("learning_rate")
        let width = classCount == 2 ? 1 : classCount
        let values = try estimator.list("estimators_")
        guard values.count.isMultiple(of: width), !values.isEmpty else {
            throw estimator.damaged("it has \(values.count) trees for \(classCount) classes")
        }
        var trees: [ScikitTree] = []
        for value in values {
            let tree = try ScikitTree(of: try estimator.child(value))
            guard tree.outputs == 1 else { throw estimator.damaged("a tree has \(tree.outputs) outputs instead of 1") }
            trees.append(tree.mapValues(outputs: 1) { $0.map { $0 * rate } })
        }
        guard Set(trees.map(\.featureCount)).count == 1 else {
            throw estimator.damaged("its trees look at different numbers of columns")
        }
        featureCount = trees[0].featureCount
        inputRange = ScikitForest.range(of: trees)
        let loss = estimator.text("loss")
        isExponential = loss == "exponential"
        guard isExponential || ["deviance", "log_loss"].contains(loss) else {
            throw estimator.unsupported("has the loss '\(loss ?? "?")', which is not known")
        }
        let stages = stride(from: 0, to: trees.count, by: width).map { Array(trees[$0..<$0 + width]) }
        self.trees = try ScikitBoostedTrees(
            stages: stages, classCount: classCount, steepness: isExponential ? 2 : 1, of: estimator)
        if estimator.text("init_") == "zero" {
            start = nil
        } else {
            let start = try ScikitEstimators.classifier(try estimator.child("init_"))
            guard start.hasProbabilities, start.classes.count == classCount else {
                throw estimator.unsupported("starts from an estimator without probabilities")
            }
            self.start = start
        }
    }

    var hasProbabilities: Bool { true }
    var response: ScikitResponse { .decision }

    private func columns(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> String {
        guard let start else { return trees.decision(x, start: graph.scalar(0), &graph) }
        try x.check(start.featureCount, for: "first estimator of the boosting")
        // The softmax does not see what scikit-learn subtracts from all classes.
        let smallest = Double(Float.ulpOfOne)
        let first = graph.clip(try start.probabilities(x, &graph), smallest, 1 - smallest)
        var scores = graph.node("Log", [first])
        if classes.count == 2 {
            scores = graph.subtract(graph.columns([1], of: scores), graph.columns([0], of: scores))
            if isExponential { scores = graph.multiply(scores, graph.scalar(0.5)) }
        } else {
            let mean = graph.reduce("ReduceMean", scores, axis: 1)
            scores = graph.subtract(scores, mean)
        }
        return trees.decision(x, start: scores, &graph)
    }

    func scores(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> String {
        trees.scores(try columns(x, &graph), &graph)
    }

    func probabilities(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> String {
        trees.probabilities(try columns(x, &graph), &graph)
    }
}

/// Gradient boosting with trees of binned values.
struct ScikitHistogramBoostingClassifier: ScikitClassifier {
    let classes: ScikitClasses
    let featureCount: Int?
    let inputRange: ScikitRange?
    private let trees: ScikitBoostedTrees
    private let start: [Double]

    init(_ estimator: ScikitObject) throws(ModelFileError) {
        classes = try ScikitClasses(of: estimator)
        let width = classes.count == 2 ? 1 : classes.count
        guard classes.count >= 2 else { throw estimator.unsupported("was trained on a single class") }
        if let marks = try estimator.optionalArray("is_categorical_"), marks.values.contains(where: { $0 != 0 }) {
            throw estimator.unsupported("has columns that are categories, which is not supported")
        }
        if estimator.value("_preprocessor") != nil {
            throw estimator.unsupported("has columns that are categories, which is not supported")
        }
        let columns = try estimator.integer("n_features_in_", "_n_features", "n_features_")
        guard (1...1 << 24).contains(columns) else { throw estimator.damaged("it has \(columns) columns") }
        featureCount = columns
        var stages: [[ScikitTree]] = []
        for stage in try estimator.list("_predictors") {
            var trees: [ScikitTree] = []
            for value in try estimator.elements(stage, named: "_predictors") {
                trees.append(try Self.tree(try estimator.child(value), columns: columns))
            }
            stages.append(trees)
        }
        trees = try ScikitBoostedTrees(stages: stages, classCount: classes.count, of: estimator)
        inputRange = ScikitForest.range(of: stages.flatMap(\.self))
        let start = try estimator.array("_baseline_prediction").values
        guard start.count == width, start.allSatisfy(\.isFinite) else {
            throw estimator.damaged("it has \(start.count) first scores instead of \(width)")
        }
        self.start = start
    }

    private static func tree(_ predictor: ScikitObject, columns: Int) throws(ModelFileError) -> ScikitTree {
        guard case .array(let nodes)? = predictor.value("nodes"), nodes.shape.count == 1 else {
            throw predictor.missing("nodes")
        }
        if let marks = ScikitArray(nodes, field: "is_categorical"), marks.values.contains(where: { $0 != 0 }) {
            throw predictor.unsupported("has columns that are categories, which is not supported")
        }
        guard let values = ScikitArray(nodes, field: "value") else { throw predictor.missing("value") }
        // Before 1.0 the threshold had a shorter name.
        let threshold = nodes.type.fields.contains { $0.name == "num_threshold" } ? "num_threshold" : "threshold"
        return try ScikitTree(
            nodes, names: (left: "left", right: "right", feature: "feature_idx", threshold: threshold),
            values: values.values, outputs: 1, featureCount: columns, isLeaf: "is_leaf", of: predictor)
    }

    var hasProbabilities: Bool { true }
    var response: ScikitResponse { .decision }

    func scores(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> String {
        trees.scores(trees.decision(x, start: graph.row(start), &graph), &graph)
    }

    func probabilities(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> String {
        trees.probabilities(trees.decision(x, start: graph.row(start), &graph), &graph)
    }
}
