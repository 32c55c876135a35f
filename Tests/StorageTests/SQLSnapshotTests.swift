import Storage
import TestSupport
import Testing

@Suite("snapshots", .timeLimit(.minutes(10)))
struct SQLSnapshotTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test("everything is read as it was at one moment, while others write", arguments: SQLDriver.allCases)
    func moment(driver: SQLDriver) async throws {
        let database = try await driver.openNotes(folder)
        try await database.write([Notes.insert(1), Notes.insert(2)])
        let counts = try await database.snapshot(timeout: .seconds(30)) { snapshot in
            let before = try await snapshot.query("SELECT id FROM notes").count
            // Writers do not wait for it.
            try await database.write([Notes.insert(3), "DELETE FROM notes WHERE id = 1", Notes.insert(4)])
            let after = try await snapshot.query("SELECT id FROM notes ORDER BY id").map { try $0.integer("id") }
            #expect(after == [1, 2])
            return before
        }
        #expect(counts == 2)
        #expect(try await Notes.ids(database) == [2, 3, 4])
        await database.close()
    }

    @Test("it changes nothing, ends with its body's error, and lets the next one begin", arguments: SQLDriver.allCases)
    func refusals(driver: SQLDriver) async throws {
        let database = try await driver.openNotes(folder)
        await #expect(throws: StorageError.self) {
            try await database.snapshot(timeout: .seconds(30)) { _ = try await $0.query(Notes.insert(1)) }
        }
        await #expect(throws: CancellationError.self) {
            try await database.snapshot(timeout: .seconds(30)) { _ in throw CancellationError() }
        }
        for _ in 0..<10 {
            #expect(
                try await database.snapshot(timeout: .seconds(30)) { try await $0.query("SELECT 1 AS a") }.count == 1)
        }
        #expect(try await Notes.ids(database) == [])
        await database.close()
    }
}
