public import Feedback
public import Foundation
public import Observability
public import Storage

/// Works out figures from the log of predictions.
///
/// The database counts and sorts, so memory stays small for any number of predictions. Each figure is of one statement and so
/// of one moment; between two of them a prediction may arrive.
public struct PredictionMonitor: Sendable {
    /// What it watches.
    public let log: SQLPredictionLog

    /// Watches a log.
    public init(_ log: SQLPredictionLog) { self.log = log }

    /// The figures of an app in a window.
    ///
    /// - Parameter version: the version that was asked; nil for all.
    public func figures(
        app: String, in window: TimeWindow, version: ObjectID? = nil
    ) async throws -> PredictionFigures {
        var rows: SQLStatement = Self.rows(app, window)
        if let version { rows += " AND version = \(bind: version)" }
        var figures = try await figures("''", rows)[.text(""), default: PredictionFigures()]
        figures.agreement = try await log.agreement(app: app, in: window, version: version, label: nil)
        return figures
    }

    /// The figures of an app in a window, by version; under nil is what got no version, such as refusals.
    public func figuresByVersion(app: String, in window: TimeWindow) async throws -> [ObjectID?: PredictionFigures] {
        var versions: [ObjectID?: PredictionFigures] = [:]
        for (group, figures) in try await figures("version", Self.rows(app, window)) {
            versions[ObjectID?(sqlValue: group) ?? nil] = figures
        }
        for (version, agreement) in try await log.agreement(app: app, in: window, by: .version) {
            versions[version.flatMap { ObjectID($0) }, default: PredictionFigures()].agreement = agreement
        }
        return versions
    }

    /// The figures of each of the latest days on which anything happened, the latest first.
    public func daily(
        app: String, days: Int = 30, until now: Timestamp = .now, in zone: TimeZone = .gmt
    ) async throws -> [(day: CivilDay, figures: PredictionFigures)] {
        var found: [(day: CivilDay, figures: PredictionFigures)] = []
        for day in CivilDay.latest(days, until: now, in: zone) {
            let figures = try await figures(app: app, in: day.window)
            if figures != PredictionFigures() { found.append((day, figures)) }
        }
        return found
    }

    /// The condition for the predictions of an app made in a window.
    static func rows(_ app: String, _ window: TimeWindow) -> SQLStatement {
        "app = \(bind: app) AND created_at >= \(bind: window.start) AND created_at < \(bind: window.end)"
    }

    /// The figures without agreement of some rows by a column or constant.
    private func figures(
        _ group: SQLStatement, _ condition: SQLStatement
    ) async throws -> [SQLValue: PredictionFigures] {
        let rows = try await log.database.query(
            """
            SELECT grp, outcome, label, COUNT(*) AS n, COUNT(confidence) AS measured, SUM(confidence) AS total
            FROM (SELECT \(part: group) AS grp, outcome, label, confidence FROM feedback_predictions
                WHERE \(part: condition)) AS source
            GROUP BY grp, outcome, label
            """)
        var groups: [SQLValue: PredictionFigures] = [:]
        var confidences: [SQLValue: (count: Int, sum: Double)] = [:]
        for row in rows {
            let group = try row.get("grp", as: SQLValue.self)
            groups[group, default: PredictionFigures()].count(row: try OutcomeCount(row))
            confidences[group, default: (0, 0)].count += Int(try row.integer("measured"))
            confidences[group, default: (0, 0)].sum += try row.optionalReal("total") ?? 0
        }
        let latencies = try await ValueSummary.read(
            """
            SELECT \(part: group) AS grp, latency_ms AS value FROM feedback_predictions
            WHERE \(part: condition) AND outcome = 0
            """, from: log.database)
        for (group, confidence) in confidences {
            groups[group]?.latency = latencies[group] ?? .empty
            groups[group]?.meanConfidence = confidence.count == 0 ? nil : confidence.sum / Double(confidence.count)
            groups[group]?.classes.sort { ($1.count, $0.label) < ($0.count, $1.label) }
        }
        return groups
    }
}

/// How many requests ended in one way.
private struct OutcomeCount {
    let outcome: Int64
    let label: String?
    let count: Int

    init(_ row: SQLRow) throws(StorageError) {
        outcome = try row.integer("outcome")
        label = try row.optionalText("label")
        count = Int(try row.integer("n"))
    }
}

extension PredictionFigures {
    fileprivate mutating func count(row: OutcomeCount) {
        switch row.outcome {
        case 0:
            answered += row.count
            if let label = row.label { classes.append(ClassCount(label, row.count)) }
        case 1: refused += row.count
        default: failed += row.count
        }
    }
}
