import Synchronization
import Tensors

/// One prediction from the moment it is asked for until its answer.
///
/// `@unchecked Sendable`: `previous`, `next` and `isLinked` belong to the `WorkQueue` and are guarded by its lock;
/// all else is constant or inside a mutex.
final class WorkItem: @unchecked Sendable {
    /// Makes the inputs in the order of the model; runs on a worker thread.
    typealias Preparation = @Sendable () throws -> [Tensor]
    typealias Waiter = CheckedContinuation<[Tensor], any Error>

    /// Keeps the model alive until the answer, whatever becomes of the slot it was in.
    let model: LoadedModel
    let prepare: Preparation

    var previous: WorkItem?
    var next: WorkItem?
    var isLinked = false

    private enum State {
        case created
        case waiting(Waiter)
        case finished
    }
    private let state = Mutex(State.created)

    init(model: LoadedModel, prepare: @escaping Preparation) {
        self.model = model
        self.prepare = prepare
    }

    /// Whether the answer has been given or nobody waits for it any more.
    var isFinished: Bool {
        state.withLock {
            if case .finished = $0 { true } else { false }
        }
    }

    /// Sets who is waiting for the answer.
    ///
    /// - Returns: false, with the waiter told so, if the prediction was cancelled before.
    func attach(_ waiter: Waiter) -> Bool {
        let isOpen = state.withLock { state in
            if case .finished = state { return false }
            state = .waiting(waiter)
            return true
        }
        if !isOpen { waiter.resume(throwing: InferenceError.cancelled) }
        return isOpen
    }

    /// Gives the answer; only the first one counts.
    func finish(_ answer: Result<[Tensor], any Error>) {
        let waiter = state.withLock { state -> Waiter? in
            defer { state = .finished }
            guard case .waiting(let waiter) = state else { return nil }
            return waiter
        }
        waiter?.resume(with: answer)
    }
}
