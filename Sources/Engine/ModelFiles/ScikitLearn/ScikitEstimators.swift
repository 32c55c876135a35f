/// The estimators that are read, by the names of their classes.
///
/// A new estimator is a new type and a line here.
enum ScikitEstimators {
    static let classifiers: [String: any ScikitClassifier.Type] = [
        "LogisticRegression": ScikitLinearClassifier.self, "LogisticRegressionCV": ScikitLinearClassifier.self,
        "RidgeClassifier": ScikitLinearClassifier.self, "RidgeClassifierCV": ScikitLinearClassifier.self,
        "SGDClassifier": ScikitLinearClassifier.self, "Perceptron": ScikitLinearClassifier.self,
        "PassiveAggressiveClassifier": ScikitLinearClassifier.self, "LinearSVC": ScikitLinearClassifier.self,
        "LinearDiscriminantAnalysis": ScikitLinearClassifier.self,
        "QuadraticDiscriminantAnalysis": ScikitQuadraticDiscriminant.self,
        "SVC": ScikitSupportVectorClassifier.self, "NuSVC": ScikitSupportVectorClassifier.self,
        "MLPClassifier": ScikitPerceptronClassifier.self,
        "KNeighborsClassifier": ScikitNeighborsClassifier.self, "NearestCentroid": ScikitNearestCentroid.self,
        "GaussianNB": ScikitGaussianBayes.self, "BernoulliNB": ScikitCountBayes.self,
        "MultinomialNB": ScikitCountBayes.self, "ComplementNB": ScikitCountBayes.self,
        "DecisionTreeClassifier": ScikitForestClassifier.self, "ExtraTreeClassifier": ScikitForestClassifier.self,
        "RandomForestClassifier": ScikitForestClassifier.self, "ExtraTreesClassifier": ScikitForestClassifier.self,
        "GradientBoostingClassifier": ScikitBoostingClassifier.self,
        "HistGradientBoostingClassifier": ScikitHistogramBoostingClassifier.self,
        "AdaBoostClassifier": ScikitAdaBoostClassifier.self, "BaggingClassifier": ScikitBaggingClassifier.self,
        "VotingClassifier": ScikitVotingClassifier.self,
        "CalibratedClassifierCV": ScikitCalibratedClassifier.self,
        "OneVsRestClassifier": ScikitOneVsRestClassifier.self, "OneVsOneClassifier": ScikitOneVsOneClassifier.self,
        "_ConstantPredictor": ScikitConstantClassifier.self, "DummyClassifier": ScikitConstantClassifier.self,
        "Pipeline": ScikitPipeline.self,
        "GridSearchCV": ScikitSearch.self, "RandomizedSearchCV": ScikitSearch.self,
        "HalvingGridSearchCV": ScikitSearch.self, "HalvingRandomSearchCV": ScikitSearch.self,
    ]

    static let transformers: [String: any ScikitTransformer.Type] = [
        "StandardScaler": ScikitScaler.self, "MinMaxScaler": ScikitScaler.self, "MaxAbsScaler": ScikitScaler.self,
        "RobustScaler": ScikitScaler.self, "Normalizer": ScikitNormalizer.self, "Binarizer": ScikitBinarizer.self,
        "PCA": ScikitProjection.self, "IncrementalPCA": ScikitProjection.self, "TruncatedSVD": ScikitProjection.self,
        "LinearDiscriminantAnalysis": ScikitProjection.self,
        "PolynomialFeatures": ScikitPolynomialFeatures.self, "SimpleImputer": ScikitImputer.self,
        "FunctionTransformer": ScikitIdentity.self,
        "SelectKBest": ScikitSelection.self, "VarianceThreshold": ScikitSelection.self,
        "FeatureUnion": ScikitFeatureUnion.self, "Pipeline": ScikitTransformerPipeline.self,
    ]

    /// Names of all classifiers, sorted, for documentation.
    static var classifierNames: [String] { classifiers.keys.filter { !$0.hasPrefix("_") }.sorted() }
    /// Names of all transformers, sorted, for documentation.
    static var transformerNames: [String] { transformers.keys.filter { !$0.hasPrefix("_") }.sorted() }

    /// The classifier in a value of a pickle.
    static func classifier(_ value: PickleValue, in parent: ScikitObject) throws(ModelFileError) -> any ScikitClassifier
    {
        try classifier(try parent.child(value))
    }

    static func classifier(_ estimator: ScikitObject) throws(ModelFileError) -> any ScikitClassifier {
        guard let type = classifiers[estimator.name] else { throw refusal(of: estimator) }
        try estimator.context.takeStep()
        return try type.init(estimator)
    }

    /// The transformer in a value of a pickle; nil for a step that is left out.
    static func transformer(
        _ value: PickleValue, in parent: ScikitObject
    ) throws(ModelFileError) -> (any ScikitTransformer)? {
        switch value {
        case .none, .string("passthrough"), .string("drop"): return nil
        default: break
        }
        let estimator = try parent.child(value)
        guard let type = transformers[estimator.name] else {
            throw ModelFileError(
                .unsupported,
                "the step \(estimator.name) is not supported before a classifier; supported are: \(list(transformers.keys))"
            )
        }
        try estimator.context.takeStep()
        return try type.init(estimator)
    }

    private static func refusal(of estimator: ScikitObject) -> ModelFileError {
        let reason =
            if transformers[estimator.name] != nil {
                "the pickle holds a \(estimator.name), which classifies nothing; save the pipeline with its classifier"
            } else if estimator.name.hasSuffix("Regressor") || estimator.name.hasSuffix("Regression") {
                "the pickle holds a \(estimator.name), which predicts numbers; classifiers are read"
            } else {
                "the estimator \(estimator.name) is not supported"
            }
        return ModelFileError(.unsupported, "\(reason); supported are: \(list(classifiers.keys))")
    }

    private static func list(_ names: some Sequence<String>) -> String {
        names.filter { !$0.hasPrefix("_") }.sorted().joined(separator: ", ")
    }
}
