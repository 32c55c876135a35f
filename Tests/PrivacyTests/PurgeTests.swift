import Foundation
import JSON
import Observability
import Privacy
import Storage
import Synchronization
import TestSupport
import Testing

@Suite("Purging", .timeLimit(.minutes(10)))
struct PurgeTests {
    private let folder: TemporaryFolder
    private let time = FakeTime()

    init() throws { folder = try TemporaryFolder() }

    /// A table of notes, one a day up to now, the oldest first.
    private func notes(_ database: any SQLDatabase, days: Int) async throws {
        try await database.write("CREATE TABLE notes (id BIGINT PRIMARY KEY, at BIGINT NOT NULL)")
        for day in 0..<days {
            let at = Timestamp(microseconds: time.now.microseconds - Int64(days - 1 - day) * 86_400_000_000)
            try await database.write("INSERT INTO notes (id, at) VALUES (\(bind: day), \(bind: at))")
        }
    }

    private func rule(_ database: any SQLDatabase, _ period: Duration?, batch: Int = 500) -> RetentionRule {
        RetentionRule(name: "notes", app: "tests", period: period) { before, dryRun in
            try await database.purge(
                "notes", key: "id", where: "at < \(bind: before)", dryRun: dryRun, batch: batch)
        }
    }

    private func count(_ database: any SQLDatabase) async throws -> Int64? {
        try await database.query("SELECT COUNT(*) AS n FROM notes").first?.integer("n")
    }

    @Test("what is older than the period goes, and only that", arguments: SQLDriver.allCases)
    func limit(driver: SQLDriver) async throws {
        let database = try await driver.open(folder.url)
        try await notes(database, days: 10)
        let rule = rule(database, .days(3))
        let planned = try await Purge.run([rule], now: time.now, dryRun: true)
        #expect(planned.map(\.count) == [6])
        #expect(try await count(database) == 10)
        let done = try await Purge.run([rule], now: time.now, dryRun: false)
        #expect(done.map(\.count) == [6])
        // A note that is three days old to the microsecond stays.
        #expect(try await database.query("SELECT id FROM notes ORDER BY id").map(\.values) == [[6], [7], [8], [9]])
        #expect(try await Purge.run([rule], now: time.now, dryRun: false).map(\.count) == [0])
        await database.close()
    }

    @Test("many rows go in small units", arguments: [(0, 1), (4, 1), (5, 2), (23, 5), (25, 6)])
    func batches(rows: Int, units: Int) async throws {
        let database = WatchedDatabase(try await SQLDriver.sqlite.open(folder.url))
        try await notes(database, days: rows + 1)
        let before = database.writes
        #expect(try await rule(database, .zero, batch: 5).purge(time.now, false) == rows)
        #expect(database.writes - before == units)
        #expect(try await count(database) == 1)
        await database.close()
    }

    @Test("a rule that keeps for ever removes nothing, one that fails does not stop the others")
    func independence() async throws {
        let database = try await SQLDriver.sqlite.open(folder.url)
        try await notes(database, days: 3)
        let broken = RetentionRule(name: "broken", app: nil, period: .zero) { _, _ in throw StorageError.full() }
        let outcomes = try await Purge.run(
            [rule(database, nil), broken, rule(database, .days(1))], now: time.now, dryRun: false)
        #expect(outcomes.map(\.count) == [0, 0, 1])
        #expect(outcomes.map { $0.failure == nil } == [true, false, true])
        #expect(outcomes.map { $0.before == nil } == [true, false, false])
        #expect(try await count(database) == 2)
        await database.close()
    }

    @Test("a period longer than time itself keeps everything")
    func overflow() {
        let rule = RetentionRule(name: "x", app: nil, period: .seconds(Int64.max)) { _, _ in 0 }
        #expect(rule.limit(at: Timestamp(microseconds: .min + 5)) == Timestamp(microseconds: .min))
        #expect(rule.limit(at: time.now).map { $0 < time.now } == true)
    }

    private func schedule(_ database: any SQLDatabase, _ rules: [RetentionRule], name: String = "tests") async throws
        -> PurgeSchedule
    {
        PurgeSchedule(
            database, name: name, rules: rules, audit: try await AuditLog(database), logger: .disabled,
            metrics: Metrics(), now: { [time] in time.now })
    }

    @Test("of two servers one purges, once a day", arguments: SQLDriver.allCases)
    func lease(driver: SQLDriver) async throws {
        let database = try await driver.open(folder.url)
        let runs = Mutex(0)
        let (begun, gate) = (Gate(), Gate())
        let slow = RetentionRule(name: "slow", app: nil, period: .zero) { _, _ in
            runs.withLock { $0 += 1 }
            await begun.open()
            await gate.wait()
            return 1
        }
        let (first, second) = (
            try await schedule(database, [slow]), try await schedule(database, [slow])
        )
        async let outcome = first.purgeIfDue()
        await begun.wait()
        #expect(await second.purgeIfDue() == nil)
        #expect(await second.purgeIfDue(.zero) == nil)
        await gate.open()
        #expect(await outcome?.map(\.count) == [1])
        for server in [first, second] { #expect(await server.purgeIfDue() == nil) }
        time.pass(.days(1))
        #expect(await second.purgeIfDue()?.count == 1)
        #expect(await first.purgeIfDue() == nil)
        #expect(runs.withLock { $0 } == 2)
        // Another set of rules has turns of its own.
        #expect(try await schedule(database, [slow], name: "others").purgeIfDue()?.count == 1)
        await database.close()
    }

    @Test("a purge that several begin at the same moment runs once", arguments: SQLDriver.allCases)
    func race(driver: SQLDriver) async throws {
        let database = try await driver.open(folder.url)
        let rule = RetentionRule(name: "quick", app: nil, period: .zero) { _, _ in 1 }
        var servers: [PurgeSchedule] = []
        for _ in 0..<8 { servers.append(try await schedule(database, [rule])) }
        let runs = await withTaskGroup(of: Bool.self) { group in
            for server in servers { group.addTask { await server.purgeIfDue() != nil } }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(runs == 1)
        await database.close()
    }

    @Test("a server that died at it loses its turn after a quarter of an hour", arguments: SQLDriver.allCases)
    func deadServer(driver: SQLDriver) async throws {
        let database = try await driver.open(folder.url)
        let (begun, gate) = (Gate(), Gate())
        let stuck = RetentionRule(name: "stuck", app: nil, period: .zero) { _, _ in
            await begun.open()
            await gate.wait()
            return 1
        }
        let quick = RetentionRule(name: "quick", app: nil, period: .zero) { _, _ in 1 }
        // The second rule of the dead one must not run: its lease is another's by then.
        let dead = try await schedule(database, [stuck, quick])
        let heir = try await schedule(database, [quick])
        async let outcome = dead.purgeIfDue()
        await begun.wait()
        time.pass(.seconds(899))
        #expect(await heir.purgeIfDue() == nil)
        time.pass(.seconds(1))
        #expect(await heir.purgeIfDue()?.count == 1)
        await gate.open()
        #expect(await outcome?.count == 1)
        await database.close()
    }

    @Test("a purge that fails is tried again", arguments: SQLDriver.allCases)
    func retry(driver: SQLDriver) async throws {
        let database = try await driver.open(folder.url)
        let isBroken = Mutex(true)
        let rule = RetentionRule(name: "moody", app: nil, period: .zero) { _, _ in
            if isBroken.withLock({ $0 }) { throw StorageError.unavailable() }
            return 1
        }
        let server = try await schedule(database, [rule])
        #expect(await server.purgeIfDue()?.map { $0.failure == nil } == [false])
        isBroken.withLock { $0 = false }
        #expect(await server.purgeIfDue()?.map { $0.failure == nil } == [true])
        #expect(await server.purgeIfDue() == nil)
        await database.close()
    }

    @Test("a schedule begins by itself, and a server that stops in the middle leaves the turn to others")
    func stop() async throws {
        let database = try await SQLDriver.sqlite.open(folder.url)
        try await notes(database, days: 30)
        let (begun, gate) = (Gate(), Gate())
        let slow = RetentionRule(name: "slow", app: nil, period: .days(10)) { before, dryRun in
            await begun.open()
            await gate.wait()
            return try await database.purge(
                "notes", key: "id", where: "at < \(bind: before)", dryRun: dryRun, batch: 5)
        }
        let stopping = try await schedule(database, [slow])
        stopping.start(after: .zero)
        await begun.wait()
        async let stopped: Void = stopping.stop()
        // The gate opens once the purge was cancelled, so that it sees that before its first unit.
        try await eventually { !stopping.isRunning }
        await gate.open()
        await stopped
        #expect(try await count(database) == 30)
        let other = try await schedule(database, [rule(database, .days(10))])
        #expect(await other.purgeIfDue()?.map(\.count) == [19])
        await database.close()
    }

    @Test("a purge that removed something is in the audit log, one that did not is not")
    func audited() async throws {
        let database = try await SQLDriver.sqlite.open(folder.url)
        try await notes(database, days: 5)
        let server = try await schedule(database, [rule(database, .days(2))])
        #expect(await server.purgeIfDue() != nil)
        #expect(await server.purgeIfDue(.zero) != nil)
        let entries = try await AuditLog(database).latest(10)
        #expect(entries.map(\.act) == [.purge])
        #expect(entries.first?.actor == .server)
        #expect(entries.first?.detail[0]?["count"] == 2)
        await database.close()
    }

    @Test("a server that started without its database purges once that is there")
    func lateDatabase() async throws {
        let database = WatchedDatabase(try await SQLDriver.sqlite.open(folder.url))
        database.isAway = true
        let records = try await RecordKeeping(database, mayBeAway: true)
        let rule = RetentionRule(name: "quick", app: nil, period: .zero) { _, _ in 1 }
        let server = PurgeSchedule(
            database, name: "tests", rules: [rule, records.audit.retention(.days(1))], audit: records.audit,
            logger: .disabled, metrics: Metrics(), now: { [time] in time.now })
        #expect(await server.purgeIfDue() == nil)
        database.isAway = false
        #expect(await server.purgeIfDue()?.map { $0.failure == nil } == [true, true])
        #expect(try await records.audit.latest(10).map(\.act) == [.purge])
        await database.close()
    }

    @Test("without a database nothing is purged and nothing breaks")
    func away() async throws {
        let database = WatchedDatabase(try await SQLDriver.sqlite.open(folder.url))
        let server = try await schedule(database, [rule(database, .zero)])
        database.isAway = true
        #expect(await server.purgeIfDue() == nil)
        server.start()
        await server.stop()
        await database.close()
    }
}
