import Glibc
import Synchronization

/// The connection that commits units, and the queue in front of it.
final class PostgreSQLWriter: Sendable {
    private let lane: PostgreSQLLane<SQLWriteUnit>

    /// - Parameter detour: takes over units that wait for the lock of another transaction.
    init(_ connector: PostgreSQLConnector, detour: @escaping @Sendable (SQLWriteUnit) -> Void) {
        let configuration = connector.configuration
        let gathering = Gathering(limit: configuration.maximumGroup)
        lane = PostgreSQLLane(
            "writer", role: .writing, capacity: configuration.maximumWaitingWrites, connector: connector
        ) { queue in
            gathering.wait(for: queue)
            return queue.take(limit: configuration.maximumGroup)
        } serve: { entries, connection, queue in
            let start = ContinuousClock.now
            let left = PostgreSQLGroup(connection, detour: detour).commit(entries.map(\.work))
            queue.putBack(left.map { ($0, $0.deadline) })
            let duration = ContinuousClock.now - start
            gathering.note(units: entries.count, waiting: queue.count, duration)
            configuration.onCommit?(entries.count - left.count, duration)
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
                let unit = SQLWriteUnit(statements, deadline: deadline, continuation)
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

    /// Gives those whose units were just kept a moment to come back with their next ones.
    ///
    /// Callers that write one row after the other would fall into two halves that take turns, each waiting for the
    /// other's commit, and a commit would carry half of what it could. A moment is an eighth of a commit at most, and a
    /// caller who is alone never waits.
    private final class Gathering: Sendable {
        private struct Past {
            var units = 0
            var pause = Duration.zero
        }

        private let limit: Int
        private let past = Mutex(Past())

        init(limit: Int) { self.limit = limit }

        /// Notes a commit and how many came while it was under way.
        func note(units: Int, waiting: Int, _ duration: Duration) {
            past.withLock { $0 = Past(units: min(units + waiting, limit), pause: min(duration / 8, .milliseconds(1))) }
        }

        /// Waits until as many units are there as there have been callers, or the moment is over.
        func wait(for queue: WorkQueue<SQLWriteUnit>) {
            let past = past.withLock(\.self)
            let end = ContinuousClock.now + past.pause
            while queue.count < past.units, .now < end { usleep(20) }
        }
    }
}
