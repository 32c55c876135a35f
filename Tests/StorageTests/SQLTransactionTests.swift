import Foundation
import Storage
import Synchronization
import TestSupport
import Testing

/// What every SQL database promises about transactions.
@Suite(.timeLimit(.minutes(10)))
struct SQLTransactionTests {
    private struct Change: Error {}

    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test("a body reads what it wrote, and others see it when it has ended", arguments: SQLDriver.allCases)
    func visibility(driver: SQLDriver) async throws {
        let database = try await driver.openNotes(folder)
        let count = try await database.transaction { transaction in
            try await transaction.execute(Notes.insert(1))
            #expect(try await Notes.ids(database) == [])
            return try await transaction.query("SELECT id FROM notes").count
        }
        #expect(count == 1)
        #expect(try await Notes.ids(database) == [1])
    }

    @Test("a body that throws leaves nothing behind, and its error is passed on", arguments: SQLDriver.allCases)
    func rollback(driver: SQLDriver) async throws {
        let database = try await driver.openNotes(folder)
        await #expect(throws: Change.self) {
            try await database.transaction { transaction in
                try await transaction.execute(Notes.insert(1))
                throw Change()
            }
        }
        try await database.write(Notes.insert(2))
        #expect(try await Notes.ids(database) == [2])
    }

    @Test("after a failed statement nothing is kept, even if the body goes on", arguments: SQLDriver.allCases)
    func failure(driver: SQLDriver) async throws {
        let database = try await driver.openNotes(folder)
        try await database.write(Notes.insert(1))
        await #expect {
            try await database.transaction { transaction in
                try await transaction.execute(Notes.insert(2))
                _ = try? await transaction.execute(Notes.insert(1))
                _ = try? await transaction.execute(Notes.insert(3))
            }
        } throws: { kind(of: $0) == "conflict" }
        #expect(try await Notes.ids(database) == [1])
    }

    @Test("a rule that is checked at the end undoes the transaction", arguments: SQLDriver.allCases)
    func failureAtTheEnd(driver: SQLDriver) async throws {
        let database = try await driver.openNotes(folder)
        await #expect {
            try await database.transaction { transaction in
                try await transaction.execute(Notes.insert(1))
                try await transaction.execute("INSERT INTO remarks VALUES (9, 'x')")
            }
        } throws: { kind(of: $0) == "constraint" }
        #expect(try await Notes.ids(database) == [])
    }

    @Test("a query in a body must not change anything", arguments: SQLDriver.allCases)
    func queries(driver: SQLDriver) async throws {
        let database = try await driver.openNotes(folder)
        await #expect {
            try await database.transaction { _ = try await $0.query("DELETE FROM notes RETURNING id") }
        } throws: { kind(of: $0) == "invalidStatement" }
    }

    @Test("a body that would wait for itself is told so", arguments: SQLDriver.allCases)
    func nesting(driver: SQLDriver) async throws {
        let database = try await driver.openNotes(folder)
        for inner: @Sendable () async throws -> Void in [
            { _ = try await database.write(Notes.insert(1)) },
            { try await database.transaction { _ = try await $0.execute(Notes.insert(1)) } },
        ] {
            await #expect {
                try await database.transaction { _ in try await inner() }
            } throws: { kind(of: $0) == "invalidStatement" }
        }
        #expect(try await Notes.ids(database) == [])
    }

    @Test("a task that outlives the body which started it may write", arguments: SQLDriver.allCases)
    func afterwards(driver: SQLDriver) async throws {
        let database = try await driver.openNotes(folder)
        let ended = Gate()
        let task = try await database.transaction { _ in
            Task {
                await ended.wait()
                try await database.write(Notes.insert(1))
            }
        }
        await ended.open()
        _ = try await task.value
        #expect(try await Notes.ids(database) == [1])
    }

    @Test("a transaction is of no use after its end", arguments: SQLDriver.allCases)
    func escaping(driver: SQLDriver) async throws {
        let database = try await driver.openNotes(folder)
        let escaped = try await database.transaction { $0 }
        await #expect {
            try await escaped.execute(Notes.insert(1))
        } throws: { kind(of: $0) == "invalidStatement" }
        #expect(try await Notes.ids(database) == [])
    }

    @Test("a body that takes too long is undone, and does not hold up others for ever", arguments: SQLDriver.allCases)
    func expiry(driver: SQLDriver) async throws {
        let database = try await driver.openNotes(folder)
        let gate = Gate()
        let hasBegun = Atomic(false)
        // On a busy machine the time may be up before the body's turn comes.
        while !hasBegun.load(ordering: .sequentiallyConsistent) {
            await #expect {
                try await database.transaction(timeout: .milliseconds(50)) { transaction in
                    hasBegun.store(true, ordering: .sequentiallyConsistent)
                    _ = try? await transaction.execute(Notes.insert(1))
                    // Not a child of this task, so not inside its transaction.
                    Task.detached {
                        try await database.write(Notes.insert(2))
                        await gate.open()
                    }
                    await gate.wait()
                    // A server need not keep the others waiting until then.
                    while true { _ = try await transaction.query("SELECT 1") }
                }
            } throws: { kind(of: $0) == "timeout" }
        }
        #expect(try await Notes.ids(database) == [2])
    }

    @Test("a cancelled body is undone", arguments: SQLDriver.allCases)
    func cancellation(driver: SQLDriver) async throws {
        let database = try await driver.openNotes(folder)
        let began = Gate()
        let cancelled = Gate()
        let task = Task {
            try await database.transaction { transaction in
                try await transaction.execute(Notes.insert(1))
                await began.open()
                await cancelled.wait()
                try await transaction.execute(Notes.insert(2))
            }
        }
        await began.wait()
        task.cancel()
        await cancelled.open()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try await Notes.ids(database) == [])
    }
}
