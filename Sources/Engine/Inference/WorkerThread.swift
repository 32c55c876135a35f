import Foundation
import Synchronization

/// Threads of the operating system for calls into the inference library, which block and must not hold up Swift's own.
///
/// The threads never end: one whose work is done waits for the next. When a thread that has run predictions ends, the
/// library's per-thread clean-up locks a mutex of models it has seen, and crashes if such a model is being freed on
/// another thread at that moment (seen with OpenVINO 2026.4.1). So only these threads may run predictions.
enum WorkerThread {
    typealias Body = @Sendable () -> Void

    private static let idle = Mutex<[Place]>([])

    /// Set while a thread runs a body.
    private static let markKey: pthread_key_t = {
        var key = pthread_key_t()
        pthread_key_create(&key, nil)
        return key
    }()

    /// Whether the caller runs on one of these threads.
    static var isCurrent: Bool {
        pthread_getspecific(markKey) != nil
    }

    /// Runs a body on an idle thread, or on a new one.
    ///
    /// - Parameter name: at most 15 bytes, as shown by `top -H` and debuggers.
    /// - Returns: false if the operating system refuses another thread.
    static func start(name: String, _ body: @escaping Body) -> Bool {
        if let place = idle.withLock({ $0.popLast() }) {
            place.give(name: name, body)
            return true
        }
        let place = Place()
        place.give(name: name, body)
        let argument = Unmanaged.passRetained(place)
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                WorkerThread.run(at: Unmanaged<Place>.fromOpaque(argument).takeRetainedValue())
            }, argument.toOpaque())
        guard code == 0 else {
            argument.release()
            return false
        }
        pthread_detach(thread)
        return true
    }

    private static func run(at place: Place) -> Never {
        while true {
            let (name, body) = place.take()
            Thread.current.name = name
            pthread_setspecific(markKey, Unmanaged.passUnretained(place).toOpaque())
            body()
            pthread_setspecific(markKey, nil)
            idle.withLock { $0.append(place) }
        }
    }

    /// Where a thread waits for its next body.
    ///
    /// `@unchecked Sendable`: `work` is guarded by the lock of `condition`.
    private final class Place: @unchecked Sendable {
        private let condition = Condition()
        private var work: (name: String, body: Body)?

        func give(name: String, _ body: @escaping Body) {
            condition.withLock {
                work = (name, body)
                condition.signal()
            }
        }

        func take() -> (name: String, body: Body) {
            condition.withLock {
                while true {
                    if let taken = work {
                        work = nil
                        return taken
                    }
                    condition.wait()
                }
            }
        }
    }
}
