import Foundation
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

    init(
        _ connection: sending SQLiteConnection, checkpointer: SQLiteCheckpointer, configuration: SQLiteConfiguration
    ) {
        let queue = WorkQueue<Work>(name: "writer", capacity: configuration.maximumWaitingWrites)
        let slot = SQLiteConnectionSlot(connection)
        self.queue = queue
        thread = WorkerThread(name: "sqlite-writer") {
            slot.connection.withLock { connection in
                if let connection { Self.serve(queue, on: connection, checkpointer, configuration) }
                // Closing it here puts the log back into the file before anyone is told that the thread has finished.
                connection = nil
            }
        }
    }

    private static func serve(
        _ queue: WorkQueue<Work>, on connection: SQLiteConnection, _ checkpointer: SQLiteCheckpointer,
        _ configuration: SQLiteConfiguration
    ) {
        var last = 0
        while queue.waitForWork() {
            if last >= configuration.manyUnits { gather(last, in: queue, for: configuration.gathering) }
            let entries = queue.take(limit: configuration.maximumGroup, where: \.mayShareACommit)
            // What there was has been taken back or is overdue.
            guard let first = entries.first else { continue }
            if case .transaction(let session) = first.work {
                session.serve(on: connection)
            } else {
                let start = ContinuousClock.now
                connection.commit(entries.compactMap { if case .unit(let unit) = $0.work { unit } else { nil } })
                configuration.onCommit?(entries.count, .now - start)
                last = entries.count
            }
            if checkpointer.shouldMoveRest(logOf: connection.logPages) { connection.moveLog() }
        }
    }

    /// Waits until as many units are there as shared the last commit, but not for long.
    ///
    /// By looking now and then: being woken for each unit would cost what a larger group is to save.
    private static func gather(_ wanted: Int, in queue: WorkQueue<Work>, for time: Duration) {
        let end = ContinuousClock.now + time
        while queue.count < wanted, .now < end { usleep(100) }
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
