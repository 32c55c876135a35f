import Foundation
import Training

/// Makes batches on a thread of its own, a few steps ahead of the one that is learned from.
///
/// `@unchecked Sendable`: `condition` guards every stored variable.
final class BatchQueue: @unchecked Sendable {
    private let condition = NSCondition()
    private var ready: [Batch] = []
    private var remaining: Int
    private var isCancelled = false

    private static let lead = 4

    /// Starts making batches in their order.
    init(_ batches: [@Sendable () -> Batch]) {
        remaining = batches.count
        let thread = Thread { [self] in
            for make in batches {
                guard waitForRoom() else { return }
                let batch = make()
                condition.withLock {
                    ready.append(batch)
                    condition.signal()
                }
            }
        }
        thread.name = "pictures"
        thread.start()
    }

    /// The next batch; nil after the last one.
    func next() -> Batch? {
        condition.withLock {
            guard remaining > 0 else { return nil }
            while ready.isEmpty { condition.wait() }
            remaining -= 1
            condition.signal()
            return ready.removeFirst()
        }
    }

    /// Makes no more batches.
    func cancel() {
        condition.withLock {
            isCancelled = true
            condition.broadcast()
        }
    }

    private func waitForRoom() -> Bool {
        condition.withLock {
            while ready.count >= Self.lead, !isCancelled { condition.wait() }
            return !isCancelled
        }
    }
}
