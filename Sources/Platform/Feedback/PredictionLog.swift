public import Observability
public import Storage

/// What was predicted and what people said of it.
///
/// Calls throw `StorageError`, or `CancellationError` if their task was cancelled before the work began.
public protocol PredictionLog: Sendable {
    /// Keeps a prediction; returns once it is durable. Keeping the same one again changes nothing.
    func insert(_ prediction: PredictionRecord) async throws

    /// The prediction of an app with an identifier.
    func find(_ id: ObjectID, app: String) async throws -> PredictionRecord?

    /// Predictions of an app, the latest first.
    func recent(app: String, limit: Int, after cursor: PageCursor?) async throws -> Page<PredictionRecord>

    /// Keeps feedback; returns once it is durable.
    ///
    /// What the same subject said of the same prediction before is replaced, and the prediction leaves the review queue.
    ///
    /// - Returns: false, with nothing kept, where the app has no such prediction.
    func add(_ feedback: FeedbackRecord) async throws -> Bool

    /// What was said of predictions, the earliest first.
    func feedback(on predictions: [ObjectID]) async throws -> [FeedbackRecord]

    /// How often those who gave feedback in a window agreed.
    ///
    /// - Parameters:
    ///   - version: the version that predicted; nil for all.
    ///   - label: the class that was predicted; nil for all.
    func agreement(
        app: String, in window: TimeWindow, version: ObjectID?, label: String?
    ) async throws -> Agreement

    /// How often those who gave feedback in a window agreed, by version or class; under nil what has none.
    func agreement(app: String, in window: TimeWindow, by group: AgreementGroup) async throws -> [String?: Agreement]

    /// The right classes by those who named them in a window, the most frequent first.
    func corrections(app: String, in window: TimeWindow) async throws -> [Correction]
}

/// The predictions that most deserve a look.
///
/// A prediction waits here from when it is made until somebody gives feedback on it or skips it. Requests that got no
/// prediction never wait.
public protocol ReviewQueue: Sendable {
    /// Predictions that wait, the most uncertain first, leaving out those that others have claimed.
    ///
    /// - Parameter reviewer: who asks and so sees their own claims; nil to see only what nobody has claimed.
    func waiting(
        app: String, order: ReviewOrder, limit: Int, after cursor: PageCursor?, reviewer: String?, now: Timestamp
    ) async throws -> Page<PredictionRecord>

    /// How many wait, claimed or not.
    func waitingCount(app: String) async throws -> Int

    /// Takes the most uncertain predictions that nobody has claimed; no two reviewers get the same one.
    ///
    /// - Parameter duration: how long they stay this reviewer's.
    func claim(
        app: String, order: ReviewOrder, limit: Int, reviewer: String, for duration: Duration, now: Timestamp
    ) async throws -> [PredictionRecord]

    /// Takes a prediction out of the queue without feedback.
    ///
    /// - Returns: whether it waited.
    func skip(_ id: ObjectID, app: String) async throws -> Bool

    /// Puts a skipped prediction back.
    ///
    /// - Returns: whether it had been skipped.
    func unskip(_ id: ObjectID, app: String) async throws -> Bool
}

/// What makes a prediction uncertain.
public enum ReviewOrder: String, Sendable, CaseIterable {
    /// The greatest entropy over all classes first.
    case entropy
    /// The least distance between the two first classes first.
    case margin
}
