import Foundation
import JSON
import Observability
import Privacy
import Storage
import TestSupport
import Testing

@Suite("The audit log", .timeLimit(.minutes(10)))
struct AuditLogTests {
    private let folder: TemporaryFolder
    private let time = FakeTime()

    init() throws { folder = try TemporaryFolder() }

    private func log(_ database: any SQLDatabase) async throws -> AuditLog {
        try await AuditLog(database, now: { [time] in time.now })
    }

    @Test("entries come back as they were told, the newest first", arguments: SQLDriver.allCases)
    func order(driver: SQLDriver) async throws {
        let database = try await driver.open(folder.url)
        let log = try await log(database)
        try await log.record(.createToken, of: "web", app: "pets", by: .user("ann"), detail: ["expires": .null])
        time.pass(.seconds(1))
        try await AuditActor.$current.withValue(.token("web")) {
            try await log.record(.addModel, of: "m1", app: "digits")
        }
        time.pass(.seconds(1))
        try await log.record(.purge, of: String(repeating: "é", count: 300))
        let entries = try await log.latest(10)
        #expect(entries.map(\.act.name) == ["data.purge", "model.add", "token.create"])
        #expect(entries.map(\.actor.text) == ["server", "token web", "user ann"])
        #expect(entries.map(\.app) == [nil, "digits", "pets"])
        #expect(entries.map(\.subject) == [String(repeating: "é", count: 200), "m1", "web"])
        #expect(entries.last?.detail == ["expires": .null])
        #expect(entries.first?.at == time.now)
        #expect(try await log.latest(10, app: "digits") == [entries[1]])
        #expect(try await log.latest(1) == [entries[0]])
        #expect(try await log.latest(10, before: entries[1].number) == [entries[2]])
        await database.close()
    }

    @Test("no entry can be changed", arguments: SQLDriver.allCases)
    func appendOnly(driver: SQLDriver) async throws {
        let database = try await driver.open(folder.url)
        let log = try await log(database)
        try await log.record(.purge, of: "retention")
        await #expect(throws: StorageError.self) {
            try await database.write("UPDATE privacy_audit SET actor = 'nobody'")
        }
        #expect(try await log.latest(10).map(\.actor) == [.server])
        await database.close()
    }

    @Test("an act and its entry are kept together or not at all", arguments: SQLDriver.allCases)
    func oneUnit(driver: SQLDriver) async throws {
        let database = try await driver.open(folder.url)
        let log = try await log(database)
        try await database.write("CREATE TABLE things (name TEXT NOT NULL)")
        try await database.write(["INSERT INTO things VALUES ('a')", log.entry(.backUp, of: "a")])
        await #expect(throws: StorageError.self) {
            try await database.write([log.entry(.backUp, of: "b"), "INSERT INTO things VALUES (NULL)"])
        }
        #expect(try await log.latest(10).map(\.subject) == ["a"])
        await database.close()
    }

    @Test("entries leave by their own retention only", arguments: SQLDriver.allCases)
    func retention(driver: SQLDriver) async throws {
        let database = try await driver.open(folder.url)
        let log = try await log(database)
        try await log.record(.purge, of: "old")
        time.pass(.days(10))
        try await log.record(.purge, of: "new")
        let rule = log.retention(.days(5))
        #expect(try await Purge.run([rule], now: time.now, dryRun: true).map(\.count) == [1])
        #expect(try await log.latest(10).count == 2)
        #expect(try await Purge.run([rule], now: time.now, dryRun: false).map(\.count) == [1])
        #expect(try await log.latest(10).map(\.subject) == ["new"])
        #expect(try await Purge.run([log.retention(nil)], now: time.now, dryRun: false).map(\.count) == [0])
        #expect(try await log.latest(10).count == 1)
        await database.close()
    }
}
