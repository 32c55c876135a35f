public import Observability
public import Storage

/// What somebody said of a prediction.
public struct FeedbackRecord: Sendable, Equatable {
    public let id: ObjectID
    /// The prediction it is about; nil where a client could not say which.
    public let prediction: ObjectID?
    public let app: String
    /// Who said it, such as the name of a token or a pseudonym; nil for anybody. Of what one subject says of one
    /// prediction the last counts, and all whose name is not known are one subject.
    public let subject: String?
    /// Whether the prediction was right.
    public let agrees: Bool
    /// The right class, where the subject named it.
    public let correction: String?
    public let createdAt: Timestamp

    /// Makes a record; texts are stored without U+0000 and up to 1024 characters.
    public init(
        id: ObjectID = .next(), prediction: ObjectID?, app: String, subject: String? = nil, agrees: Bool,
        correction: String? = nil, createdAt: Timestamp = .now
    ) {
        self.id = id
        self.prediction = prediction
        self.app = app
        self.subject = subject.map(StoredText.of)
        self.agrees = agrees
        self.correction = correction.map(StoredText.of)
        self.createdAt = createdAt
    }
}
