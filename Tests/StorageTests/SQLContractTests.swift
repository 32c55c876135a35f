import Foundation
import Storage
import TestSupport
import Testing

/// What every SQL database promises to one task; `SQLConcurrencyTests` has several.
@Suite(.timeLimit(.minutes(10)))
struct SQLContractTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    static let values: [SQLValue] = [
        nil, 0, -1, .integer(.min), .integer(.max), 0.1, .real(-.infinity), .real(.greatestFiniteMagnitude), "", "é😀",
        "'; DROP TABLE notes; --", "\" OR 1=1", "?", "%_\\", "\u{FEFF}x\r\n\t\u{1}", .blob([]), .blob([0, 255, 0]),
    ]

    @Test("values come back as they went in", arguments: SQLDriver.allCases)
    func values(driver: SQLDriver) async throws {
        let database = try await driver.open(folder)
        for value in Self.values {
            let type =
                switch value {
                case .integer: "BIGINT"
                case .real: "DOUBLE PRECISION"
                case .blob: database.dialect.blobType
                case .text, .null: "TEXT"
                }
            try await database.write([
                "DROP TABLE IF EXISTS kept", SQLStatement(composed: "CREATE TABLE kept (value \(type))"),
                "INSERT INTO kept VALUES (\(bind: value))",
            ])
            #expect(try await database.query("SELECT value FROM kept").map(\.values) == [[value]])

        }
        await database.close()
    }

    @Test("what not every database can hold is refused by all", arguments: SQLDriver.allCases)
    func refusedValues(driver: SQLDriver) async throws {
        let database = try await driver.openNotes(folder)
        for value: SQLValue in [.real(.nan), .text("a\u{0}b")] {
            await #expect {
                try await database.write("INSERT INTO notes (id, title) VALUES (1, \(bind: value))")
            } throws: { kind(of: $0) == "invalidValue" }
        }
        #expect(try await Notes.ids(database) == [])
    }

    @Test("a unit whose n-th statement fails leaves nothing behind", arguments: SQLDriver.allCases, 0..<4)
    func units(driver: SQLDriver, failing: Int) async throws {
        let database = try await driver.openNotes(folder)
        try await database.write(Notes.insert(100))
        var unit = (0..<4).map { Notes.insert($0) }
        unit[failing] = Notes.insert(100)
        await #expect { try await database.write(unit) } throws: { kind(of: $0) == "conflict" }
        #expect(try await Notes.ids(database) == [100])
        unit.remove(at: failing)
        #expect(try await database.write(unit).count == 3)
        #expect(try await Notes.ids(database).count == 4)
    }

    @Test("an empty unit does nothing", arguments: SQLDriver.allCases)
    func emptyUnit(driver: SQLDriver) async throws {
        #expect(try await driver.open(folder).write([]).isEmpty)
    }

    @Test("broken rules are told apart", arguments: SQLDriver.allCases)
    func rules(driver: SQLDriver) async throws {
        let database = try await driver.openNotes(folder)
        try await database.write(Notes.insert(1, "taken"))
        func failure(_ statement: SQLStatement) async -> String? {
            do {
                try await database.write(statement)
                return nil
            } catch {
                #expect(!"\(error)".contains("notes"), "a message must not tell the schema")
                return kind(of: error)
            }
        }
        #expect(await failure(Notes.insert(1)) == "conflict")
        #expect(await failure(Notes.insert(2, "taken")) == "conflict")
        #expect(await failure(Notes.insert(2, stars: 6)) == "constraint")
        #expect(await failure("INSERT INTO notes (id, stars) VALUES (2, NULL)") == "constraint")
        #expect(
            await failure("INSERT INTO remarks VALUES (9, 'reference that is found missing at the commit')")
                == "constraint")
        #expect(await failure(Notes.insert(2, stars: 5)) == nil)
    }

    @Test("a result tells how many rows changed, and brings those asked for", arguments: SQLDriver.allCases)
    func results(driver: SQLDriver) async throws {
        let database = try await driver.openNotes(folder)
        let results = try await database.write([
            Notes.insert(1, "a"), Notes.insert(2, "b"), "UPDATE notes SET stars = 3",
            "DELETE FROM notes WHERE id = 7", "CREATE TABLE more (id BIGINT)",
            "UPDATE notes SET stars = stars + 1 WHERE id = 2 RETURNING id, stars",
            """
            INSERT INTO notes (id, title) VALUES (9, 'b')
            ON CONFLICT (title) DO UPDATE SET stars = notes.stars + 1 RETURNING stars
            """,
        ])
        #expect(results.map(\.changedRows) == [1, 1, 2, 0, 0, 1, 1])
        #expect(results[5].rows.map(\.values) == [[2, 4]])
        #expect(results[5].rows.first?.names == ["id", "stars"])
        #expect(try results[6].rows.first?.integer("stars") == 5)
    }

    @Test(
        "statements that are wrong, several, or out of place are refused", arguments: SQLDriver.allCases,
        [
            "SELEC 1", "SELECT * FROM absent", "SELECT 1; DELETE FROM notes", "", "-- nothing", "SELECT ?",
            "INSERT INTO notes (id) VALUES (2)", "DELETE FROM notes RETURNING id", "DROP TABLE notes", "BEGIN",
            "COMMIT",
        ] as [SQLStatement])
    func refusedQueries(driver: SQLDriver, statement: SQLStatement) async throws {
        let database = try await driver.openNotes(folder)
        try await database.write(Notes.insert(1))
        for run in [
            { try await database.query(statement).count }, { try await database.lookup(statement) == nil ? 0 : 1 },
        ] {
            await #expect { try await run() } throws: { error in
                guard case StorageError.invalidStatement? = error as? StorageError else { return false }
                return !"\(error)".contains("notes") && !"\(error)".contains("SELEC")
            }
        }
        #expect(try await Notes.ids(database) == [1])
    }

    @Test(
        "a unit cannot control the transaction it shares", arguments: SQLDriver.allCases,
        ["COMMIT", "ROLLBACK", "BEGIN", "SAVEPOINT x", "RELEASE unit", "ROLLBACK TO unit"] as [SQLStatement])
    func refusedControl(driver: SQLDriver, statement: SQLStatement) async throws {
        let database = try await driver.openNotes(folder)
        await #expect { try await database.write([Notes.insert(1), statement]) } throws: {
            kind(of: $0) == "invalidStatement"
        }
        #expect(try await Notes.ids(database) == [])
    }

    @Test("a lookup finds one row, none, or the first of many", arguments: SQLDriver.allCases)
    func lookups(driver: SQLDriver) async throws {
        let database = try await driver.openNotes(folder)
        try await database.write((1...3).map { Notes.insert($0, "note \($0)") })
        #expect(try await database.lookup("SELECT title FROM notes WHERE id = \(bind: 2)")?.text("title") == "note 2")
        #expect(try await database.lookup("SELECT title FROM notes WHERE id = 9") == nil)
        #expect(try await database.lookup("SELECT id FROM notes ORDER BY id DESC")?.integer("id") == 3)
    }

    @Test("a lookup that turns out to be large still answers", arguments: SQLDriver.allCases)
    func largeLookup(driver: SQLDriver) async throws {
        let database = try await driver.open(folder)
        let row = try await database.lookup(
            """
            WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 200000)
            SELECT COUNT(*) AS total FROM numbers
            """)
        #expect(try row?.integer("total") == 200_000)
    }

    @Test("a statement follows a change of the columns it reads", arguments: SQLDriver.allCases)
    func changedColumns(driver: SQLDriver) async throws {
        let database = try await driver.open(folder)
        try await database.write(["CREATE TABLE t (a BIGINT)", "INSERT INTO t VALUES (1)"])
        #expect(try await database.query("SELECT * FROM t").first?.names == ["a"])
        try await database.write(["ALTER TABLE t ADD COLUMN b BIGINT", "ALTER TABLE t RENAME COLUMN a TO z"])
        for _ in 0..<4 {
            #expect(try await database.query("SELECT * FROM t").first?.names == ["z", "b"])
            #expect(try await database.lookup("SELECT * FROM t")?.values == [1, nil])
        }
    }

    @Test("what was written is there after closing and opening again", arguments: SQLDriver.allCases)
    func reopening(driver: SQLDriver) async throws {
        let first = try await driver.openNotes(folder)
        try await first.write(Notes.insert(1))
        await first.close()
        await first.close()
        for call in [
            { _ = try await first.query("SELECT 1") }, { _ = try await first.lookup("SELECT 1") },
            { _ = try await first.write("DELETE FROM notes") }, { _ = try await first.transaction { _ in 1 } },
        ] {
            await #expect { try await call() } throws: { kind(of: $0) == "unavailable" }
        }
        let second = try await driver.open(folder)
        #expect(try await Notes.ids(second) == [1])
    }
}
