import Foundation
import Storage
import Synchronization
import TestSupport
import Testing

/// What is particular to the SQLite driver: its queue, its groups, its file.
@Suite(.timeLimit(.minutes(10)))
struct SQLiteDatabaseTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func open(_ adjust: (inout SQLiteConfiguration) -> Void = { _ in }) async throws -> SQLiteDatabase {
        var configuration = SQLiteConfiguration()
        adjust(&configuration)
        let database = try SQLiteDatabase(file: folder.file("test.sqlite"), configuration: configuration)
        try await database.migrate(Notes.migrations, namespace: "notes")
        return database
    }

    /// Keeps the writer busy with a transaction until the gate opens.
    private func hold(_ database: SQLiteDatabase, until gate: Gate) async -> Task<Void, any Error> {
        let began = Gate()
        let task = Task {
            try await database.transaction { _ in
                await began.open()
                await gate.wait()
            }
        }
        await began.wait()
        return task
    }

    @Test(
        "units that wait together share a commit, up to the largest group",
        arguments: [(256, [1, 40]), (16, [1, 16, 16, 8])])
    func groups(maximum: Int, expected: [Int]) async throws {
        let commits = Mutex<[Int]>([])
        let database = try await open {
            $0.maximumGroup = maximum
            $0.onCommit = { units, _ in commits.withLock { $0.append(units) } }
        }
        try await database.write(Notes.insert(1_000))
        let gate = Gate()
        let holder = await hold(database, until: gate)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for id in 0..<40 { group.addTask { try await database.write(Notes.insert(id)) } }
            await until { database.waitingWrites == 40 }
            await gate.open()
            try await group.waitForAll()
        }
        try await holder.value
        // A commit is reported after its units have been told.
        await until { commits.withLock { $0.reduce(0, +) } >= expected.reduce(0, +) }
        #expect(commits.withLock(\.self) == expected)
        #expect(try await Notes.ids(database).count == 41)
    }

    @Test("a task cancelled while its unit waits takes it back")
    func cancellation() async throws {
        let database = try await open()
        let gate = Gate()
        let holder = await hold(database, until: gate)
        let task = Task { try await database.write(Notes.insert(1)) }
        let neighbour = Task { try await database.write(Notes.insert(2)) }
        await until { database.waitingWrites == 2 }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(database.waitingWrites == 1)
        await gate.open()
        _ = try await (holder.value, neighbour.value)
        #expect(try await Notes.ids(database) == [2])
    }

    @Test("more than may wait is refused at once")
    func fullQueue() async throws {
        let database = try await open { $0.maximumWaitingWrites = 3 }
        let gate = Gate()
        let holder = await hold(database, until: gate)
        let waiting = (0..<3).map { id in Task { try await database.write(Notes.insert(id)) } }
        await until { database.waitingWrites == 3 }
        await #expect { try await database.write(Notes.insert(9)) } throws: { kind(of: $0) == "busy" }
        await #expect { try await database.transaction { _ in } } throws: { kind(of: $0) == "busy" }
        await gate.open()
        for task in waiting { _ = try await task.value }
        try await holder.value
        #expect(try await Notes.ids(database) == [0, 1, 2])
    }

    @Test("a unit that waits too long is not done, even if the writer is stuck")
    func waitingTooLong() async throws {
        let database = try await open()
        var configuration = SQLiteConfiguration()
        configuration.timeout = .milliseconds(200)
        // Without migrations, for which the time may be too short on a busy machine.
        let other = try SQLiteDatabase(file: folder.file("test.sqlite"), configuration: configuration)
        let gate = Gate()
        // The first holds the lock of the file against the second, whose writer waits for it and whose queue waits behind.
        let holder = await hold(database, until: gate)
        let tasks = (0..<3).map { id in Task { try await other.write(Notes.insert(id)) } }
        for task in tasks {
            await #expect { try await task.value } throws: { kind(of: $0) == "timeout" }
        }
        await #expect { try await other.transaction { _ in } } throws: { kind(of: $0) == "timeout" }
        await gate.open()
        try await holder.value
        // On a busy machine a commit may take longer than the time; what was not done can be done again.
        try await eventually { (try? await other.write(Notes.insert(7))) != nil }
        #expect(try await Notes.ids(database) == [7])
        await database.close()
        await other.close()
    }

    @Test("closing finishes what was accepted")
    func closing() async throws {
        let database = try await open()
        let gate = Gate()
        let holder = await hold(database, until: gate)
        let waiting = (0..<10).map { id in Task { try await database.write(Notes.insert(id)) } }
        await until { database.waitingWrites == 10 }
        let closing = Task { await database.close() }
        await gate.open()
        for task in waiting { _ = try await task.value }
        try await holder.value
        await closing.value
        #expect(try folder.files() == ["test.sqlite"], "the log is put back into the file")
        #expect(try await Notes.ids(open()).count == 10)
    }

    @Test("a query without end is stopped at its deadline, alone")
    func endlessQuery() async throws {
        let patient = try await open()
        var configuration = SQLiteConfiguration()
        configuration.timeout = .milliseconds(200)
        let database = try SQLiteDatabase(file: folder.file("test.sqlite"), configuration: configuration)
        let endless: SQLStatement = """
            WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers) SELECT COUNT(*) FROM numbers
            """
        await #expect { try await database.query(endless) } throws: { kind(of: $0) == "timeout" }
        await #expect { try await database.lookup(endless) } throws: { kind(of: $0) == "timeout" }
        await #expect {
            try await database.write([Notes.insert(1), "UPDATE notes SET stars = (\(part: endless))"])
        } throws: { kind(of: $0) == "timeout" }
        try await eventually { (try? await database.write(Notes.insert(2))) != nil }
        #expect(try await Notes.ids(patient) == [2])
        await database.close()
        await patient.close()
    }

    @Test("without room a write fails, what was there stays, and small units beside it are kept")
    func fullDisk() async throws {
        let database = try await open { $0.maximumPages = 60 }
        try await database.write(Notes.insert(1_000))
        let gate = Gate()
        let holder = await hold(database, until: gate)
        let large: SQLStatement =
            "UPDATE notes SET content = \(bind: [UInt8](repeating: 1, count: 1 << 20)) WHERE id = 1000"
        let small = (0..<10).map { id in Task { try await database.write(Notes.insert(id)) } }
        let tooLarge = Task { try await database.write(large) }
        await until { database.waitingWrites == 11 }
        await gate.open()
        await #expect { try await tooLarge.value } throws: { kind(of: $0) == "full" }
        for task in small { _ = try await task.value }
        try await holder.value
        await #expect { try await database.transaction { try await $0.execute(large) } } throws: {
            kind(of: $0) == "full"
        }
        #expect(try await Notes.ids(database) == Array(0..<10) + [1_000])
    }

    @Test("what cannot be a database is told apart from what cannot be opened, without telling where it is")
    func unusableFiles() async throws {
        try Data(repeating: 65, count: 8_192).write(to: folder.file("text"))
        try FileManager.default.createDirectory(at: folder.file("folder"), withIntermediateDirectories: true)
        try Data().write(to: folder.file("empty"))
        for (name, expected) in [("text", "corrupt"), ("folder", "unavailable"), ("text/below", "unavailable")] {
            #expect { try SQLiteDatabase(file: folder.file(name)) } throws: { error in
                kind(of: error) == expected && !"\(error)".contains(folder.url.lastPathComponent)
            }
        }
        try await SQLiteDatabase(file: folder.file("empty")).close()
    }

    @Test("a unit in which one statement gives up the whole transaction is the only one to fail")
    func transactionTakenAway() async throws {
        let database = try await open()
        try await database.write([
            Notes.insert(1_000),
            """
            CREATE TRIGGER no_thirteen BEFORE INSERT ON notes WHEN NEW.id = 13
            BEGIN SELECT RAISE(ROLLBACK, 'not thirteen'); END
            """,
        ])
        let gate = Gate()
        let holder = await hold(database, until: gate)
        let tasks = (0..<20).map { id in Task { try await database.write(Notes.insert(id)) } }
        await until { database.waitingWrites == 20 }
        await gate.open()
        for (id, task) in tasks.enumerated() {
            if id == 13 {
                await #expect { try await task.value } throws: { kind(of: $0) == "constraint" }
            } else {
                _ = try await task.value
            }
        }
        try await holder.value
        #expect(try await Notes.ids(database).count == 20)
    }
}
