/// A few threads for calls that block, so that they do not hold up the tasks of the program.
final class BlockingThreads: Sendable {
    private struct Call: AwaitedWork {
        let run: @Sendable () -> Void
        let fail: @Sendable (any Error) -> Void

        func abandon(_ error: any Error) { fail(error) }
    }

    private let queue: WorkQueue<Call>
    private let threads: [WorkerThread]

    /// Starts the threads.
    ///
    /// - Parameters:
    ///   - name: what they are for.
    ///   - capacity: how many calls may wait before more are refused with `.busy`.
    init(name: String, count: Int, capacity: Int) {
        let queue = WorkQueue<Call>(name: name, capacity: capacity)
        self.queue = queue
        threads = (0..<max(1, count)).map { _ in
            WorkerThread(name: name) {
                while let call = queue.next()?.first { call.work.run() }
            }
        }
    }

    deinit { queue.close() }

    /// Runs a body on one of the threads.
    ///
    /// - Parameter timeout: how long it may wait for a thread; once begun it is finished.
    func run<Value: Sendable>(
        timeout: Duration, _ body: @escaping @Sendable () throws(StorageError) -> Value
    ) async throws -> Value {
        try Task.checkCancellation()
        let ticket = queue.ticket()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Value, any Error>) in
                let call = Call {
                    continuation.resume(with: Result { try body() })
                } fail: { error in
                    continuation.resume(throwing: error)
                }
                queue.append(call, ticket, deadline: .now + timeout)
            }
        } onCancel: {
            queue.cancel(ticket)
        }
    }

    /// Does what waits, refuses what comes after, and ends the threads.
    func close() async {
        queue.close()
        for thread in threads { await thread.finished() }
    }
}
