import Observability
import Privacy
import Storage

/// One row of the original's table `feedback_user`.
struct FeedbackRow: Sendable, Equatable {
    /// Whether the answer was right, in the eyes of a person.
    var isPositive: Bool
    /// What the client says was answered; a fraction.
    var result: Double
    /// Whatever the client calls its picture.
    var input: String
    /// The latest prediction's time in milliseconds and whether it succeeded; nil before the first one.
    var lastInference: InferenceLog.Entry?
}

/// The original's table `feedback_user`, which tools of others read too.
///
/// It is made at first use if it is absent, and left as it is otherwise.
struct SQLFeedbackTable: Sendable {
    private let table: Eventually<any SQLDatabase>
    private let words: Words

    /// Nothing is asked of the database before the first use.
    init(_ database: any SQLDatabase) {
        words = Words(database.dialect)
        table = Eventually {
            try await database.migrate(Self.schema)
            try await Self.index(database)
            return database
        }
    }

    /// A table that was there may belong to someone else, or lack the column that a later script of the original adds.
    private static func index(_ database: any SQLDatabase) async throws {
        do {
            try await database.write(
                "CREATE INDEX IF NOT EXISTS idx_feedback_user_filename ON feedback_user (filename)")
        } catch let error as StorageError where !error.isTemporary {
            // Nothing here reads by that column; the index is for the original's own scripts.
        }
    }

    /// Makes the table where the database answers, so that the first feedback need not wait for it.
    func prepare() async throws {
        _ = try await table.value()
    }

    /// Keeps a row, dated by the database; returns once it is durable.
    func insert(_ row: FeedbackRow) async throws {
        let success = row.lastInference.map { $0.isSuccess ? 1 : 0 }
        try await table.value().write(
            """
            INSERT INTO feedback_user (
                feedback, date_feedback, resultat_prediction, input_user, inference_time_ms, success)
            VALUES (
                CAST(\(bind: row.isPositive ? 1 : 0) AS INTEGER) = 1, \(part: words.today), \(bind: row.result),
                \(bind: row.input), \(bind: row.lastInference?.milliseconds),
                CAST(\(bind: success) AS INTEGER) = 1)
            """)
    }

    /// Figures of the latest days that have rows, the newest first.
    func days(limit: Int = 30) async throws -> [FeedbackFigures] {
        let database = try await table.value()
        let rows = try await database.query(
            """
            SELECT CAST(date_feedback AS TEXT) AS day, \(part: Self.counts) FROM feedback_user
            GROUP BY date_feedback ORDER BY date_feedback DESC LIMIT \(bind: limit)
            """)
        guard let oldest = try rows.last?.text("day") else { return [] }
        let latencies = try await latencies(
            database, "date_feedback >= \(part: words.date(oldest))", by: "date_feedback")
        return try rows.map { row in
            let day = try row.text("day")
            return try FeedbackFigures(day: day, row, latencies[day])
        }
    }

    /// Figures of the rows of the last seven days and today, together.
    func week() async throws -> FeedbackFigures {
        let database = try await table.value()
        let condition: SQLStatement = "date_feedback >= \(part: words.weekAgo)"
        let rows = try await database.query(
            """
            SELECT CAST(\(part: words.today) AS TEXT) AS day, \(part: Self.counts) FROM feedback_user
            WHERE \(part: condition)
            """)
        let latencies = try await latencies(database, condition, by: "1")
        // An aggregate without groups has one row.
        return try FeedbackFigures(day: rows[0].text("day"), rows[0], latencies.values.first)
    }

    /// Removes rows dated before a moment, or only counts them.
    func purge(before: Timestamp, dryRun: Bool) async throws -> Int {
        let day = String(before.iso8601().prefix(10))
        return try await table.value().purge(
            "feedback_user", key: "id_feedback_user", where: "date_feedback < \(part: words.date(day))",
            dryRun: dryRun)
    }

    /// Removes rows of pictures of some names, or only counts them.
    func erase(_ inputs: [String], dryRun: Bool) async throws -> Int {
        try await table.value().purge(
            "feedback_user", key: "id_feedback_user", where: "input_user IN (\(list: inputs))", dryRun: dryRun)
    }

    private static let counts: SQLStatement = """
        COUNT(*) AS n, SUM(CASE WHEN success THEN 1 ELSE 0 END) AS successes,
        SUM(CASE WHEN NOT success THEN 1 ELSE 0 END) AS errors, AVG(inference_time_ms) AS mean,
        SUM(CASE WHEN feedback THEN 1 ELSE 0 END) AS positive, SUM(CASE WHEN feedback THEN 0 ELSE 1 END) AS negative
        """

    /// The latencies around the wanted percentiles, by day: of n sorted values, PostgreSQL's `percentile_cont(p)` lies
    /// between those of rank ⌊p(n − 1)⌋ and the next, so two rows for each percentile tell all.
    private func latencies(
        _ database: any SQLDatabase, _ condition: SQLStatement, by group: SQLStatement
    ) async throws -> [String: LatencyRanks] {
        let wanted = SQLStatement(
            composed: FeedbackFigures.percentiles.map { "\($0) * last / 100, \($0) * last / 100 + 1" }
                .joined(separator: ", "))
        let rows = try await database.query(
            """
            SELECT day, position, last, inference_time_ms FROM (
                SELECT CAST(\(part: group) AS TEXT) AS day, inference_time_ms,
                    ROW_NUMBER() OVER (PARTITION BY \(part: group) ORDER BY inference_time_ms) - 1 AS position,
                    COUNT(*) OVER (PARTITION BY \(part: group)) - 1 AS last
                FROM feedback_user WHERE inference_time_ms IS NOT NULL AND \(part: condition)) AS ranked
            WHERE position IN (\(part: wanted))
            """)
        return try rows.reduce(into: [:]) { ranks, row in
            let last = Int(try row.integer("last"))
            ranks[try row.text("day"), default: LatencyRanks(last: last)]
                .values[Int(try row.integer("position"))] = try row.real("inference_time_ms")
        }
    }

    /// The table, which the backend that the app replaces may have made before; then it stays as it is.
    static let schema = DatabaseSchema(
        namespace: "pets",
        migrations: [Migration(id: "001-feedback-user") { dialect in [Words(dialect).create] }])
}

/// What the databases spell differently.
private struct Words: Sendable {
    private let isPostgreSQL: Bool

    init(_ dialect: SQLDialect) {
        isPostgreSQL = dialect == .postgreSQL
    }

    var create: SQLStatement {
        let key = isPostgreSQL ? "SERIAL PRIMARY KEY" : "INTEGER PRIMARY KEY AUTOINCREMENT"
        return SQLStatement(
            composed: """
                CREATE TABLE IF NOT EXISTS feedback_user (
                    id_feedback_user \(key), feedback BOOLEAN NOT NULL, date_feedback DATE NOT NULL,
                    resultat_prediction DOUBLE PRECISION NOT NULL, input_user TEXT NOT NULL,
                    inference_time_ms DOUBLE PRECISION, success BOOLEAN, filename VARCHAR(255))
                """)
    }

    var today: SQLStatement { isPostgreSQL ? "CURRENT_DATE" : "date('now', 'localtime')" }
    var weekAgo: SQLStatement { isPostgreSQL ? "CURRENT_DATE - 7" : "date('now', 'localtime', '-7 days')" }

    func date(_ text: String) -> SQLStatement {
        isPostgreSQL ? "CAST(\(bind: text) AS DATE)" : "\(bind: text)"
    }
}
