import Synchronization

/// The one connection that changes a database, with its thread and the queue in front of it.
final class SQLiteWriter: Sendable {
    /// What waits for the writer.
    enum Work: AwaitedWork {
        case unit(SQLWriteUnit)
        case transaction(SQLiteTransactionSession)

        func abandon(_ error: any Error) {
            switch self {
            case .unit(let unit): unit.abandon(error)
            case .transaction(let session): session.abandon(error)
            }
        }

        var mayShareACommit: Bool { if case .unit = self { true } else { false } }
    }

    private let queue: WorkQueue<Work>
    private let thread: WorkerThread

    init(_ connection: sending SQLiteConnection, configuration: SQLiteConfiguration) {
        let queue = WorkQueue<Work>(name: "writer", capacity: configuration.maximumWaitingWrites)
        let slot = SQLiteConnectionSlot(connection)
        self.queue = queue
        thread = WorkerThread(name: "sqlite-writer") {
            slot.connection.withLock { connection in
                if let connection { Self.serve(queue, on: connection, configuration) }
                // Closing it here puts the log back into the file before anyone is told that the thread has finished.
                connection = nil
            }
        }
    }

    private static func serve(
        _ queue: WorkQueue<Work>, on connection: SQLiteConnection, _ configuration: SQLiteConfiguration
    ) {
        while let entries = queue.next(limit: configuration.maximumGroup, where: \.mayShareACommit) {
            if case .transaction(let session) = entries[0].work {
                session.serve(on: connection)
            } else {
                let start = ContinuousClock.now
                connection.commit(entries.compactMap { if case .unit(let unit) = $0.work { unit } else { nil } })
                configuration.onCommit?(entries.count, .now - start)
            }
        }
    }

    /// Units and transactions whose turn has not come.
    var waiting: Int { queue.count }

    /// Waits for its turn and runs statements as a unit.
    func write(_ statements: [SQLStatement], timeout: Duration) async throws -> [SQLResult] {
        try Task.checkCancellation()
        let ticket = queue.ticket()
        let deadline = ContinuousClock.now + timeout
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let unit = SQLWriteUnit(statements, deadline: deadline, continuation)
                queue.append(.unit(unit), ticket, deadline: deadline)
            }
        } onCancel: {
            queue.cancel(ticket)
        }
    }

    /// Waits for its turn and begins a transaction.
    func begin(timeout: Duration) async throws -> SQLiteTransactionSession {
        try Task.checkCancellation()
        let ticket = queue.ticket()
        let deadline = ContinuousClock.now + timeout
        let session = Mutex<SQLiteTransactionSession?>(nil)
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let begun = SQLiteTransactionSession(timeout: timeout, deadlineToBegin: deadline, continuation)
                session.withLock { $0 = begun }
                queue.append(.transaction(begun), ticket, deadline: deadline)
            }
        } onCancel: {
            queue.cancel(ticket)
        }
        guard let session = session.withLock({ $0 }) else { throw StorageError.unavailable() }
        return session
    }

    /// Refuses new work; what waits is still done.
    func stopAccepting() { queue.close() }

    /// Waits until all work is done and the connection is closed.
    func finished() async { await thread.finished() }
}
