import Synchronization

/// A progress bar for work that reports from several tasks; it draws at most some times a second.
final class SharedProgressBar: Sendable {
    private let state = Mutex((bar: ProgressBar(), next: ContinuousClock.now))

    /// Replaces the line, unless it was replaced a moment ago.
    func show(_ title: String, _ done: Int, of total: Int) {
        state.withLock { state in
            guard ContinuousClock.now >= state.next || done == total else { return }
            state.next = .now + .milliseconds(100)
            state.bar.show(title, fraction: total == 0 ? 1 : Double(done) / Double(total), note: "\(done) of \(total)")
        }
    }

    /// Writes a line that stays.
    func say(_ line: String) { state.withLock { $0.bar.say(line) } }
}
