import Foundation

/// A thread of the operating system with a name, because library calls that block must not hold up Swift's own few.
enum WorkerThread {
    /// Set while a thread runs as worker.
    private static let markKey: pthread_key_t = {
        var key = pthread_key_t()
        pthread_key_create(&key, nil)
        return key
    }()

    /// Whether the caller runs on a worker thread.
    static var isCurrent: Bool {
        pthread_getspecific(markKey) != nil
    }

    /// Starts a thread that runs the body and ends.
    ///
    /// - Parameter name: at most 15 bytes, as shown by `top -H` and debuggers.
    /// - Returns: false if the operating system refuses another thread.
    static func start(name: String, _ body: @escaping @Sendable () -> Void) -> Bool {
        let box = Unmanaged.passRetained(Body(name: name, run: body))
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                let body = Unmanaged<Body>.fromOpaque(argument).takeRetainedValue()
                Thread.current.name = body.name
                pthread_setspecific(WorkerThread.markKey, argument)
                body.run()
                return nil
            }, box.toOpaque())
        guard code == 0 else {
            box.release()
            return false
        }
        pthread_detach(thread)
        return true
    }

    private final class Body: Sendable {
        let name: String
        let run: @Sendable () -> Void

        init(name: String, run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }
    }
}
