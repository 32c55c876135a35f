/// The connections that read, and the queue in front of them.
///
/// Lookups that wait together share a round trip; other queries, which may take long, have a connection to themselves.
final class PostgreSQLReaders: Sendable {
    /// A statement and the task that waits for its rows.
    private struct Query: AwaitedWork {
        let statement: SQLStatement
        let isLookup: Bool
        var attempts = 0
        let continuation: CheckedContinuation<[SQLRow], any Error>

        func abandon(_ error: any Error) { continuation.resume(throwing: error) }
    }

    /// How often a read is done when the connection breaks: it may be the read that breaks it.
    private static let mostAttempts = 3

    private let lane: PostgreSQLLane<Query>

    init(_ connector: PostgreSQLConnector) {
        let configuration = connector.configuration
        lane = PostgreSQLLane(
            "reader", role: .reading, capacity: configuration.maximumWaitingReads, connector: connector
        ) { queue in
            queue.take(limit: configuration.maximumLookupsPerTrip, where: \.isLookup)
        } serve: { entries, connection, queue in
            Self.serve(entries, connection, queue)
        }
    }

    /// Waits for a connection and runs a statement.
    func query(_ statement: SQLStatement, isLookup: Bool, timeout: Duration) async throws -> [SQLRow] {
        try Task.checkCancellation()
        let queue = lane.queue
        let ticket = queue.ticket()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                queue.append(
                    Query(statement: statement, isLookup: isLookup, continuation: continuation), ticket,
                    deadline: .now + timeout)
            }
        } onCancel: {
            queue.cancel(ticket)
        }
    }

    /// Refuses new work; what waits is still done.
    func stopAccepting() { lane.stopAccepting() }

    /// Waits until all work is done and the connections are closed.
    func finished() async { await lane.finished() }

    // MARK: The thread

    private static func serve(
        _ entries: [WorkQueue<Query>.Entry], _ connection: PostgreSQLConnection, _ queue: WorkQueue<Query>
    ) {
        var waiting: ArraySlice<WorkQueue<Query>.Entry> = []
        do throws(PostgreSQLFailure) {
            for entry in entries {
                do throws(StorageError) {
                    let command = try connection.command(entry.work.statement)
                    waiting.append(entry)
                    // A segment each, so that one that is refused leaves the others alone.
                    do throws(PostgreSQLFailure) {
                        try connection.send(command)
                        try connection.sync()
                    } catch {
                        continue
                    }
                } catch {
                    entry.work.abandon(error)
                }
            }
            while let entry = waiting.first {
                guard let earliest = waiting.map(\.deadline).min() else { return }
                let reply = try connection.reply(until: earliest)
                // Answered: the end of its segment is read below, and if that is lost the next call finds out.
                waiting = waiting.dropFirst()
                answer(entry, reply, connection, queue)
                _ = try connection.reply(until: .now + .seconds(1))
            }
        } catch {
            connection.abandon()
            doAgain(waiting, after: error, queue)
        }
    }

    private static func answer(
        _ entry: WorkQueue<Query>.Entry, _ reply: PostgreSQLConnection.Reply, _ connection: PostgreSQLConnection,
        _ queue: WorkQueue<Query>
    ) {
        switch reply {
        case .result(let result, _, _): entry.work.continuation.resume(returning: result.rows)
        case .refused(let complaint) where complaint.isStalePlan && entry.work.attempts < mostAttempts:
            connection.forgetStatements(after: complaint)
            putBack([entry], queue)
        case .refused(let complaint): entry.work.abandon(complaint.storageError(isQuery: true))
        case .skipped, .synced: entry.work.abandon(StorageError.unavailable(detail: "the answer is missing"))
        }
    }

    /// Reads change nothing, so those that got no answer are done again with another connection while they have time.
    private static func doAgain(
        _ entries: ArraySlice<WorkQueue<Query>.Entry>, after failure: PostgreSQLFailure, _ queue: WorkQueue<Query>
    ) {
        let now = ContinuousClock.now
        var left: [WorkQueue<Query>.Entry] = []
        for entry in entries {
            if entry.deadline <= now {
                entry.work.abandon(StorageError.timeout(detail: "no answer in time"))
            } else if case .lost(_, let detail) = failure, entry.work.attempts >= mostAttempts {
                entry.work.abandon(StorageError.unavailable(detail: detail))
            } else {
                left.append(entry)
            }
        }
        putBack(left, queue)
    }

    private static func putBack(_ entries: [WorkQueue<Query>.Entry], _ queue: WorkQueue<Query>) {
        queue.putBack(
            entries.map { entry in
                var work = entry.work
                work.attempts += 1
                return (work, entry.deadline)
            })
    }
}
