import Glibc

/// Threads that do one kind of work, each with a connection of its own, and the queue in front of them.
///
/// A thread waits for the server with `poll` and a deadline; see `docs/architecture.md` for why threads and no event
/// loop. Work stays in the queue until there is a connection, so that it is given up in time if there never is.
final class PostgreSQLLane<Work: AwaitedWork>: Sendable {
    let queue: WorkQueue<Work>
    private let threads: [WorkerThread]

    /// Starts the threads; connections are made when there is work.
    ///
    /// - Parameters:
    ///   - take: takes work out of the queue, without waiting.
    ///   - serve: does the work and tells whoever waits for it.
    init(
        _ name: String, role: PostgreSQLRole, capacity: Int, connector: PostgreSQLConnector,
        take: @escaping @Sendable (WorkQueue<Work>) -> [WorkQueue<Work>.Entry],
        serve: @escaping @Sendable ([WorkQueue<Work>.Entry], PostgreSQLConnection, WorkQueue<Work>) -> Void
    ) {
        let queue = WorkQueue<Work>(name: name, capacity: capacity)
        self.queue = queue
        threads = (0..<connector.configuration.count(of: role)).map { _ in
            WorkerThread(name: "postgres-\(name)") {
                var connection: PostgreSQLConnection?
                while queue.waitForWork() {
                    if connection?.isUsable != true {
                        connection = nil
                        connection = Self.connect(as: role, connector, queue)
                    }
                    guard let connection else { continue }
                    let entries = take(queue)
                    if !entries.isEmpty { serve(entries, connection, queue) }
                }
            }
        }
    }

    /// A connection, or nil after waiting a while or refusing what is in the queue.
    private static func connect(
        as role: PostgreSQLRole, _ connector: PostgreSQLConnector, _ queue: WorkQueue<Work>
    ) -> PostgreSQLConnection? {
        // A thread that has its connection can begin while this one makes one.
        queue.wakeAnother()
        switch connector.advice() {
        case .attempt: return connector.connect(as: role)
        case .wait(let moment):
            usleep(UInt32(clamping: (moment - .now).wholeMilliseconds) &* 1_000)
            return nil
        case .refuse(let error):
            for entry in queue.take(limit: .max) { entry.work.abandon(error) }
            return nil
        }
    }

    /// Refuses new work; what waits is still done.
    func stopAccepting() { queue.close() }

    /// Waits until all work is done and the connections are closed.
    func finished() async {
        for thread in threads { await thread.finished() }
    }
}
