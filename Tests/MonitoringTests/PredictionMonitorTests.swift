import Feedback
import Foundation
import JSON
import Monitoring
import Observability
import Storage
import TestSupport
import Testing

/// The figures that people see.
@Suite(.timeLimit(.minutes(10)))
struct PredictionMonitorTests {
    private let folder: TemporaryFolder
    private static let day = 86_400.0

    init() throws { folder = try TemporaryFolder() }

    private func monitor(_ driver: SQLDriver) async throws -> PredictionMonitor {
        PredictionMonitor(try await SQLPredictionLog(driver.open(folder.url)))
    }

    @Test("figures count every outcome where it belongs", arguments: SQLDriver.allCases)
    func figures(driver: SQLDriver) async throws {
        let monitor = try await monitor(driver)
        let (old, new) = (ObjectID.next(), ObjectID.next())
        var records = (1...10).map { Sample.prediction(dog: 0.75, latency: Double($0), version: old) }
        records += [
            Sample.prediction(dog: 0.25, latency: 100, version: new),
            PredictionRecord(
                app: "pets", without: .refused(reason: "x"), latencyMilliseconds: 9999, input: nil,
                createdAt: Sample.time(0)),
            PredictionRecord(
                app: "pets", version: new, without: .failed(reason: "x"), latencyMilliseconds: 9999, input: nil,
                createdAt: Sample.time(0)),
            Sample.prediction(dog: 0.9, app: "bananas"), Sample.prediction(dog: 0.9, at: -1),
            Sample.prediction(dog: 0.9, at: 60),
        ]
        try await monitor.log.insert(records)
        _ = try await monitor.log.add(
            FeedbackRecord(prediction: records[0].id, app: "pets", agrees: false, createdAt: Sample.time(1)))
        let window = TimeWindow(from: Sample.time(0), to: Sample.time(60))
        let all = try await monitor.figures(app: "pets", in: window)
        #expect((all.requests, all.answered, all.refused, all.failed) == (13, 11, 1, 1))
        #expect(all.errorRate == 1.0 / 12 && all.refusalRate == 1.0 / 13)
        #expect(all.latency.count == 11 && all.latency.mean == 155.0 / 11)
        #expect(all.latency.percentiles == [50: 6, 90: 10, 95: 55, 99: 91])
        #expect(all.classes == [ClassCount("Dog", 10), ClassCount("Cat", 1)])
        #expect(all.meanConfidence == 0.75)
        #expect(all.agreement == Agreement(agreeing: 0, disagreeing: 1))
        let versions = try await monitor.figuresByVersion(app: "pets", in: window)
        #expect(versions.count == 3)
        #expect(versions[old]?.latency.percentiles[50] == 5.5 && versions[old]?.agreement.total == 1)
        #expect(versions[new]?.errorRate == 0.5 && versions[new]?.classes == [ClassCount("Cat", 1)])
        #expect(versions[nil]?.refused == 1 && versions[nil]?.requests == 1)
        for version in [old, new] {
            #expect(try await monitor.figures(app: "pets", in: window, version: version) == versions[version])
        }
        #expect(try await monitor.figures(app: "products", in: window) == PredictionFigures())
        await monitor.log.database.close()
    }

    @Test("each day has its own figures, latest first, and idle days are left out", arguments: SQLDriver.allCases)
    func daily(driver: SQLDriver) async throws {
        let monitor = try await monitor(driver)
        // The first and last moment of days, one of them idle.
        for (second, latency) in [(0.0, 1.0), (Self.day - 1e-6, 3), (Self.day, 5), (3 * Self.day + 1, 7)] {
            try await monitor.log.insert(Sample.prediction(dog: 0.9, latency: latency, at: second))
        }
        let days = try await monitor.daily(app: "pets", days: 5, until: Sample.time(3 * Self.day + 2))
        #expect(days.map(\.day.date) == ["2026-11-23", "2026-11-21", "2026-11-20"])
        #expect(days.map(\.figures.latency.mean) == [7, 5, 2])
        let short = try await monitor.daily(app: "pets", days: 1, until: Sample.time(3 * Self.day + 2))
        #expect(short.map(\.day.date) == ["2026-11-23"])
        // In Tokyo the 20th has begun nine hours before.
        let tokyo = try #require(TimeZone(identifier: "Asia/Tokyo"))
        let there = try await monitor.daily(app: "pets", days: 6, until: Sample.time(3 * Self.day + 2), in: tokyo)
        #expect(there.map(\.day.date) == ["2026-11-23", "2026-11-21", "2026-11-20"])
        #expect(there.map(\.figures.answered) == [1, 2, 1])
        await monitor.log.database.close()
    }

    @Test("feedback counts on the day it is given", arguments: SQLDriver.allCases)
    func lateFeedback(driver: SQLDriver) async throws {
        let monitor = try await monitor(driver)
        let record = Sample.prediction(dog: 0.9, at: 0)
        try await monitor.log.insert(record)
        _ = try await monitor.log.add(
            FeedbackRecord(
                prediction: record.id, app: "pets", agrees: true, createdAt: Sample.time(2 * Self.day)))
        let days = try await monitor.daily(app: "pets", days: 4, until: Sample.time(2 * Self.day + 5))
        #expect(days.map(\.day.date) == ["2026-11-22", "2026-11-20"])
        #expect(days.map(\.figures.agreement.total) == [1, 0])
        #expect(days[0].figures.errorRate == nil && days[0].figures.latency.mean == nil)
        await monitor.log.database.close()
    }

    @Test("a report tells all of it, with nulls where nothing is known", arguments: SQLDriver.allCases)
    func report(driver: SQLDriver) async throws {
        let monitor = try await monitor(driver)
        let empty = try await monitor.report(app: "pets", now: Sample.time(0)).json
        #expect(empty["figures"]?["requests"] == 0 && empty["figures"]?["latency_ms"]?["p50"] == .null)
        #expect(empty["drift"]?["classes"]?["verdict"] == "not_enough_data")
        #expect(empty["days"] == [] && empty["versions"] == [])
        let version = ObjectID.next()
        let then = (0..<150).map {
            Sample.prediction(dog: $0 % 2 == 0 ? 0.9 : 0.1, version: version, at: -10 * Self.day)
        }
        let now = (0..<150).map { Sample.prediction(dog: $0 % 10 == 0 ? 0.3 : 0.7, version: version, at: Double($0)) }
        try await monitor.log.insert(then + now)
        let report = try await monitor.report(app: "pets", now: Sample.time(200)).json
        #expect(report["as_of"] == "2026-11-20T00:03:20.000Z")
        #expect(report["figures"]?["answered"] == 150)
        #expect(report["versions"]?[0]?["version"]?.stringValue == version.description)
        #expect(report["days"]?.arrayValue?.compactMap { $0["day"]?.stringValue } == ["2026-11-20", "2026-11-10"])
        #expect(report["drift"]?["classes"]?["verdict"] == "major")
        #expect(report["drift"]?["confidence"]?["verdict"] == "major")
        #expect(report["drift"]?["confidence"]?["distance"]?.doubleValue == 1)
        #expect(report["waiting_for_review"] == 300)
        #expect(try JSONValue(parsing: report.text()) == report)
        // Feedback on an older version, and then a second version: the total is that of all, worked out at once.
        let window = TimeWindow(last: .seconds(7 * 86_400), until: Sample.time(300))
        for step in [
            FeedbackRecord(prediction: then[0].id, app: "pets", agrees: true, createdAt: Sample.time(250)),
            FeedbackRecord(prediction: nil, app: "pets", agrees: false, createdAt: Sample.time(251)),
        ] {
            _ = try await monitor.log.add(step)
            let total = try await monitor.report(app: "pets", now: Sample.time(300)).figures
            #expect(try await monitor.figures(app: "pets", in: window) == total)
        }
        try await monitor.log.insert(Sample.prediction(dog: 0.9, version: .next(), at: 260))
        let several = try await monitor.report(app: "pets", now: Sample.time(300))
        #expect(several.figures.answered == 151 && several.figures.agreement == Agreement(agreeing: 1, disagreeing: 1))
        #expect(several.versions.map(\.figures.answered) == [150, 1, 0])
        await monitor.log.database.close()
    }

    @Test("both databases give the same figures", .enabled(if: SQLDriver.allCases.count > 1, "PostgreSQL is missing"))
    func sameFigures() async throws {
        var random = RepeatableRandom(seed: 17)
        let versions = [ObjectID.next(), ObjectID.next()]
        let records = (0..<700).map { number in
            Sample.prediction(
                dog: .random(in: 0...1, using: &random), latency: exp(.random(in: -2...6, using: &random)),
                version: versions[number % 2], at: .random(in: 0..<3 * Self.day, using: &random))
        }
        var figures: [[PredictionFigures]] = []
        for driver in SQLDriver.allCases {
            let monitor = try await monitor(driver)
            try await monitor.log.insert(records)
            let days = try await monitor.daily(app: "pets", until: Sample.time(3 * Self.day))
            figures.append(days.map(\.figures))
            await monitor.log.database.close()
        }
        #expect(figures[0].count == 3)
        for (first, second) in zip(figures[0], figures[1]) {
            #expect(first.latency.percentiles == second.latency.percentiles && first.classes == second.classes)
            // The last digits of a sum depend on the order of its terms.
            for (one, other) in [
                (first.latency.mean, second.latency.mean), (first.meanConfidence, second.meanConfidence),
            ] { #expect(abs(try #require(one) - (try #require(other))) <= 1e-12 * (one ?? 0)) }
        }
    }
}
