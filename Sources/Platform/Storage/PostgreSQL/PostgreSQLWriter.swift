/// The connection that commits units, and the queue in front of it.
final class PostgreSQLWriter: Sendable {
    private let lane: PostgreSQLLane<PostgreSQLWriteUnit>

    /// - Parameter detour: takes over units that wait for the lock of another transaction.
    init(_ connector: PostgreSQLConnector, detour: @escaping @Sendable (PostgreSQLWriteUnit) -> Void) {
        let configuration = connector.configuration
        lane = PostgreSQLLane(
            "writer", role: .writing, capacity: configuration.maximumWaitingWrites, connector: connector
        ) { queue in
            queue.take(limit: configuration.maximumGroup)
        } serve: { entries, connection, queue in
            let start = ContinuousClock.now
            let left = PostgreSQLGroup(connection, detour: detour).commit(entries.map(\.work))
            queue.putBack(left.map { ($0, $0.deadline) })
            configuration.onCommit?(entries.count - left.count, .now - start)
        }
    }

    /// Units whose turn has not come.
    var waiting: Int { lane.queue.count }

    /// Waits for its turn and runs statements as a unit.
    func write(_ statements: [SQLStatement], timeout: Duration) async throws -> [SQLResult] {
        try Task.checkCancellation()
        let queue = lane.queue
        let ticket = queue.ticket()
        let deadline = ContinuousClock.now + timeout
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let unit = PostgreSQLWriteUnit(statements, deadline: deadline, continuation)
                queue.append(unit, ticket, deadline: deadline)
            }
        } onCancel: {
            queue.cancel(ticket)
        }
    }

    /// Refuses new work; what waits is still done.
    func stopAccepting() { lane.stopAccepting() }

    /// Waits until all work is done and the connection is closed.
    func finished() async { await lane.finished() }
}
