import Observability
public import Storage

/// Predictions and feedback in a SQL database, for all apps.
///
/// Inserting is one unit of a shared commit and reads nothing. Feedback keeps the version and class it is about, so that
/// it tells as much after its prediction was purged.
public struct SQLPredictionLog: Sendable {
    /// The database, whose tables are up to date.
    public let database: any SQLDatabase

    /// Opens the log, creating or updating its tables.
    public init(_ database: any SQLDatabase) async throws {
        self.database = database
        try await database.migrate(Self.schema)
    }

    /// States of the column `review`; null where there is nothing to review.
    enum Review {
        static let waiting = 0
        static let reviewed = 1
        static let skipped = 2
    }

    /// Values of the column `outcome`.
    enum Outcome {
        static let success = 0
        static let refused = 1
        static let failed = 2
    }

    /// The tables of predictions and feedback.
    public static let schema = DatabaseSchema(namespace: "feedback", migrations: migrations)

    static let migrations = [
        Migration(
            id: "001-predictions",
            statements: [
                """
                CREATE TABLE feedback_predictions (
                    id TEXT PRIMARY KEY, app TEXT NOT NULL, version TEXT, label TEXT, scores TEXT,
                    confidence DOUBLE PRECISION, entropy DOUBLE PRECISION, margin DOUBLE PRECISION,
                    latency_ms DOUBLE PRECISION NOT NULL, outcome BIGINT NOT NULL, reason TEXT, input TEXT,
                    created_at BIGINT NOT NULL, review BIGINT, claimed_by TEXT, claimed_until BIGINT)
                """,
                "CREATE INDEX feedback_predictions_by_time ON feedback_predictions (app, created_at, id)",
                """
                CREATE INDEX feedback_predictions_by_input ON feedback_predictions (app, input)
                WHERE input IS NOT NULL
                """,
                """
                CREATE INDEX feedback_predictions_by_entropy ON feedback_predictions (app, entropy, id)
                WHERE review = 0
                """,
                """
                CREATE INDEX feedback_predictions_by_margin ON feedback_predictions (app, margin, id)
                WHERE review = 0
                """,
            ]),
        Migration(
            id: "002-answers",
            statements: [
                """
                CREATE TABLE feedback_answers (
                    id TEXT PRIMARY KEY, app TEXT NOT NULL, prediction TEXT, subject TEXT NOT NULL,
                    version TEXT, label TEXT, agrees BIGINT NOT NULL, correction TEXT, created_at BIGINT NOT NULL)
                """,
                """
                CREATE UNIQUE INDEX feedback_answers_by_prediction ON feedback_answers (prediction, subject)
                WHERE prediction IS NOT NULL
                """,
                "CREATE INDEX feedback_answers_by_time ON feedback_answers (app, created_at)",
                "CREATE INDEX feedback_answers_by_subject ON feedback_answers (app, subject) WHERE subject <> ''",
            ]),
    ]
}

extension SQLPredictionLog: PredictionLog {
    public func insert(_ prediction: PredictionRecord) async throws {
        let (outcome, reason): (Int, String?) =
            switch prediction.outcome {
            case .success: (Outcome.success, nil)
            case .refused(let reason): (Outcome.refused, reason)
            case .failed(let reason): (Outcome.failed, reason)
            }
        let review = prediction.outcome == .success ? Review.waiting : nil
        try await database.write(
            """
            INSERT INTO feedback_predictions (
                id, app, version, label, scores, confidence, entropy, margin, latency_ms, outcome, reason, input,
                created_at, review)
            VALUES (
                \(bind: prediction.id), \(bind: prediction.app), \(bind: prediction.version),
                \(bind: prediction.label), \(bind: Self.text(of: prediction.scores)), \(bind: prediction.confidence),
                \(bind: prediction.uncertainty?.entropy), \(bind: prediction.uncertainty?.margin),
                \(bind: prediction.latencyMilliseconds), \(bind: outcome), \(bind: reason), \(bind: prediction.input),
                \(bind: prediction.createdAt), \(bind: review))
            ON CONFLICT (id) DO NOTHING
            """)
    }

    public func find(_ id: ObjectID, app: String) async throws -> PredictionRecord? {
        try await database.lookup(
            "SELECT \(part: Self.columns) FROM feedback_predictions WHERE id = \(bind: id) AND app = \(bind: app)"
        ).map(Self.prediction)
    }

    public func recent(app: String, limit: Int, after cursor: PageCursor?) async throws -> Page<PredictionRecord> {
        let place: SQLStatement =
            if let cursor {
                "AND (created_at, id) < (\(bind: Int64(bitPattern: cursor.key)), \(bind: cursor.id))"
            } else { "" }
        let rows = try await database.query(
            """
            SELECT \(part: Self.columns) FROM feedback_predictions
            WHERE app = \(bind: app) \(part: place) ORDER BY created_at DESC, id DESC
            LIMIT \(bind: Self.fetched(limit))
            """)
        return try Self.page(rows, limit: limit) { UInt64(bitPattern: $0.createdAt.microseconds) }
    }
}
