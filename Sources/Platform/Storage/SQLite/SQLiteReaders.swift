import Foundation
import Synchronization

/// The connections that read a database, each with a thread, and the queue in front of them.
final class SQLiteReaders: Sendable {
    /// A statement and the task that waits for its rows.
    private struct Query: AwaitedWork {
        let statement: SQLStatement
        let continuation: CheckedContinuation<[SQLRow], any Error>

        func abandon(_ error: any Error) { continuation.resume(throwing: error) }
    }

    private let queue: WorkQueue<Query>
    private let threads: [WorkerThread]

    init(file: URL, configuration: SQLiteConfiguration) throws(StorageError) {
        let queue = WorkQueue<Query>(name: "readers", capacity: configuration.maximumWaitingReads)
        self.queue = queue
        // All that may fail comes before the first thread.
        var connections: [SQLiteConnectionSlot] = []
        for _ in 0..<min(max(configuration.readers, 1), 64) {
            connections.append(
                SQLiteConnectionSlot(try SQLiteConnection(file: file, role: .reading, configuration: configuration)))
        }
        threads = connections.map { slot in
            WorkerThread(name: "sqlite-reader") {
                slot.connection.withLock { connection in
                    if let connection { Self.serve(queue, on: connection) }
                    connection = nil
                }
            }
        }
    }

    private static func serve(_ queue: WorkQueue<Query>, on connection: SQLiteConnection) {
        while let entry = queue.next()?.first {
            connection.limit(until: entry.deadline, locksUntil: entry.deadline)
            let rows = Result { try connection.query(entry.work.statement) }
            entry.work.continuation.resume(with: rows)
        }
    }

    /// Waits for a reader and runs a statement.
    func query(_ statement: SQLStatement, timeout: Duration) async throws -> [SQLRow] {
        try Task.checkCancellation()
        let ticket = queue.ticket()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                queue.append(
                    Query(statement: statement, continuation: continuation), ticket, deadline: .now + timeout)
            }
        } onCancel: {
            queue.cancel(ticket)
        }
    }

    /// Refuses new work; what waits is still done.
    func stopAccepting() { queue.close() }

    /// Waits until all work is done and the connections are closed.
    func finished() async {
        for thread in threads { await thread.finished() }
    }
}
