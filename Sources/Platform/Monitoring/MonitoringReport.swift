public import Feedback
public import Foundation
public import JSON
public import Observability
public import Storage

/// All figures of one app, for an API and for charts.
public struct MonitoringReport: Sendable {
    /// When it was made.
    public let asOf: Timestamp
    public let app: String
    /// The time the main figures are of.
    public let window: TimeWindow
    public let figures: PredictionFigures
    /// The same by version, the busiest first; nil is what got no version.
    public let versions: [(version: ObjectID?, figures: PredictionFigures)]
    /// The latest days on which anything happened, the latest first.
    public let days: [(day: CivilDay, figures: PredictionFigures)]
    /// The time that drift is measured against.
    public let reference: TimeWindow
    /// What was answered in the reference and in the window.
    public let answers: (before: AnswerMix, now: AnswerMix)
    public let classDrift: ClassDrift
    public let confidenceDrift: ConfidenceDrift
    /// How many predictions wait for review.
    public let waiting: Int
}

extension MonitoringReport: JSONRepresentable {
    public var json: JSONValue {
        [
            "as_of": asOf.iso8601().json, "app": app.json, "window": window.json, "figures": figures.json,
            "versions": .array(
                versions.map { version, figures in
                    ["version": version.json, "figures": figures.json]
                }),
            "days": .array(days.map { day, figures in ["day": day.date.json, "figures": figures.json] }),
            "drift": [
                "reference": reference.json, "least_answers": ClassDrift.leastAnswers.json,
                "before": answers.before.json, "now": answers.now.json, "classes": classDrift.json,
                "confidence": confidenceDrift.json,
            ],
            "waiting_for_review": waiting.json,
        ]
    }
}

extension TimeWindow {
    fileprivate var json: JSONValue { ["from": start.iso8601().json, "to": end.iso8601().json] }
}

extension PredictionMonitor {
    /// Works out a report.
    ///
    /// - Parameters:
    ///   - window: the time of the main figures, up to now.
    ///   - reference: the time just before it that drift is measured against.
    ///   - days: how many days at most the daily figures go back.
    ///   - zone: whose days.
    public func report(
        app: String, window: Duration = .seconds(7 * 86_400), reference: Duration = .seconds(28 * 86_400),
        days: Int = 30, now: Timestamp = .now, in zone: TimeZone = .gmt
    ) async throws -> MonitoringReport {
        let current = TimeWindow(last: window, until: now)
        let before = TimeWindow(
            from: TimeWindow(last: reference, until: current.start).start, to: current.start)
        let byVersion = try await figuresByVersion(app: app, in: current)
        let versions = byVersion.sorted { left, right in
            (right.value.requests, left.key?.description ?? "") < (left.value.requests, right.key?.description ?? "")
        }
        let answers = (
            before: try await answers(app: app, in: before), now: try await answers(app: app, in: current)
        )
        return MonitoringReport(
            asOf: now, app: app, window: current, figures: try await total(byVersion, app: app, in: current),
            versions: versions.map { ($0.key, $0.value) },
            days: try await daily(app: app, days: days, until: now, in: zone), reference: before,
            answers: answers,
            classDrift: ClassDrift(reference: answers.before.classes, current: answers.now.classes),
            confidenceDrift: try await confidenceDrift(app: app, from: before, to: current),
            waiting: try await log.waitingCount(app: app))
    }

    /// The figures of all versions together, which are worked out again only where there are several.
    private func total(
        _ versions: [ObjectID?: PredictionFigures], app: String, in window: TimeWindow
    ) async throws -> PredictionFigures {
        let asked = versions.values.filter { $0.requests > 0 }
        guard asked.count <= 1 else { return try await figures(app: app, in: window) }
        var figures = asked.first ?? PredictionFigures()
        figures.agreement = versions.values.reduce(.none) { sum, version in
            Agreement(
                agreeing: sum.agreeing + version.agreement.agreeing,
                disagreeing: sum.disagreeing + version.agreement.disagreeing)
        }
        return figures
    }
}
