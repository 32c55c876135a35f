/// A classifier as people pack it: alone, or in a list or a dictionary with what goes before it and notes.
struct ScikitPackage {
    let classifier: PickleValue
    /// Estimators beside it that change its input, in the order of the file.
    private let preparations: [PickleObject]
    /// What a `LabelEncoder` beside it calls the classes 0, 1, 2, ….
    private let encoded: [String]?
    /// What was taken by convention; sentences.
    private(set) var notes: [String] = []

    /// More estimators have too many orders.
    private static let maximumPreparations = 3
    /// Where scikit-learn keeps what changes the input of a classifier, in all versions.
    private static let preparing = [
        "preprocessing", "decomposition", "feature_selection", "feature_extraction", "impute", "pipeline", "compose",
        "kernel_approximation", "random_projection", "manifold", "cluster", "cross_decomposition",
    ]

    /// - Throws: `ModelFileError` where there is no classifier or more than one.
    init(_ value: PickleValue) throws(ModelFileError) {
        let candidates: [PickleValue]
        switch value {
        case .dictionary(let dictionary): candidates = dictionary.pairs.map(\.value)
        case .list(let list): candidates = list.elements
        case .tuple(let elements): candidates = elements
        default:
            (classifier, preparations, encoded) = (value, [], nil)
            return
        }
        let estimators = candidates.prefix(1000).compactMap { candidate -> PickleObject? in
            guard case .object(let object) = candidate, object.type.module.hasPrefix("sklearn.") else { return nil }
            return object
        }
        let found = estimators.filter(\.classifies)
        guard found.count == 1, candidates.count <= 1000 else {
            throw ModelFileError(
                .unsupported,
                "the pickle holds \(value.kindForPeople) with \(found.count) classifiers; save the fitted classifier alone, "
                    + "or a Pipeline of its steps")
        }
        classifier = .object(found[0])
        let steps = found[0].steps.map(ObjectIdentifier.init)
        // A step of a pipeline that lies beside it once more is not used twice.
        preparations = estimators.filter {
            !$0.classifies && $0.changesInput(Self.preparing) && !steps.contains(ObjectIdentifier($0))
        }
        encoded = estimators.first { $0.type.name == "LabelEncoder" }.flatMap { encoder in
            guard case .array(let classes)? = encoder["classes_"] else { return nil }
            return classes.classLabels
        }
    }

    /// The classifier with what goes before it.
    ///
    /// - Throws: `ModelFileError` where the order of the preparations is not told by their sizes.
    mutating func prepared(
        _ classifier: any ScikitClassifier, _ estimator: ScikitObject
    ) throws(ModelFileError) -> any ScikitClassifier {
        guard !preparations.isEmpty else { return classifier }
        let names = preparations.map(\.type.name).joined(separator: ", ")
        guard preparations.count <= Self.maximumPreparations else { throw question(names, estimator) }
        var transformers: [any ScikitTransformer] = []
        for preparation in preparations {
            guard let transformer = try ScikitEstimators.transformer(.object(preparation), in: estimator) else {
                continue
            }
            transformers.append(transformer)
        }
        let fitting = Self.orders(transformers.count).map { $0.map { transformers[$0] } }
            .filter { Self.fits($0, classifier) }
        guard fitting.count == 1 else { throw question(names, estimator) }
        notes.append(
            "The file holds \(names) beside the \(estimator.name) without telling how they belong together; they are "
                + "taken to prepare its input. If it is otherwise, save a Pipeline.")
        return ScikitPipeline(ScikitSteps(fitting[0]), classifier)
    }

    /// The names of the classes.
    func labels(of classes: ScikitClasses) -> [String] {
        guard let encoded, encoded.count == classes.count, classes.labels == (0..<encoded.count).map(String.init) else {
            return classes.labels
        }
        return encoded
    }

    private func question(_ names: String, _ estimator: ScikitObject) -> ModelFileError {
        ModelFileError(
            .unsupported,
            "the pickle holds \(names) beside the \(estimator.name), and their sizes do not tell how they belong together; "
                + "save a Pipeline of them, as make_pipeline(…) makes it")
    }

    // MARK: Order

    private static func orders(_ count: Int) -> [[Int]] {
        guard count > 1 else { return [Array(0..<count)] }
        return orders(count - 1).flatMap { order in
            (0..<count).map { place in Array(order[..<place]) + [count - 1] + Array(order[place...]) }
        }
    }

    /// Whether each takes as many values as the one before gives.
    private static func fits(_ steps: [any ScikitTransformer], _ classifier: any ScikitClassifier) -> Bool {
        let steps = ScikitSteps(steps)
        guard let last = classifier.featureCount, let first = steps.featureCount ?? classifier.featureCount else {
            return false
        }
        var graph = ScikitGraph(name: "trial")
        let result = try? steps.transform(graph.input("X", columns: first), &graph)
        return result?.columns == last
    }
}

extension PickleObject {
    /// Whether this is an estimator that predicts classes; a pipeline is what its last step is.
    fileprivate var classifies: Bool {
        var object = self
        for _ in 0..<16 {
            guard object.type.name == "Pipeline" else { return ScikitEstimators.classifiers[object.type.name] != nil }
            guard let last = object.steps.last else { return true }
            object = last
        }
        return true
    }

    /// The estimators of a pipeline; none for others.
    fileprivate var steps: [PickleObject] {
        guard type.name == "Pipeline", case .list(let list)? = self["steps"] else { return [] }
        return list.elements.compactMap { step in
            guard case .tuple(let parts) = step, parts.count == 2, case .object(let object) = parts[1] else {
                return nil
            }
            return object
        }
    }

    fileprivate func changesInput(_ packages: [String]) -> Bool {
        let parts = type.module.split(separator: ".")
        guard parts.count > 1, packages.contains(String(parts[1])) else { return false }
        // These change the classes.
        return !["LabelEncoder", "LabelBinarizer", "MultiLabelBinarizer", "OneHotEncoder", "OrdinalEncoder"]
            .contains(type.name)
    }
}
