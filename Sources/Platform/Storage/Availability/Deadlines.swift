internal import Synchronization

/// Something that waits, but not for ever.
protocol Expiring: Sendable {
    /// Whether it waits no longer.
    var isOver: Bool { get }
    /// Ends the wait because its time is up; changes nothing when it is over.
    func expire()
}

/// Ends waits that have taken too long, all of the same length.
///
/// Almost every wait ends long before its time, and arming a timer for each of them costs more than most of what is
/// waited for. So one task sleeps until the oldest wait that has not ended would be too long, some times a second.
final class Deadlines: Sendable {
    private struct State {
        /// In the order of their ends.
        var waits: [(end: ContinuousClock.Instant, wait: any Expiring)] = []
        var isWatched = false
    }

    private let patience: Duration
    private let state = Mutex(State())

    init(patience: Duration) {
        self.patience = patience
    }

    /// Ends a wait that begins now, unless it ends by itself before.
    func watch(_ wait: any Expiring) {
        let mustBegin = state.withLock { state in
            // Taken under the lock, so that the ends stand in order.
            state.waits.append((.now + patience, wait))
            defer { state.isWatched = true }
            return !state.isWatched
        }
        if mustBegin { Task { await expireInTurn() } }
    }

    private func expireInTurn() async {
        while let end = nextEnd() {
            // Not cancelled by anyone; were it, waits would end early and none would hang.
            try? await Task.sleep(until: end)
            let now = ContinuousClock.now
            let late = state.withLock { state in state.waits.prefix { $0.end <= now } }
            for (_, wait) in late { wait.expire() }
        }
    }

    /// When the oldest wait that goes on must end; those before it are forgotten. Nil ends the watch.
    private func nextEnd() -> ContinuousClock.Instant? {
        state.withLock { state in
            let over = state.waits.prefix { $0.wait.isOver }.count
            state.waits.removeFirst(over)
            state.isWatched = !state.waits.isEmpty
            return state.waits.first?.end
        }
    }
}
