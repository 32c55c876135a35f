import Dispatch
import Inference
import Synchronization
import Tensors

/// Holds up a worker thread inside a preparation until the test opens it.
///
/// Blocking is right here: preparations run on the runtime's own threads.
final class Gate: Sendable {
    private let opened = DispatchSemaphore(value: 0)
    private let entered = AsyncStream<Void>.makeStream()

    /// Blocks the calling worker until the gate is opened, then gives the tensor.
    func pass(_ tensor: Tensor) -> Tensor {
        entered.continuation.yield()
        opened.wait()
        return tensor
    }

    /// Waits until a worker stands before the gate.
    func waitForWorker() async {
        for await _ in entered.stream { return }
    }

    /// Lets one worker through.
    func open() {
        opened.signal()
    }
}

/// Lets other tasks run until a condition holds.
func eventually(_ condition: () -> Bool) async {
    while !condition() { await Task.yield() }
}

/// The error that an asynchronous body ends with, as far as it is one of inference.
func inferenceError(_ body: () async throws -> some Sendable) async -> InferenceError? {
    do {
        _ = try await body()
        return nil
    } catch {
        return error as? InferenceError
    }
}

/// A flag that several tasks share.
final class Flag: Sendable {
    private let value = Atomic(false)
    var isRaised: Bool { value.load(ordering: .acquiring) }
    func raise() { value.store(true, ordering: .releasing) }
}
