public import Observability
public import Storage

extension SQLPredictionLog: ReviewQueue {
    public func waiting(
        app: String, order: ReviewOrder = .entropy, limit: Int, after cursor: PageCursor? = nil,
        reviewer: String? = nil, now: Timestamp = .now
    ) async throws -> Page<PredictionRecord> {
        var condition = Self.unclaimed(app, now: now, orBy: reviewer)
        if let cursor, let number = cursor.number {
            switch order {
            case .entropy: condition += " AND (entropy, id) < (\(bind: number), \(bind: cursor.id))"
            case .margin: condition += " AND (margin, id) > (\(bind: number), \(bind: cursor.id))"
            }
        }
        let rows = try await database.query(
            """
            SELECT \(part: Self.columns) FROM feedback_predictions WHERE \(part: condition)
            ORDER BY \(part: Self.sorting(order)) LIMIT \(bind: Self.fetched(limit))
            """)
        return try Self.page(rows, limit: limit) { prediction in
            let uncertainty = prediction.uncertainty ?? Uncertainty(of: [])
            return (order == .entropy ? uncertainty.entropy : uncertainty.margin).bitPattern
        }
    }

    public func waitingCount(app: String) async throws -> Int {
        let rows = try await database.query(
            "SELECT COUNT(*) AS n FROM feedback_predictions WHERE app = \(bind: app) AND review = 0")
        return Int(try rows[0].integer("n"))
    }

    public func claim(
        app: String, order: ReviewOrder = .entropy, limit: Int, reviewer: String, for duration: Duration,
        now: Timestamp = .now
    ) async throws -> [PredictionRecord] {
        let end = now.microseconds.addingReportingOverflow(max(0, duration.wholeNanoseconds / 1000))
        let until = Timestamp(microseconds: end.overflow ? .max : end.partialValue)
        let name = StoredText.of(reviewer)
        return try await database.transaction { transaction in
            let claimed = try await transaction.query(
                """
                SELECT \(part: Self.columns) FROM feedback_predictions
                WHERE \(part: Self.unclaimed(app, now: now, orBy: nil))
                ORDER BY \(part: Self.sorting(order)) LIMIT \(bind: Self.fetched(limit) - 1)
                """
            ).map(Self.prediction)
            try await transaction.execute(
                """
                UPDATE feedback_predictions SET claimed_by = \(bind: name), claimed_until = \(bind: until)
                WHERE id IN (\(list: claimed.map(\.id)))
                """)
            return claimed
        }
    }

    public func skip(_ id: ObjectID, app: String) async throws -> Bool {
        try await move(id, app: app, from: Review.waiting, to: Review.skipped)
    }

    public func unskip(_ id: ObjectID, app: String) async throws -> Bool {
        try await move(id, app: app, from: Review.skipped, to: Review.waiting)
    }

    private func move(_ id: ObjectID, app: String, from old: Int, to new: Int) async throws -> Bool {
        try await database.write(
            """
            UPDATE feedback_predictions SET review = \(bind: new), claimed_by = NULL, claimed_until = NULL
            WHERE id = \(bind: id) AND app = \(bind: app) AND review = \(bind: old)
            """
        ).changedRows > 0
    }

    /// The condition for what waits and is not somebody else's. The literal 0 lets the partial indexes be used.
    private static func unclaimed(_ app: String, now: Timestamp, orBy reviewer: String?) -> SQLStatement {
        let own: SQLStatement = if let reviewer { " OR claimed_by = \(bind: StoredText.of(reviewer))" } else { "" }
        return """
            app = \(bind: app) AND review = 0
            AND (claimed_until IS NULL OR claimed_until <= \(bind: now)\(part: own))
            """
    }

    private static func sorting(_ order: ReviewOrder) -> SQLStatement {
        switch order {
        case .entropy: "entropy DESC, id DESC"
        case .margin: "margin, id"
        }
    }
}
