import Foundation
import Synchronization

/// One moment of a SQLite file, read over a connection and a thread of its own.
///
/// As long as it lives SQLite cannot shorten its log, which grows by what is written meanwhile.
final class SQLiteSnapshot: SQLSnapshot {
    private let slot: SQLiteConnectionSlot
    private let threads: BlockingThreads
    private let deadline: ContinuousClock.Instant

    /// Opens the file and fixes the moment.
    ///
    /// - Parameter timeout: how long it may be used.
    init(file: URL, configuration: SQLiteConfiguration, timeout: Duration) async throws {
        let threads = BlockingThreads(name: "sqlite-snapshot", count: 1, capacity: 16)
        let deadline = ContinuousClock.now + timeout
        self.threads = threads
        self.deadline = deadline
        slot = try await threads.run(timeout: configuration.timeout) { () throws(StorageError) in
            let connection = try SQLiteConnection(file: file, role: .reading, configuration: configuration)
            connection.limit(until: deadline, locksUntil: .now + configuration.timeout)
            try connection.control("BEGIN")
            // The moment is that of the first statement that reads.
            try connection.control("SELECT COUNT(*) FROM sqlite_schema")
            return SQLiteConnectionSlot(connection)
        }
    }

    func query(_ statement: SQLStatement) async throws -> [SQLRow] {
        let (slot, deadline) = (slot, deadline)
        guard ContinuousClock.now < deadline else { throw StorageError.timeout(detail: "the snapshot is too old") }
        return try await threads.run(timeout: deadline - .now) { () throws(StorageError) in
            try slot.query(statement)
        }
    }

    /// Lets go of the moment.
    func end() async {
        await threads.close()
        slot.connection.withLock { $0 = nil }
    }
}

extension SQLiteConnectionSlot {
    /// Runs a statement that changes nothing on the connection.
    fileprivate func query(_ statement: SQLStatement) throws(StorageError) -> [SQLRow] {
        let rows: Result<[SQLRow], StorageError> = connection.withLock { connection in
            guard let connection else { return .failure(.unavailable(detail: "the snapshot has ended")) }
            return Result { () throws(StorageError) in try connection.query(statement) }
        }
        return try rows.get()
    }
}
