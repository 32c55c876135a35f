/// Steps one after another, the last of which classifies.
struct ScikitPipeline: ScikitClassifier {
    private let steps: ScikitSteps
    private let classifier: any ScikitClassifier

    init(_ estimator: ScikitObject) throws(ModelFileError) {
        var values = try ScikitSteps.values(of: estimator)
        guard let last = values.popLast() else { throw estimator.damaged("it has no steps") }
        switch last {
        case .none, .string: throw estimator.unsupported("ends without a classifier")
        default: break
        }
        classifier = try ScikitEstimators.classifier(last, in: estimator)
        steps = try ScikitSteps(values, in: estimator)
    }

    init(_ steps: ScikitSteps, _ classifier: any ScikitClassifier) {
        self.steps = steps
        self.classifier = classifier
    }

    var classes: ScikitClasses { classifier.classes }
    var hasProbabilities: Bool { classifier.hasProbabilities }
    var response: ScikitResponse { classifier.response }
    var featureCount: Int? { steps.featureCount ?? (steps.keepsColumns ? classifier.featureCount : nil) }
    var inputRange: ScikitRange? { steps.inputRange ?? (steps.keepsRange ? classifier.inputRange : nil) }

    func probabilities(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> String {
        try classifier.probabilities(try prepared(x, &graph), &graph)
    }

    func scores(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> String {
        try classifier.scores(try prepared(x, &graph), &graph)
    }

    func decision(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> String {
        try classifier.decision(try prepared(x, &graph), &graph)
    }

    private func prepared(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> ScikitMatrix {
        let result = try steps.transform(x, &graph)
        try result.check(classifier.featureCount, for: "classifier")
        return result
    }
}

/// Transformers one after another.
struct ScikitSteps {
    private let transformers: [any ScikitTransformer]

    init(_ transformers: [any ScikitTransformer]) { self.transformers = transformers }

    init(_ values: [PickleValue], in estimator: ScikitObject) throws(ModelFileError) {
        var transformers: [any ScikitTransformer] = []
        for value in values {
            if let transformer = try ScikitEstimators.transformer(value, in: estimator) {
                transformers.append(transformer)
            }
        }
        self.transformers = transformers
    }

    /// The estimators of `steps`, which is a list of names and estimators.
    static func values(of estimator: ScikitObject, _ attribute: String = "steps") throws(ModelFileError)
        -> [PickleValue]
    {
        var values: [PickleValue] = []
        for step in try estimator.list(attribute) {
            guard case .tuple(let parts) = step, parts.count == 2 else {
                throw estimator.damaged("'\(attribute)' is no list of pairs")
            }
            values.append(parts[1])
        }
        return values
    }

    /// Whether no step changes the number of values.
    var keepsColumns: Bool { transformers.allSatisfy { $0.featureCount == nil } }
    /// Whether no step changes the values.
    var keepsRange: Bool { transformers.allSatisfy(\.keepsRange) }
    // Steps that take any number of values do not change it, save those that know their number.
    var featureCount: Int? { transformers.lazy.compactMap(\.featureCount).first }

    var inputRange: ScikitRange? {
        for transformer in transformers {
            if let range = transformer.inputRange { return range }
            if !transformer.keepsRange { return nil }
        }
        return nil
    }

    func transform(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> ScikitMatrix {
        var value = x
        for transformer in transformers {
            try value.check(transformer.featureCount, for: "next step of the pipeline")
            value = try transformer.transform(value, &graph)
        }
        return value
    }
}

/// A pipeline of transformers only, inside another.
struct ScikitTransformerPipeline: ScikitTransformer {
    private let steps: ScikitSteps

    init(_ estimator: ScikitObject) throws(ModelFileError) {
        steps = try ScikitSteps(try ScikitSteps.values(of: estimator), in: estimator)
    }

    var featureCount: Int? { steps.featureCount }
    var inputRange: ScikitRange? { steps.inputRange }
    var keepsRange: Bool { steps.keepsRange }

    func transform(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> ScikitMatrix {
        try steps.transform(x, &graph)
    }
}

/// A search for parameters: the best estimator it found.
struct ScikitSearch: ScikitClassifier {
    private let best: any ScikitClassifier

    init(_ estimator: ScikitObject) throws(ModelFileError) {
        best = try ScikitEstimators.classifier(try estimator.child("best_estimator_"))
    }

    var classes: ScikitClasses { best.classes }
    var hasProbabilities: Bool { best.hasProbabilities }
    var response: ScikitResponse { best.response }
    var featureCount: Int? { best.featureCount }
    var inputRange: ScikitRange? { best.inputRange }

    func probabilities(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> String {
        try best.probabilities(x, &graph)
    }

    func scores(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> String {
        try best.scores(x, &graph)
    }

    func decision(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> String {
        try best.decision(x, &graph)
    }
}

/// The results of several transformers side by side.
struct ScikitFeatureUnion: ScikitTransformer {
    private let parts: [(transformer: (any ScikitTransformer)?, weight: Double)]

    init(_ estimator: ScikitObject) throws(ModelFileError) {
        let weights = estimator.value("transformer_weights")
        var parts: [(transformer: (any ScikitTransformer)?, weight: Double)] = []
        for step in try estimator.list("transformer_list") {
            guard case .tuple(let pair) = step, pair.count == 2, case .string(let name) = pair[0] else {
                throw estimator.damaged("'transformer_list' is no list of pairs")
            }
            if case .string("drop") = pair[1] { continue }
            var weight = 1.0
            if case .dictionary(let weights)? = weights, let stated = weights[name]?.number { weight = stated }
            parts.append((try ScikitEstimators.transformer(pair[1], in: estimator), weight))
        }
        guard !parts.isEmpty else { throw estimator.damaged("it has no transformers") }
        self.parts = parts
    }

    var featureCount: Int? { parts.lazy.compactMap { $0.transformer?.featureCount }.first }

    func transform(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> ScikitMatrix {
        var names: [String] = []
        var columns = 0
        for part in parts {
            try x.check(part.transformer?.featureCount, for: "next part of the union")
            let result = try part.transformer?.transform(x, &graph) ?? x
            names.append(
                part.weight == 1 ? result.name : graph.multiply(result.name, graph.scalar(part.weight)))
            columns += result.columns
        }
        return ScikitMatrix(name: graph.concatenate(names), columns: columns)
    }
}
