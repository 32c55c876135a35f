import Foundation
import Storage
import Synchronization
import TestSupport
import Testing

/// SQLite's write-ahead log, which is put back into the file beside the writer, and the groups that share its commits.
@Suite(.timeLimit(.minutes(10)))
struct SQLiteLogTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func open(_ adjust: (inout SQLiteConfiguration) -> Void) async throws -> SQLiteDatabase {
        var configuration = SQLiteConfiguration()
        adjust(&configuration)
        let database = try SQLiteDatabase(file: folder.file("test.sqlite"), configuration: configuration)
        try await database.migrate(Notes.migrations, namespace: "notes")
        return database
    }

    private func size(_ name: String) throws -> Int {
        try FileManager.default.attributesOfItem(atPath: folder.file(name).path)[.size] as? Int ?? 0
    }

    @Test("does not grow beyond its bound by much while many write, and what was in it is in the file")
    func bound() async throws {
        let database = try await open { $0.logThreshold = 100 }
        let content = [UInt8](repeating: 7, count: 3_000)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for client in 0..<8 {
                group.addTask {
                    for number in 0..<500 {
                        try await database.write([
                            Notes.insert(client * 500 + number),
                            "UPDATE notes SET content = \(bind: content) WHERE id = \(bind: client * 500 + number)",
                        ])
                    }
                }
            }
            try await group.waitForAll()
        }
        // Twelve megabytes were written; the bound is 0.4.
        #expect(try size("test.sqlite") > 8 << 20)
        #expect(try size("test.sqlite-wal") < 4 << 20)
        #expect(try await Notes.ids(database).count == 4_000)
        await database.close()
        #expect(try folder.files() == ["test.sqlite"])
    }

    @Test("can be emptied while others write and pages are moved")
    func emptying() async throws {
        let database = try await open { $0.logThreshold = 10 }
        let writers = (0..<4).map { client in
            Task {
                var number = client
                while !Task.isCancelled {
                    _ = try? await database.write(Notes.insert(number))
                    number += 4
                }
                return number / 4
            }
        }
        for _ in 0..<20 { try await database.emptyLog() }
        for writer in writers {
            writer.cancel()
            #expect(await writer.value > 0)
        }
        try await database.emptyLog()
        #expect(try size("test.sqlite-wal") == 0)
    }

    @Test("after a commit that many shared the next waits for as many others, but after a small one it does not")
    func gathering() async throws {
        let commits = Mutex<[Int]>([])
        // So long that no machine is so busy; nothing here waits until the time is up.
        let gathering = Duration.seconds(300)
        let database = try await open {
            $0.gathering = gathering
            $0.manyUnits = 4
            $0.onCommit = { units, _ in commits.withLock { $0.append(units) } }
        }
        let start = ContinuousClock.now
        for id in 20..<23 { try await database.write(Notes.insert(id)) }
        let (began, gate) = (Gate(), Gate())
        let holder = Task {
            try await database.transaction { _ in
                await began.open()
                await gate.wait()
            }
        }
        await began.wait()
        let many = (0..<8).map { id in Task { try await database.write(Notes.insert(id)) } }
        await until { database.waitingWrites == 8 }
        await gate.open()
        for task in many { _ = try await task.value }
        try await holder.value
        // The writer takes the first of these at once unless it waits.
        let others = (10..<18).map { id in Task { try await database.write(Notes.insert(id)) } }
        for task in others { _ = try await task.value }
        #expect(start.duration(to: .now) < gathering)
        await until { commits.withLock { $0.count } >= 5 }
        #expect(commits.withLock(\.self) == [1, 1, 1, 8, 8])
        await database.close()
    }
}
