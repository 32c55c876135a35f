/// Runs loads one after another on a thread of their own: compiling uses all cores and much memory.
///
/// `@unchecked Sendable`: all variables are guarded by the lock of `condition`.
final class LoadQueue: @unchecked Sendable {
    /// Most loads that may wait.
    private let limit: Int
    private let condition = Condition()
    private var waiting: [@Sendable () -> Void] = []
    private var isStopped = false

    /// Starts the thread.
    ///
    /// - Throws: `failed` if the operating system refuses it.
    init(limit: Int) throws(InferenceError) {
        self.limit = limit
        guard WorkerThread.start(name: "infer-load", { self.run() }) else {
            throw .failed(reason: "the operating system refuses a thread for loading models")
        }
    }

    /// Adds a load at the end.
    func push(_ load: @escaping @Sendable () -> Void) throws(InferenceError) {
        try condition.withLock { () throws(InferenceError) in
            if isStopped { throw .stopped }
            if waiting.count >= limit { throw .queueFull(limit: limit) }
            waiting.append(load)
            condition.signal()
        }
    }

    /// Refuses further loads and ends the thread after those that wait, which have to find out for themselves.
    func stop() {
        condition.withLock {
            isStopped = true
            condition.signal()
        }
    }

    private func run() {
        while let load = next() { load() }
    }

    private func next() -> (@Sendable () -> Void)? {
        condition.withLock {
            while waiting.isEmpty {
                if isStopped { return nil }
                condition.wait()
            }
            return waiting.removeFirst()
        }
    }
}
