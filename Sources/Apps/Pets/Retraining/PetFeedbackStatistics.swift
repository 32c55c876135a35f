public import Foundation
public import JSON
public import Retraining
public import Storage

/// What the table of feedback says about the last days.
public struct PetFeedbackStatistics: Sendable, Equatable, JSONRepresentable {
    /// Positive and negative answers.
    public var counts = FeedbackCounts(positive: 0, negative: 0)
    /// Mean of the results that people were shown, as fractions; 0 where there are none.
    public var meanResult = 0.0
    /// Mean time of an answer in milliseconds; 0 where it was never told.
    public var meanMilliseconds = 0.0
    /// First and last day with feedback, such as `2026-01-31`.
    public var days: (first: String, last: String)?

    /// No feedback.
    public init() {}

    /// Counts the feedback of the last days, today included. A table that was never made holds none.
    ///
    /// - Parameter now: what the days are counted back from.
    public init(_ database: any SQLDatabase, daysBack: Int, now: Date = Date()) async throws {
        guard try await Self.hasTable(database) else { return }
        let first = RunMoment.day(
            Calendar(identifier: .gregorian).date(byAdding: .day, value: -daysBack, to: now) ?? now)
        let isServer = database.dialect == .postgreSQL
        // Days are dates in one database and texts of the same form in the other.
        let since: SQLStatement = isServer ? "CAST(\(bind: first) AS date)" : "\(bind: first)"
        let rows = try await database.query(
            """
            SELECT COUNT(*) AS total, SUM(CASE WHEN feedback THEN 1 ELSE 0 END) AS positive,
                AVG(resultat_prediction) AS result, AVG(inference_time_ms) AS milliseconds,
                CAST(MIN(date_feedback) AS TEXT) AS first_day, CAST(MAX(date_feedback) AS TEXT) AS last_day
            FROM feedback_user WHERE date_feedback >= \(part: since)
            """)
        guard let row = rows.first, let total = try row.optionalInteger("total"), total > 0 else { return }
        let positive = try row.optionalInteger("positive") ?? 0
        counts = FeedbackCounts(positive: Int(positive), negative: Int(total - positive))
        meanResult = try row.optionalReal("result") ?? 0
        meanMilliseconds = try row.optionalReal("milliseconds") ?? 0
        if let first = try row.optionalText("first_day"), let last = try row.optionalText("last_day") {
            days = (first, last)
        }
    }

    private static func hasTable(_ database: any SQLDatabase) async throws -> Bool {
        let found: SQLStatement =
            database.dialect == .postgreSQL
            ? "SELECT 1 AS found WHERE to_regclass('feedback_user') IS NOT NULL"
            : "SELECT 1 AS found FROM sqlite_master WHERE type = 'table' AND name = 'feedback_user'"
        return try await !database.query(found).isEmpty
    }

    public static func == (left: Self, right: Self) -> Bool { left.json == right.json }

    public var json: JSONValue {
        [
            "total_feedback": .integer(counts.total), "positive_feedback": .integer(counts.positive),
            "negative_feedback": .integer(counts.negative), "avg_confidence": .number(meanResult),
            "avg_inference_time": .number(meanMilliseconds), "earliest_feedback": (days?.first).json,
            "latest_feedback": (days?.last).json, "positive_rate": .number(counts.positiveRate),
        ]
    }
}
