import Foundation
import Synchronization

/// A thread with a name that runs one body, whose end can be awaited.
final class WorkerThread: Sendable {
    private enum State {
        case running([CheckedContinuation<Void, Never>])
        case finished
    }

    private let state = Mutex(State.running([]))

    /// Starts the thread. It keeps itself, and what the body captures, alive until the body returns.
    init(name: String, _ body: @escaping @Sendable () -> Void) {
        let thread = Thread {
            body()
            self.finish()
        }
        thread.name = name
        thread.start()
    }

    /// Waits until the body has returned.
    func finished() async {
        await withCheckedContinuation { continuation in
            let isFinished = state.withLock { state in
                guard case .running(let waiting) = state else { return true }
                state = .running(waiting + [continuation])
                return false
            }
            if isFinished { continuation.resume() }
        }
    }

    private func finish() {
        let waiting = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            defer { state = .finished }
            return if case .running(let waiting) = state { waiting } else { [] }
        }
        for continuation in waiting { continuation.resume() }
    }
}
