/// A decision tree, or a forest whose trees' probabilities are averaged.
struct ScikitForestClassifier: ScikitClassifier {
    let classes: ScikitClasses
    let featureCount: Int?
    let inputRange: ScikitRange?
    private let forest: ScikitForest

    init(_ estimator: ScikitObject) throws(ModelFileError) {
        let classes = try ScikitClasses(of: estimator)
        var trees: [ScikitTree] = []
        if estimator.value("tree_") != nil {
            trees = [try ScikitTree(of: estimator)]
        } else {
            for value in try estimator.list("estimators_") {
                trees.append(try ScikitTree(of: try estimator.child(value)))
            }
        }
        try self.init(trees, classes: classes, of: estimator)
    }

    init(_ trees: [ScikitTree], classes: ScikitClasses, of estimator: ScikitObject) throws(ModelFileError) {
        self.classes = classes
        guard Set(trees.map(\.featureCount)).count == 1, let first = trees.first else {
            throw estimator.damaged("it has no trees, or they look at different numbers of columns")
        }
        featureCount = first.featureCount
        inputRange = ScikitForest.range(of: trees)
        forest = try ScikitForest(
            trees.map { $0.mapValues(outputs: $0.outputs, Self.probabilities) }, outputs: classes.count, of: estimator)
    }

    /// Counts of the classes as fractions; since 1.3 they are stored so.
    static func probabilities(_ counts: ArraySlice<Double>) -> [Double] {
        let sum = counts.reduce(0, +)
        return counts.map { sum == 0 ? $0 : $0 / sum }
    }

    var hasProbabilities: Bool { true }

    func probabilities(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> String {
        let leaves = forest.write(x, &graph)
        guard classes.count > 1 else { return graph.repeated([1], like: x) }
        let sum = graph.sum(leaves, axis: 1, keepsAxis: false)
        return graph.divide(sum, graph.scalar(Double(forest.treeCount)))
    }

    func scores(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> String {
        try probabilities(x, &graph)
    }
}
