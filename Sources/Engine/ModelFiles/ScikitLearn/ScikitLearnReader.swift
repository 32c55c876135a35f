import ONNX

/// Reads estimators of scikit-learn out of pickles, joblib's included.
enum ScikitLearnReader: ModelFileReader {
    static func recognizes(_ probe: ModelFileProbe) -> Bool { PickledFile.isLikely(probe) }

    static func read(_ file: FileBytes, _ request: ReadingRequest) throws(ModelFileError) -> ImportedModel {
        let value = try PickledFile.read(file, limits: request.limits)
        return try model(value, fileBytes: file.count, request)
    }

    /// Turns an unpacked pickle into a model.
    ///
    /// - Parameter fileBytes: length of the pickle, by which memory is bounded.
    static func model(
        _ value: PickleValue, fileBytes: Int, _ request: ReadingRequest
    ) throws(ModelFileError) -> ImportedModel {
        let context = ScikitContext(limits: request.limits, fileBytes: fileBytes)
        var package = try ScikitPackage(value)
        let estimator = try ScikitObject(package.classifier, context)
        let classifier = try package.prepared(try ScikitEstimators.classifier(estimator), estimator)
        guard let columns = try columns(of: classifier, estimator, request.description.input) else {
            throw estimator.unsupported(
                "does not tell how many values it takes; state it as \"input\" in the description of the model")
        }
        var graph = ScikitGraph(name: estimator.name)
        graph.scope = estimator.name
        let input = graph.input("X", columns: columns)
        let count = classifier.classes.count
        let output =
            classifier.hasProbabilities
            ? graph.output("probabilities", try classifier.probabilities(input, &graph), columns: count)
            : graph.output("scores", try classifier.scores(input, &graph), columns: count)
        let summary = LayerSummary(
            name: estimator.name, type: estimator.name, outputShape: output.shape, parameters: context.parameterCount)
        var inspection = ModelInspection(
            format: .scikitLearn, frameworkVersion: context.version.map { "scikit-learn \($0)" } ?? "scikit-learn",
            inputs: [TensorSpec(name: input.name, shape: [nil, columns])], outputs: [output], layers: [summary],
            parameterCount: context.parameterCount, labels: package.labels(of: classifier.classes))
        inspection.notes = package.notes
        inspection.preprocessing = InputGuess(features: columns, range: classifier.inputRange)
        return ImportedModel(graph.builder.model(), inspection: inspection)
    }

    /// The number of values of one input: the estimator's own, or what the user says.
    private static func columns(
        of classifier: any ScikitClassifier, _ estimator: ScikitObject, _ stated: [Int]?
    ) throws(ModelFileError) -> Int? {
        var columns = classifier.featureCount ?? (try? estimator.integer("n_features_in_", "n_features_"))
        if columns == nil, let stated {
            var product = 1
            for length in stated {
                let (next, overflow) = product.multipliedReportingOverflow(by: max(length, 0))
                product = overflow ? 0 : next
            }
            columns = product
        }
        guard let columns else { return nil }
        guard (1...1 << 24).contains(columns) else { throw estimator.damaged("it takes \(columns) values") }
        return columns
    }
}
