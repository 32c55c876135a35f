import ONNX

/// A support vector machine of libsvm: one decision for each pair of classes.
struct ScikitSupportVectorClassifier: ScikitClassifier {
    let classes: ScikitClasses
    private let kernel: ScikitKernel
    /// One row for each support vector.
    private let vectors: ScikitArray
    /// Shape `[vectors, pairs]`.
    private let coefficients: ScikitArray
    private let intercepts: [Double]
    /// The parameters of the logistic functions of the pairs, where probabilities were trained.
    private let logistic: (slopes: [Double], offsets: [Double])?
    private let breaksTies: Bool
    /// Whether its decision function has a column for each pair rather than each class.
    private let isPairwise: Bool
    private let pairs: ScikitClassPairs

    init(_ estimator: ScikitObject) throws(ModelFileError) {
        classes = try ScikitClasses(of: estimator)
        guard (2...200).contains(classes.count) else {
            throw estimator.unsupported("has \(classes.count) classes; between 2 and 200 are read")
        }
        pairs = ScikitClassPairs(classes: classes.count)
        vectors = try estimator.array("support_vectors_", rank: 2)
        guard vectors.rows > 0, vectors.columns > 0 else { throw estimator.damaged("it has no support vectors") }
        kernel = try ScikitKernel(estimator)
        let dual = try estimator.array("_dual_coef_", "dual_coef_", rank: 2)
        try estimator.check(dual, "_dual_coef_", is: [classes.count - 1, vectors.rows])
        let counts = try estimator.array("_n_support", "n_support_", rank: 1)
        try estimator.check(counts, "_n_support", is: [classes.count])
        let intercepts = try estimator.array("_intercept_", "intercept_", rank: 1)
        try estimator.check(intercepts, "_intercept_", is: [pairs.count])
        self.intercepts = intercepts.values
        let (size, overflow) = vectors.rows.multipliedReportingOverflow(by: pairs.count)
        try estimator.context.take(elements: overflow ? Int.max : size)
        coefficients = try Self.coefficients(dual, counts: counts.values, pairs, of: estimator)
        let slopes = try estimator.optionalArray("_probA", "probA_", rank: 1)?.values ?? []
        let offsets = try estimator.optionalArray("_probB", "probB_", rank: 1)?.values ?? []
        // The files of one that was not asked for probabilities have empty arrays.
        if estimator.flag("probability"), !slopes.isEmpty {
            guard slopes.count == pairs.count, offsets.count == pairs.count else {
                throw estimator.damaged("'_probA' and '_probB' do not fit its classes")
            }
            logistic = (slopes, offsets)
        } else {
            logistic = nil
        }
        isPairwise = estimator.text("decision_function_shape") == "ovo"
        breaksTies = estimator.flag("break_ties") && !isPairwise
    }

    /// The coefficients of every support vector in every pair: those of a class lie in the row of the other one.
    private static func coefficients(
        _ dual: ScikitArray, counts: [Double], _ pairs: ScikitClassPairs, of estimator: ScikitObject
    ) throws(ModelFileError) -> ScikitArray {
        var owners: [Int] = []
        for (index, count) in counts.enumerated() {
            guard let count = Int(exactly: count), (0...dual.columns).contains(count),
                owners.count + count <= dual.columns
            else { throw estimator.damaged("'_n_support' does not fit its support vectors") }
            owners += [Int](repeating: index, count: count)
        }
        guard owners.count == dual.columns else {
            throw estimator.damaged("'_n_support' does not fit its support vectors")
        }
        var values = [Double](repeating: 0, count: dual.columns * pairs.count)
        for (pair, (first, second)) in pairs.members.enumerated() {
            for (vector, owner) in owners.enumerated() {
                if owner == first { values[vector * pairs.count + pair] = dual[second - 1, vector] }
                if owner == second { values[vector * pairs.count + pair] = dual[first, vector] }
            }
        }
        return ScikitArray(shape: [dual.columns, pairs.count], values: values)
    }

    var featureCount: Int? { vectors.columns }
    var hasProbabilities: Bool { logistic != nil }
    var response: ScikitResponse { isPairwise && classes.count > 2 ? .other : .decision }
    var inputRange: ScikitRange? { ScikitRange(vectors.values, source: "the support vectors") }

    /// One column for each pair, positive for the first class of it.
    private func decisions(_ x: ScikitMatrix, _ graph: inout ScikitGraph) -> String {
        let sums = kernel.products(x, vectors: vectors, coefficients: coefficients, &graph)
        return graph.add(sums, graph.row(intercepts))
    }

    func scores(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> String {
        scores(x, breaksTies: breaksTies, &graph)
    }

    func decision(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> String {
        scores(x, breaksTies: true, &graph)
    }

    private func scores(_ x: ScikitMatrix, breaksTies: Bool, _ graph: inout ScikitGraph) -> String {
        let decisions = decisions(x, &graph)
        // libsvm's decision of two classes is positive for the first.
        if classes.count == 2 { return graph.concatenate([decisions, graph.node("Neg", [decisions])]) }
        return pairs.scores(decisions, breaksTies: breaksTies, &graph)
    }

    func probabilities(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> String {
        guard let logistic else { return try scores(x, &graph) }
        let decisions = decisions(x, &graph)
        let exponent = graph.add(
            graph.multiply(decisions, graph.row(logistic.slopes)), graph.row(logistic.offsets))
        let likelihood = graph.clip(graph.node("Sigmoid", [graph.node("Neg", [exponent])]), 1e-7, 1 - 1e-7)
        return ScikitPairCoupling(classes: classes.count).probabilities(likelihood, pairs, &graph)
    }
}

/// The pairs of classes, in the order of libsvm and scikit-learn: 0 and 1, 0 and 2, …, 1 and 2, ….
struct ScikitClassPairs {
    let classes: Int
    let members: [(first: Int, second: Int)]

    init(classes: Int) {
        self.classes = classes
        members = (0..<classes).flatMap { first in (first + 1..<max(classes, first + 1)).map { (first, $0) } }
    }

    var count: Int { members.count }

    /// Shape `[pairs, classes]`: 1 for the first class of a pair, −1 for the second.
    private var signs: [Double] {
        var values = [Double](repeating: 0, count: count * classes)
        for (pair, (first, second)) in members.enumerated() {
            values[pair * classes + first] = 1
            values[pair * classes + second] = -1
        }
        return values
    }

    /// Votes of the pairs, and their decisions as fractions of a vote.
    ///
    /// - Parameters:
    ///   - decisions: positive for the first class of a pair.
    ///   - breaksTies: whether equal votes are decided by those fractions; otherwise the first class wins, which then
    ///     gets the score of the best.
    func scores(_ decisions: String, breaksTies: Bool, _ graph: inout ScikitGraph) -> String {
        let signs = graph.constant(self.signs, [count, classes])
        let isFirst = graph.cast(graph.node("Greater", [decisions, graph.scalar(0)]), to: .float)
        // A class gains a vote when it is first and positive, and has those as second where the decision is not.
        let seconds = (0..<classes).map { index in Double(members.count { $0.second == index }) }
        let votes = graph.add(graph.matrixProduct(isFirst, signs), graph.row(seconds))
        let sums = graph.matrixProduct(decisions, signs)
        let size = graph.add(graph.node("Abs", [sums]), graph.scalar(1))
        let scores = graph.add(votes, graph.divide(sums, graph.multiply(size, graph.scalar(3))))
        if breaksTies { return scores }
        let isWinner = graph.node("Greater", [graph.firstLargest(votes, columns: classes), graph.scalar(0.5)])
        return graph.node("Where", [isWinner, graph.reduce("ReduceMax", scores, axis: 1), scores])
    }
}
