public import Storage

extension SQLPredictionLog {
    public func add(_ feedback: FeedbackRecord) async throws -> Bool {
        let subject = feedback.subject ?? ""
        guard let prediction = feedback.prediction else {
            try await database.write(
                """
                INSERT INTO feedback_answers (id, app, subject, agrees, correction, created_at)
                VALUES (\(bind: feedback.id), \(bind: feedback.app), \(bind: subject), \(bind: feedback.agrees),
                    \(bind: feedback.correction), \(bind: feedback.createdAt))
                ON CONFLICT (id) DO NOTHING
                """)
            return true
        }
        let results = try await database.write([
            """
            INSERT INTO feedback_answers (
                id, app, prediction, subject, version, label, agrees, correction, created_at)
            SELECT \(bind: feedback.id), app, id, \(bind: subject), version, label, \(bind: feedback.agrees),
                \(bind: feedback.correction), \(bind: feedback.createdAt)
            FROM feedback_predictions WHERE id = \(bind: prediction) AND app = \(bind: feedback.app)
            ON CONFLICT (prediction, subject) WHERE prediction IS NOT NULL DO UPDATE SET
                id = excluded.id, agrees = excluded.agrees, correction = excluded.correction,
                created_at = excluded.created_at
            """,
            """
            UPDATE feedback_predictions
            SET review = \(bind: Review.reviewed), claimed_by = NULL, claimed_until = NULL
            WHERE id = \(bind: prediction) AND app = \(bind: feedback.app) AND review <> \(bind: Review.reviewed)
            """,
        ])
        return results[0].changedRows > 0
    }

    public func feedback(on predictions: [ObjectID]) async throws -> [FeedbackRecord] {
        var found: [FeedbackRecord] = []
        for start in stride(from: 0, to: predictions.count, by: Self.largestPage) {
            let some = predictions[start..<min(start + Self.largestPage, predictions.count)]
            found += try await database.query(
                """
                SELECT id, app, prediction, subject, agrees, correction, created_at FROM feedback_answers
                WHERE prediction IN (\(list: some))
                """
            ).map(Self.feedback)
        }
        return found.sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
    }

    public func agreement(
        app: String, in window: TimeWindow, version: ObjectID? = nil, label: String? = nil
    ) async throws -> Agreement {
        var condition = Self.answers(app, window)
        if let version { condition += " AND version = \(bind: version)" }
        if let label { condition += " AND label = \(bind: StoredText.of(label))" }
        let rows = try await database.query(
            "SELECT agrees, COUNT(*) AS n FROM feedback_answers WHERE \(part: condition) GROUP BY agrees")
        var counts = [false: 0, true: 0]
        for row in rows { counts[try row.get("agrees"), default: 0] += Int(try row.integer("n")) }
        return Agreement(agreeing: counts[true] ?? 0, disagreeing: counts[false] ?? 0)
    }

    public func agreement(
        app: String, in window: TimeWindow, by group: AgreementGroup
    ) async throws -> [String?: Agreement] {
        let column: SQLStatement =
            switch group {
            case .version: "version"
            case .label: "label"
            }
        let rows = try await database.query(
            """
            SELECT \(part: column) AS grp, COUNT(*) AS n, SUM(agrees) AS agreeing FROM feedback_answers
            WHERE \(part: Self.answers(app, window)) GROUP BY \(part: column)
            """)
        var groups: [String?: Agreement] = [:]
        for row in rows {
            let agreeing = Int(try row.integer("agreeing"))
            groups[try row.optionalText("grp")] = Agreement(
                agreeing: agreeing, disagreeing: Int(try row.integer("n")) - agreeing)
        }
        return groups
    }

    public func corrections(app: String, in window: TimeWindow) async throws -> [Correction] {
        try await database.query(
            """
            SELECT label, correction, COUNT(*) AS n FROM feedback_answers
            WHERE \(part: Self.answers(app, window)) AND correction IS NOT NULL
            GROUP BY label, correction ORDER BY n DESC LIMIT \(bind: Self.largestPage)
            """
        ).map { row in
            Correction(
                predicted: try row.get("label"), corrected: try row.get("correction"),
                count: Int(try row.integer("n")))
        }.sorted { ($1.count, $0.predicted ?? "", $0.corrected) < ($0.count, $1.predicted ?? "", $1.corrected) }
    }

    /// The condition for the feedback of an app given in a window.
    static func answers(_ app: String, _ window: TimeWindow) -> SQLStatement {
        "app = \(bind: app) AND created_at >= \(bind: window.start) AND created_at < \(bind: window.end)"
    }
}
