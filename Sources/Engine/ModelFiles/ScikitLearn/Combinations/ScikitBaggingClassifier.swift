/// The mean of classifiers that were trained on parts of the samples and columns.
struct ScikitBaggingClassifier: ScikitClassifier {
    private struct Member {
        let classifier: any ScikitClassifier
        /// The columns it looks at.
        let columns: [Int]
        /// Which classes its own are; nil where they are all.
        let places: [Int]?
    }

    private enum Members {
        case forest(ScikitForestClassifier)
        case others([Member])
    }

    let classes: ScikitClasses
    let featureCount: Int?
    private let members: Members

    init(_ estimator: ScikitObject) throws(ModelFileError) {
        classes = try ScikitClasses(of: estimator)
        let total = try estimator.integer("n_features_in_", "n_features_")
        guard (1...1 << 24).contains(total) else { throw estimator.damaged("it has \(total) columns") }
        featureCount = total
        let columns = try estimator.list("estimators_features_")
        let values = try estimator.list("estimators_")
        guard !values.isEmpty, values.count == columns.count else {
            throw estimator.damaged("it has \(values.count) estimators and \(columns.count) lists of columns")
        }
        var objects: [(object: ScikitObject, columns: [Int])] = []
        for (value, columns) in zip(values, columns) {
            let numbers = try estimator.array(columns, named: "estimators_features_", rank: 1).values
            let integers = numbers.compactMap { Int(exactly: $0) }.filter { (0..<total).contains($0) }
            guard integers.count == numbers.count, !integers.isEmpty else {
                throw estimator.damaged("an estimator looks at columns that do not exist")
            }
            objects.append((try estimator.child(value), integers))
        }
        if let forest = try Self.forest(objects, classes: classes, total: total, of: estimator) {
            members = .forest(forest)
            return
        }
        var members: [Member] = []
        for (object, columns) in objects {
            let classifier = try ScikitEstimators.classifier(object)
            guard classifier.featureCount.map({ $0 == columns.count }) ?? true else {
                throw estimator.damaged("an estimator looks at \(columns.count) columns but knows others")
            }
            let places = try Self.places(of: classifier, in: classes, estimator)
            members.append(Member(classifier: classifier, columns: columns, places: places))
        }
        self.members = .others(members)
    }

    /// Trees are walked together.
    private static func forest(
        _ objects: [(object: ScikitObject, columns: [Int])], classes: ScikitClasses, total: Int,
        of estimator: ScikitObject
    ) throws(ModelFileError) -> ScikitForestClassifier? {
        guard objects.allSatisfy({ $0.object.value("tree_") != nil }) else { return nil }
        var trees: [ScikitTree] = []
        for (object, columns) in objects {
            let own = try ScikitClasses(of: object)
            let tree = try ScikitTree(of: object)
            guard let places = places(of: own, in: classes), tree.outputs == own.count,
                let widened = tree.looking(at: columns, of: total)
            else { throw estimator.damaged("a tree does not fit the classes or columns of its bag") }
            let (size, overflow) = widened.count.multipliedReportingOverflow(by: classes.count)
            try estimator.context.take(elements: overflow ? Int.max : size)
            trees.append(
                widened.mapValues(outputs: classes.count) { values in
                    var all = [Double](repeating: 0, count: classes.count)
                    for (place, value) in zip(places, ScikitForestClassifier.probabilities(values)) {
                        all[place] = value
                    }
                    return all
                })
        }
        return try ScikitForestClassifier(trees, classes: classes, of: estimator)
    }

    /// The members know classes by their numbers; one that saw few samples may know only some.
    private static func places(of own: ScikitClasses, in classes: ScikitClasses) -> [Int]? {
        if own.count == classes.count { return Array(0..<own.count) }
        let places = own.labels.compactMap(Int.init).filter { (0..<classes.count).contains($0) }
        return places.count == own.count ? places : nil
    }

    private static func places(
        of classifier: any ScikitClassifier, in classes: ScikitClasses, _ estimator: ScikitObject
    ) throws(ModelFileError) -> [Int]? {
        guard let places = places(of: classifier.classes, in: classes) else {
            throw estimator.damaged("an estimator knows classes that do not exist")
        }
        return places.count == classes.count ? nil : places
    }

    var hasProbabilities: Bool { true }

    var response: ScikitResponse { if case .forest = members { .probabilities } else { .other } }

    var inputRange: ScikitRange? {
        switch members {
        case .forest(let forest): forest.inputRange
        case .others(let members): members[0].classifier.inputRange
        }
    }

    func scores(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> String {
        try probabilities(x, &graph)
    }

    /// The mean of the members' probabilities, or of their votes where they have none.
    func probabilities(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> String {
        guard case .others(let members) = members else {
            guard case .forest(let forest) = members else { preconditionFailure("there are two kinds of members") }
            return try forest.probabilities(x, &graph)
        }
        var sum: String?
        for member in members {
            let seen = ScikitMatrix(name: graph.columns(member.columns, of: x.name), columns: member.columns.count)
            let count = member.classifier.classes.count
            var vote =
                member.classifier.hasProbabilities
                ? try member.classifier.probabilities(seen, &graph)
                : graph.firstLargest(try member.classifier.scores(seen, &graph), columns: count)
            if let places = member.places {
                var map = [Double](repeating: 0, count: count * classes.count)
                for (own, place) in places.enumerated() { map[own * classes.count + place] = 1 }
                vote = graph.matrixProduct(vote, graph.constant(map, [count, classes.count]))
            }
            sum = sum.map { graph.add($0, vote) } ?? vote
        }
        let total = sum ?? graph.repeated(classes.labels.map { _ in 0 }, like: x)
        return graph.divide(total, graph.scalar(Double(members.count)))
    }
}
