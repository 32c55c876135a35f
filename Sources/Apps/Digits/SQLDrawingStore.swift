import JSON
import Observability
import Privacy
import Storage

/// Drawings in a SQL database: what serves when no MongoDB is configured.
struct SQLDrawingStore: DrawingStore {
    private let database: any SQLDatabase

    /// Opens the store, creating or updating its table.
    init(_ database: any SQLDatabase) async throws {
        self.database = database
        try await database.migrate(Self.schema)
    }

    /// The table of drawings.
    static let schema = DatabaseSchema(namespace: "digits", migrations: migrations)

    static let migrations = [
        Migration(id: "001-drawings") { dialect in
            [
                SQLStatement(
                    composed: """
                        CREATE TABLE digits_drawings (
                            id TEXT PRIMARY KEY, image TEXT, seen \(dialect.blobType), pred_digit BIGINT,
                            proba DOUBLE PRECISION NOT NULL, latency_ms BIGINT NOT NULL, created_at BIGINT NOT NULL,
                            model_id TEXT NOT NULL, version TEXT, ground_truth BIGINT)
                        """),
                "CREATE INDEX digits_drawings_by_time ON digits_drawings (created_at)",
                "CREATE INDEX digits_drawings_by_digit ON digits_drawings (pred_digit)",
                """
                CREATE INDEX digits_drawings_annotated ON digits_drawings (ground_truth, pred_digit)
                WHERE ground_truth IS NOT NULL
                """,
            ]
        }
    ]

    func insert(_ drawing: Drawing) async throws {
        try await database.write(
            """
            INSERT INTO digits_drawings (
                id, image, seen, pred_digit, proba, latency_ms, created_at, model_id, version, ground_truth)
            VALUES (
                \(bind: drawing.id), \(bind: drawing.image), \(bind: drawing.seen), \(bind: drawing.predictedDigit),
                \(bind: drawing.probability), \(bind: drawing.latencyMilliseconds),
                \(bind: drawing.createdAt.microseconds), \(bind: drawing.modelID), \(bind: drawing.version),
                \(bind: drawing.groundTruth))
            """)
    }

    func latest(_ limit: Int, filter: DrawingFilter?, pictures: Bool) async throws -> [Drawing] {
        let columns: SQLStatement =
            pictures
            ? "CASE WHEN LENGTH(image) <= \(bind: Drawing.largestListedImage) THEN image END AS image, seen"
            : "NULL AS image, NULL AS seen"
        let condition: SQLStatement =
            switch filter {
            case nil: ""
            case .correct: "WHERE ground_truth IS NOT NULL AND pred_digit = ground_truth"
            case .wrong: "WHERE ground_truth IS NOT NULL AND (pred_digit IS NULL OR pred_digit <> ground_truth)"
            }
        return try await database.query(
            """
            SELECT id, \(part: columns), pred_digit, proba, latency_ms, created_at, model_id, version, ground_truth
            FROM digits_drawings \(part: condition) ORDER BY created_at DESC, id DESC LIMIT \(bind: limit)
            """
        ).map(Self.drawing)
    }

    func page(after id: ObjectID?, limit: Int) async throws -> [Drawing] {
        let condition: SQLStatement = id.map { "WHERE id > \(bind: $0)" } ?? ""
        return try await database.query(
            "SELECT * FROM digits_drawings \(part: condition) ORDER BY id LIMIT \(bind: limit)"
        ).map(Self.drawing)
    }

    func annotate(_ id: ObjectID, as digit: Int?) async throws -> Drawing? {
        try await database.transaction { transaction in
            try await transaction.execute(
                "UPDATE digits_drawings SET ground_truth = \(bind: digit) WHERE id = \(bind: id)")
            return try await transaction.query("SELECT * FROM digits_drawings WHERE id = \(bind: id)")
                .first.map(Self.drawing)
        }
    }

    func purge(before: Timestamp, corrected: Bool, dryRun: Bool) async throws -> Int {
        let kind: SQLStatement = corrected ? "ground_truth IS NOT NULL" : "ground_truth IS NULL"
        return try await database.purge(
            "digits_drawings", key: "id", where: "created_at < \(bind: before) AND \(part: kind)", dryRun: dryRun)
    }

    func remove(_ id: ObjectID, dryRun: Bool) async throws -> Bool {
        try await database.purge("digits_drawings", key: "id", where: "id = \(bind: id)", dryRun: dryRun) > 0
    }

    func overview() async throws -> DrawingOverview {
        let rows = try await database.query("SELECT pred_digit, COUNT(*) AS n FROM digits_drawings GROUP BY pred_digit")
        var overview = DrawingOverview(total: 0, distribution: [])
        for row in rows {
            let count = Int(try row.integer("n"))
            overview.total += count
            if let digit = try row.optionalInteger("pred_digit") { overview.distribution.append((Int(digit), count)) }
        }
        overview.distribution.sort { $0.digit < $1.digit }
        return overview
    }

    func summary() async throws -> DrawingSummary {
        var summary = DrawingSummary(
            total: try await overview().total,
            confusion: [[Int]](repeating: [Int](repeating: 0, count: 10), count: 10), days: [], latencies: [])
        let annotated = try await database.query(
            """
            SELECT ground_truth, pred_digit, COUNT(*) AS n FROM digits_drawings
            WHERE ground_truth IS NOT NULL AND pred_digit IS NOT NULL GROUP BY ground_truth, pred_digit
            """)
        for row in annotated {
            let (truth, predicted) = (Int(try row.integer("ground_truth")), Int(try row.integer("pred_digit")))
            guard (0..<10).contains(truth), (0..<10).contains(predicted) else { continue }
            summary.confusion[truth][predicted] = Int(try row.integer("n"))
        }
        summary.days = try await days()
        let latencies = try await database.query(
            "SELECT latency_ms FROM digits_drawings ORDER BY created_at DESC LIMIT 1000")
        summary.latencies = try latencies.map { Int(try $0.integer("latency_ms")) }.sorted()
        return summary
    }

    private func days() async throws -> [DrawingSummary.Day] {
        let since = Timestamp.now.microseconds - 30 * 86_400_000_000
        let rows = try await database.query(
            """
            SELECT created_at / 86400000000 AS day, COUNT(*) AS n, AVG(proba) AS p, AVG(latency_ms) AS l
            FROM digits_drawings WHERE created_at >= \(bind: since)
            GROUP BY created_at / 86400000000 ORDER BY day
            """)
        return try rows.map { row in
            DrawingSummary.Day(
                day: String(
                    Timestamp(microseconds: try row.integer("day") * 86_400_000_000).iso8601(fraction: .none).prefix(10)
                ),
                count: Int(try row.integer("n")), meanProbability: try row.real("p"),
                meanLatencyMilliseconds: try row.real("l"))
        }
    }

    func check() async throws -> String {
        _ = try await database.query("SELECT 1")
        return "embedded"
    }

    private static func drawing(_ row: SQLRow) throws -> Drawing {
        let version: ObjectID? = try row.get("version")
        return Drawing(
            id: try row.get("id"), image: try row.get("image"), seen: try row.get("seen"),
            predictedDigit: try row.get("pred_digit"), probability: try row.get("proba"),
            latencyMilliseconds: try row.get("latency_ms"),
            createdAt: Timestamp(microseconds: try row.get("created_at")), modelID: try row.get("model_id"),
            version: version, isStub: version == nil, groundTruth: try row.get("ground_truth"))
    }
}
