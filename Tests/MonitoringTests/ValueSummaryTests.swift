import Foundation
import Monitoring
import Storage
import TestSupport
import Testing

/// Percentiles worked out by databases beside a reference that sorts in memory.
@Suite(.timeLimit(.minutes(10)))
struct ValueSummaryTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// The percentile by the definition in the manual of NumPy.
    private func reference(_ values: [Double], percent: Int) -> Double {
        let sorted = values.sorted()
        let place = Double(percent) / 100 * Double(sorted.count - 1)
        let below = min(Int(place), sorted.count - 1)
        let above = min(below + 1, sorted.count - 1)
        return sorted[below] + (sorted[above] - sorted[below]) * (place - Double(below))
    }

    private func table(_ driver: SQLDriver, _ rows: [(String?, Double?)]) async throws -> any SQLDatabase {
        let database = try await driver.open(folder.url)
        try await database.write("CREATE TABLE numbers (grp TEXT, value DOUBLE PRECISION)")
        for start in stride(from: 0, to: rows.count, by: 500) {
            try await database.write(
                rows[start..<min(start + 500, rows.count)].map {
                    "INSERT INTO numbers VALUES (\(bind: $0.0), \(bind: $0.1))"
                })
        }
        return database
    }

    @Test("percentiles, counts and means are those of the sorted numbers", arguments: SQLDriver.allCases)
    func random(driver: SQLDriver) async throws {
        var random = RepeatableRandom(seed: 7)
        var groups: [String?: [Double]] = [:]
        // Every small size, a large one, and numbers of all kinds, many of them equal.
        for size in Array(1...25) + [101, 1000] {
            groups["g\(size)"] = (0..<size).map { _ in
                switch Int.random(in: 0..<4, using: &random) {
                case 0: Double(Int.random(in: 0..<5, using: &random))
                case 1: Double.random(in: -1e6...1e6, using: &random)
                case 2: exp(Double.random(in: -20...20, using: &random))
                default: Double.random(in: 0...1, using: &random)
                }
            }
        }
        groups[nil] = [5, 1]
        var rows: [(String?, Double?)] = groups.flatMap { group, values in values.map { (group, $0) } }
        rows += [("g3", nil), ("empty", nil)]
        let database = try await table(driver, rows.shuffled(using: &random))
        let percents = [0, 1, 25, 50, 75, 90, 95, 99, 100]
        let summaries = try await ValueSummary.read(
            "SELECT grp, value FROM numbers", percents: percents, from: database)
        #expect(Set(summaries.keys) == Set(groups.keys.map(\.sqlValue)), "a group of nulls is none")
        for (group, values) in groups {
            let summary = try #require(summaries[group.sqlValue])
            #expect(summary.count == values.count)
            let scale = values.map(abs).max() ?? 1
            #expect(abs(try #require(summary.mean) - values.reduce(0, +) / Double(values.count)) <= 1e-12 * scale)
            for percent in percents {
                let found = try #require(summary.percentiles[percent])
                #expect(
                    abs(found - reference(values, percent: percent)) <= 1e-12 * scale,
                    "\(percent) % of \(group ?? "nil")")
            }
        }
        await database.close()
    }

    @Test("a table with values on bound arguments and no rows has no groups", arguments: SQLDriver.allCases)
    func empty(driver: SQLDriver) async throws {
        let database = try await table(driver, [("a", 1)])
        let none = try await ValueSummary.read(
            "SELECT grp, value FROM numbers WHERE value > \(bind: 5.0)", from: database)
        #expect(none == [:])
        await database.close()
    }

    @Test("the percentiles are those of PostgreSQL's percentile_cont", .enabled(if: SQLDriver.allCases.count > 1))
    func percentileCont() async throws {
        var random = RepeatableRandom(seed: 11)
        let values = (0..<777).map { _ in exp(Double.random(in: -3...6, using: &random)) }
        let database = try await table(.postgreSQL, values.map { ("a", $0) })
        let summary = try #require(
            try await ValueSummary.read("SELECT grp, value FROM numbers", from: database)["a"])
        for percent in ValueSummary.usualPercents {
            let row = try await database.query(
                SQLStatement(
                    composed: "SELECT percentile_cont(0.\(percent)) WITHIN GROUP (ORDER BY value) AS p FROM numbers"))
            let theirs = try row[0].real("p")
            #expect(abs(theirs - (try #require(summary.percentiles[percent]))) <= 1e-12 * theirs)
        }
        await database.close()
    }

    @Test("the percentiles are those of NumPy", .enabled(if: Python.has("numpy"), "NumPy is not installed"))
    func numpy() async throws {
        var random = RepeatableRandom(seed: 13)
        let values = (0..<1234).map { _ in exp(Double.random(in: -3...6, using: &random)) }
        let database = try await table(.sqlite, values.map { ("a", $0) })
        let summary = try #require(
            try await ValueSummary.read("SELECT grp, value FROM numbers", from: database)["a"])
        let theirs = try await Python.numbers(
            "import numpy; print(*numpy.percentile(numbers, [50, 90, 95, 99]), numpy.mean(numbers))", values)
        let ours = ValueSummary.usualPercents.map { summary.percentiles[$0] } + [summary.mean]
        #expect(theirs.count == 5)
        for (ours, theirs) in zip(ours, theirs) { #expect(abs(try #require(ours) - theirs) <= 1e-12 * theirs) }
        await database.close()
    }
}
