import Synchronization

/// Lets tasks wait for one event, and not for ever.
final class Bell: Sendable {
    private struct State {
        var hasRung = false
        var next = 0
        var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
    }

    private let state = Mutex(State())

    /// Ends all waiting, now and later.
    func ring() {
        let waiting = state.withLock { state in
            state.hasRung = true
            defer { state.waiting = [:] }
            return state.waiting.values
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Waits for the event or for a while, whichever ends first.
    ///
    /// - Returns: whether the event was there.
    func wait(atMost duration: Duration) async -> Bool {
        guard !state.withLock(\.hasRung) else { return true }
        let number = state.withLock { state in
            state.next += 1
            return state.next
        }
        let timer = Task {
            guard (try? await Task.sleep(for: duration)) != nil else { return }
            self.state.withLock { $0.waiting.removeValue(forKey: number) }?.resume()
        }
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if !state.hasRung { state.waiting[number] = continuation }
                return state.hasRung
            }
            if isOver { continuation.resume() }
        }
        timer.cancel()
        return state.withLock(\.hasRung)
    }
}
