public import Observability
public import Storage

/// How a request for a prediction ended.
///
/// A reason is one of a few fixed words, such as `not_an_image`, never text from outside.
public enum PredictionOutcome: Sendable, Equatable {
    /// A model answered.
    case success
    /// The request was at fault: not a picture, too large.
    case refused(reason: String)
    /// The server was at fault: no model, a model that failed.
    case failed(reason: String)
}

/// One request for a prediction and what became of it.
public struct PredictionRecord: Sendable, Equatable {
    public let id: ObjectID
    /// The app that was asked.
    public let app: String
    /// The version that answered.
    public let version: ObjectID?
    /// The class that was answered; nil unless a model answered.
    public let label: String?
    /// What the model thought of every class, in its order.
    public let scores: [ClassScore]
    /// The share of the class that was answered; nil unless a model answered.
    public let confidence: Double?
    /// How unsure the model was; nil unless a model answered.
    public let uncertainty: Uncertainty?
    /// From the start of the work to the answer.
    public let latencyMilliseconds: Double
    public let outcome: PredictionOutcome
    /// What the picture was called, or a pseudonym of it; what `erase` looks for.
    public let input: String?
    public let createdAt: Timestamp

    /// A prediction that a model answered.
    ///
    /// - Parameters:
    ///   - label: the class that was answered.
    ///   - scores: the share of every class; the confidence is that of `label`.
    public init(
        id: ObjectID = .next(), app: String, version: ObjectID?, label: String, scores: [ClassScore],
        latencyMilliseconds: Double, input: String?, createdAt: Timestamp = .now
    ) {
        self.init(
            id: id, app: app, version: version, label: StoredText.of(label), scores: scores,
            confidence: scores.first { $0.label == label }.map(\.score).flatMap { $0.isFinite ? $0 : nil },
            uncertainty: Uncertainty(of: scores.map(\.score)), latencyMilliseconds: latencyMilliseconds,
            outcome: .success, input: input.map(StoredText.of), createdAt: createdAt)
    }

    /// A request that got no prediction.
    public init(
        id: ObjectID = .next(), app: String, version: ObjectID? = nil, without outcome: PredictionOutcome,
        latencyMilliseconds: Double, input: String?, createdAt: Timestamp = .now
    ) {
        self.init(
            id: id, app: app, version: version, label: nil, scores: [], confidence: nil, uncertainty: nil,
            latencyMilliseconds: latencyMilliseconds, outcome: outcome, input: input.map(StoredText.of),
            createdAt: createdAt)
    }

    init(
        id: ObjectID, app: String, version: ObjectID?, label: String?, scores: [ClassScore], confidence: Double?,
        uncertainty: Uncertainty?, latencyMilliseconds: Double, outcome: PredictionOutcome, input: String?,
        createdAt: Timestamp
    ) {
        self.id = id
        self.app = app
        self.version = version
        self.label = label
        self.scores = scores
        self.confidence = confidence
        self.uncertainty = uncertainty
        self.latencyMilliseconds = latencyMilliseconds.isFinite ? latencyMilliseconds : 0
        self.outcome = outcome
        self.input = input
        self.createdAt = createdAt
    }
}
