import Foundation
import Storage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct MigrationTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private static let steps = [
        Migration(id: "001-create", statements: ["CREATE TABLE pets (name TEXT)", "INSERT INTO pets VALUES ('Rex')"]),
        Migration(id: "002-age", statements: ["ALTER TABLE pets ADD COLUMN age BIGINT"]),
        Migration(id: "003-fill", statements: ["UPDATE pets SET age = 3"]),
    ]

    @Test("each step is applied once, in order", arguments: SQLDriver.allCases)
    func order(driver: SQLDriver) async throws {
        let database = try await driver.open(folder)
        #expect(try await database.migrate(Self.steps, namespace: "pets") == ["001-create", "002-age", "003-fill"])
        #expect(try await database.migrate(Self.steps, namespace: "pets") == [])
        #expect(try await database.query("SELECT * FROM pets").map(\.values) == [["Rex", 3]])
    }

    @Test("an older database gets the steps it lacks and keeps its rows", arguments: SQLDriver.allCases)
    func oldDatabase(driver: SQLDriver) async throws {
        let old = try await driver.open(folder)
        try await old.migrate(Array(Self.steps[..<1]), namespace: "pets")
        try await old.write("INSERT INTO pets VALUES ('Tom')")
        await old.close()
        let new = try await driver.open(folder)
        #expect(try await new.migrate(Self.steps, namespace: "pets") == ["002-age", "003-fill"])
        #expect(try await new.query("SELECT * FROM pets ORDER BY name").map(\.values) == [["Rex", 3], ["Tom", 3]])
    }

    @Test("a newer database is left alone, and the message says what to do", arguments: SQLDriver.allCases)
    func newDatabase(driver: SQLDriver) async throws {
        let database = try await driver.open(folder)
        try await database.migrate(Self.steps, namespace: "pets")
        await #expect(throws: StorageError.newerSchema(namespace: "pets", migration: "002-age")) {
            try await database.migrate(Array(Self.steps[..<1]), namespace: "pets")
        }
        #expect(
            StorageError.newerSchema(namespace: "pets", migration: "002-age").message
                == "The pets tables come from a newer version of the program (they have 002-age); "
                + "start that version, or restore a backup made before the update.")
    }

    @Test("steps of another name are not taken for ours", arguments: SQLDriver.allCases)
    func otherHistory(driver: SQLDriver) async throws {
        let database = try await driver.open(folder)
        try await database.migrate(Self.steps, namespace: "pets")
        let others = [Migration(id: "001-other", statements: ["DROP TABLE pets"])] + Self.steps[1...]
        await #expect(throws: StorageError.newerSchema(namespace: "pets", migration: "001-create")) {
            try await database.migrate(others, namespace: "pets")
        }
        #expect(try await database.query("SELECT * FROM pets").count == 1)
    }

    @Test("parts of the program have histories of their own", arguments: SQLDriver.allCases)
    func namespaces(driver: SQLDriver) async throws {
        let database = try await driver.open(folder)
        try await database.migrate(Self.steps, namespace: "pets")
        let other = [Migration(id: "001-create", statements: ["CREATE TABLE cards (name TEXT)"])]
        #expect(try await database.migrate(other, namespace: "cards") == ["001-create"])
    }

    @Test(
        "a step that fails is undone as a whole, those before it stay, and it can be mended",
        arguments: SQLDriver.allCases)
    func failure(driver: SQLDriver) async throws {
        let database = try await driver.open(folder)
        let broken = Migration(
            id: "002-age", statements: ["CREATE TABLE half (a BIGINT)", "INSERT INTO absent VALUES (1)"])
        await #expect {
            try await database.migrate([Self.steps[0], broken, Self.steps[2]], namespace: "pets")
        } throws: { error in
            guard case .migrationFailed("pets", "002-age", let detail)? = error as? StorageError else { return false }
            return detail.contains("absent") && !"\(error)".contains("absent")
        }
        #expect(try await database.query("SELECT name FROM pets").count == 1)
        await #expect(throws: StorageError.self) { try await database.query("SELECT * FROM half") }
        #expect(try await database.migrate(Self.steps, namespace: "pets") == ["002-age", "003-fill"])
    }

    @Test("several processes may start at once", arguments: SQLDriver.allCases)
    func race(driver: SQLDriver) async throws {
        var databases: [any SQLDatabase] = []
        for _ in 0..<4 { databases.append(try await driver.open(folder)) }
        let shared = databases
        let applied = try await withThrowingTaskGroup(of: [String].self) { group in
            for database in shared { group.addTask { try await database.migrate(Self.steps, namespace: "pets") } }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(applied.sorted() == ["001-create", "002-age", "003-fill"])
        #expect(try await databases[3].query("SELECT * FROM pets").map(\.values) == [["Rex", 3]])
        for database in databases { await database.close() }
    }
}
