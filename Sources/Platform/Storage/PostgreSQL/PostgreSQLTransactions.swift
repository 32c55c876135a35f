import Synchronization

/// The connections that transactions have to themselves, and the queue in front of them.
final class PostgreSQLTransactions: Sendable {
    /// What waits for a connection.
    private enum Work: AwaitedWork {
        case transaction(PostgreSQLTransactionSession)
        /// A unit that would hold up the writer.
        case unit(SQLWriteUnit)

        func abandon(_ error: any Error) {
            switch self {
            case .transaction(let session): session.abandon(error)
            case .unit(let unit): unit.abandon(error)
            }
        }
    }

    private let lane: PostgreSQLLane<Work>

    init(_ connector: PostgreSQLConnector) {
        lane = PostgreSQLLane(
            "transaction", role: .transactions, capacity: connector.configuration.maximumWaitingTransactions,
            connector: connector
        ) { queue in
            queue.take()
        } serve: { entries, connection, queue in
            for entry in entries {
                switch entry.work {
                case .transaction(let session): session.serve(on: connection)
                case .unit(let unit):
                    let left = PostgreSQLGroup(connection, detour: nil).commit([unit])
                    queue.putBack(left.map { (.unit($0), $0.deadline) })
                }
            }
        }
    }

    /// Takes over a unit that waits for the lock of another transaction.
    func takeOver(_ unit: SQLWriteUnit) {
        lane.queue.append(.unit(unit), lane.queue.ticket(), deadline: unit.deadline)
    }

    /// Waits for a connection.
    ///
    /// - Parameters:
    ///   - timeout: how long the body may take.
    ///   - deadline: until when its turn must have come.
    func begin(
        _ kind: PostgreSQLTransactionSession.Kind = .serializable, timeout: Duration,
        by deadline: ContinuousClock.Instant
    ) async throws -> PostgreSQLTransactionSession {
        try Task.checkCancellation()
        let queue = lane.queue
        let ticket = queue.ticket()
        let session = Mutex<PostgreSQLTransactionSession?>(nil)
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let begun = PostgreSQLTransactionSession(kind, timeout: timeout, continuation)
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
    func stopAccepting() { lane.stopAccepting() }

    /// Waits until all work is done and the connections are closed.
    func finished() async { await lane.finished() }
}
