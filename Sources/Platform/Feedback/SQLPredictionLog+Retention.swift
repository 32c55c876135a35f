public import Observability
import Storage

extension SQLPredictionLog {
    /// What is deleted separately, since it may be kept for different times.
    public enum Kind: Sendable, CaseIterable {
        case predictions
        case feedback
    }

    /// How many rows one commit deletes, so that inserts never wait long.
    static let batch = 2000

    /// Deletes what is older than a moment, in small commits, so it may be stopped half-way and started again.
    ///
    /// - Parameters:
    ///   - app: whose; nil for all apps.
    ///   - isDryRun: only count.
    /// - Returns: how many were deleted, or would be.
    public func purge(
        _ kind: Kind, before moment: Timestamp, app: String? = nil, isDryRun: Bool = false
    ) async throws -> Int {
        let table: SQLStatement =
            switch kind {
            case .predictions: "feedback_predictions"
            case .feedback: "feedback_answers"
            }
        var condition: SQLStatement = "created_at < \(bind: moment)"
        if let app { condition += " AND app = \(bind: app)" }
        if isDryRun {
            let rows = try await database.query("SELECT COUNT(*) AS n FROM \(part: table) WHERE \(part: condition)")
            return Int(try rows[0].integer("n"))
        }
        var deleted = 0
        while true {
            try Task.checkCancellation()
            let count = try await database.write(
                """
                DELETE FROM \(part: table)
                WHERE id IN (SELECT id FROM \(part: table) WHERE \(part: condition) LIMIT \(bind: Self.batch))
                """
            ).changedRows
            deleted += count
            if count < Self.batch { return deleted }
        }
    }

    /// Deletes what is kept of a subject: predictions of pictures of that name, what was said of them, and what the
    /// subject said. What the subject has claimed for review is free again.
    ///
    /// - Parameters:
    ///   - subject: a name or pseudonym exactly as it was recorded.
    ///   - app: whose; nil for all apps.
    ///   - isDryRun: only count.
    /// - Returns: how many rows were deleted, or would be.
    public func erase(subject: String, app: String? = nil, isDryRun: Bool = false) async throws -> Int {
        let name = StoredText.of(subject)
        guard !name.isEmpty else { return 0 }
        let ofApp: SQLStatement = if let app { "app = \(bind: app) AND " } else { "" }
        let predictions: SQLStatement = "\(part: ofApp)input = \(bind: name)"
        let answers: SQLStatement = """
            \(part: ofApp)(subject = \(bind: name)
            OR prediction IN (SELECT id FROM feedback_predictions WHERE \(part: predictions)))
            """
        if isDryRun {
            let rows = try await database.query(
                """
                SELECT (SELECT COUNT(*) FROM feedback_predictions WHERE \(part: predictions))
                    + (SELECT COUNT(*) FROM feedback_answers WHERE \(part: answers)) AS n
                """)
            return Int(try rows[0].integer("n"))
        }
        return try await database.write([
            "DELETE FROM feedback_answers WHERE \(part: answers)",
            "DELETE FROM feedback_predictions WHERE \(part: predictions)",
            """
            UPDATE feedback_predictions SET claimed_by = NULL, claimed_until = NULL
            WHERE \(part: ofApp)review = 0 AND claimed_by = \(bind: name)
            """,
        ]).prefix(2).reduce(0) { $0 + $1.changedRows }
    }
}
