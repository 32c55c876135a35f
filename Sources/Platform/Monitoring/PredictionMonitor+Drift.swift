public import Feedback
public import Storage

extension PredictionMonitor {
    /// How far confidence has moved from one window to another.
    ///
    /// - Parameter version: the version that answered; nil for all, where a new version shows as drift too.
    public func confidenceDrift(
        app: String, from reference: TimeWindow, to current: TimeWindow, version: ObjectID? = nil
    ) async throws -> ConfidenceDrift {
        let answered: SQLStatement =
            if let version { " AND confidence IS NOT NULL AND version = \(bind: version)" } else {
                " AND confidence IS NOT NULL"
            }
        // The distance times both sizes is a whole number, so that no database rounds it.
        let rows = try await log.database.query(
            """
            WITH pooled AS (
                SELECT confidence AS value, 1 AS a, 0 AS b FROM feedback_predictions
                WHERE \(part: Self.rows(app, reference))\(part: answered)
                UNION ALL
                SELECT confidence AS value, 0 AS a, 1 AS b FROM feedback_predictions
                WHERE \(part: Self.rows(app, current))\(part: answered)),
            steps AS (SELECT value, SUM(a) AS a, SUM(b) AS b FROM pooled GROUP BY value),
            running AS (
                SELECT SUM(a) OVER (ORDER BY value) AS a, SUM(b) OVER (ORDER BY value) AS b,
                    SUM(a) OVER () AS all_a, SUM(b) OVER () AS all_b FROM steps)
            SELECT all_a, all_b, MAX(ABS(a * all_b - b * all_a)) AS distance FROM running GROUP BY all_a, all_b
            """)
        guard let row = rows.first else { return ConfidenceDrift(distance: 0, reference: 0, current: 0) }
        let (first, second) = (try row.integer("all_a"), try row.integer("all_b"))
        let sizes = Double(first) * Double(second)
        return ConfidenceDrift(
            distance: sizes == 0 ? 0 : try row.real("distance") / sizes, reference: Int(first), current: Int(second))
    }

    /// How far the mix of classes has moved from one window to another.
    ///
    /// - Parameter version: the version that answered; nil for all.
    public func classDrift(
        app: String, from reference: TimeWindow, to current: TimeWindow, version: ObjectID? = nil
    ) async throws -> ClassDrift {
        ClassDrift(
            reference: try await answers(app: app, in: reference, version: version).classes,
            current: try await answers(app: app, in: current, version: version).classes)
    }

    /// What was answered in a window.
    ///
    /// - Parameter version: the version that answered; nil for all.
    public func answers(app: String, in window: TimeWindow, version: ObjectID? = nil) async throws -> AnswerMix {
        let ofVersion: SQLStatement = if let version { " AND version = \(bind: version)" } else { "" }
        let rows = try await log.database.query(
            """
            SELECT label, COUNT(*) AS n, COUNT(confidence) AS measured, SUM(confidence) AS total
            FROM feedback_predictions
            WHERE \(part: Self.rows(app, window))\(part: ofVersion) AND label IS NOT NULL GROUP BY label
            """)
        var mix = AnswerMix()
        var (measured, total) = (0.0, 0.0)
        for row in rows {
            mix.classes.append(ClassCount(try row.text("label"), Int(try row.integer("n"))))
            measured += Double(try row.integer("measured"))
            total += try row.optionalReal("total") ?? 0
        }
        mix.classes.sort { ($1.count, $0.label) < ($0.count, $1.label) }
        mix.meanConfidence = measured == 0 ? nil : total / measured
        return mix
    }
}
