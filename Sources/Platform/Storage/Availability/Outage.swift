internal import Synchronization

/// Keeps callers from waiting for a store that is away.
///
/// Work is given a short time. When it fails for want of the store, or takes longer, the store counts as away: calls fail
/// at once from then on, while one of them now and then tries the store in the background until it answers.
public final class Outage: Sendable {
    private struct State {
        /// When the store may be tried again; nil while it answers.
        var retry: ContinuousClock.Instant?
        var isTrying = false
    }

    private let patience: Duration
    private let pause: Duration
    private let onChange: @Sendable (_ isAway: Bool) -> Void
    private let state = Mutex(State())
    private let deadlines: Deadlines

    /// Watches a store that is believed to answer.
    ///
    /// - Parameters:
    ///   - patience: how long a caller waits at most.
    ///   - pause: time between two attempts while the store is away.
    ///   - onChange: told when the store goes away and when it is back.
    public init(
        patience: Duration = .milliseconds(250), pause: Duration = .milliseconds(500),
        onChange: @escaping @Sendable (_ isAway: Bool) -> Void = { _ in }
    ) {
        self.patience = patience
        self.pause = pause
        self.onChange = onChange
        deadlines = Deadlines(patience: patience)
    }

    /// Whether the store counts as away.
    public var isOngoing: Bool { state.withLock { $0.retry != nil } }

    /// Does work that needs the store.
    ///
    /// Work that takes longer than the patience is not cancelled and goes on: it must be harmless when done unseen.
    ///
    /// - Throws: `StorageError.unavailable` while the store is away; otherwise what the work throws.
    public func run<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) async throws -> Value {
        guard begin() else {
            if mayTry() {
                Task { _ = try? await attempt(work) }
            }
            throw StorageError.unavailable(detail: "the store has been away for a while")
        }
        let race = Race<Value> { [self] race in
            guard race.finish(.failure(StorageError.timeout(detail: "no answer within \(patience)"))) else { return }
            note(isAway: true)
        }
        return try await withCheckedThrowingContinuation { continuation in
            race.wait(continuation)
            deadlines.watch(race)
            Task {
                let result: Result<Value, any Error>
                do {
                    result = .success(try await attempt(work))
                } catch {
                    result = .failure(error)
                }
                race.finish(result)
            }
        }
    }

    private func begin() -> Bool { state.withLock { $0.retry == nil } }

    /// Whether this caller is the one to try a store that is away.
    private func mayTry() -> Bool {
        state.withLock { state in
            guard let retry = state.retry, !state.isTrying, retry <= .now else { return false }
            state.isTrying = true
            return true
        }
    }

    private func attempt<Value: Sendable>(_ work: @Sendable () async throws -> Value) async throws -> Value {
        do {
            let value = try await work()
            note(isAway: false)
            return value
        } catch let error as StorageError where error.isTemporary {
            note(isAway: true)
            throw error
        } catch {
            // The store has answered, if only to refuse.
            note(isAway: false)
            throw error
        }
    }

    private func note(isAway: Bool) {
        let hasChanged = state.withLock { state in
            let wasAway = state.retry != nil
            state.retry = isAway ? .now + pause : nil
            state.isTrying = false
            return wasAway != isAway
        }
        if hasChanged { onChange(isAway) }
    }
}

/// One continuation that several tasks may resume, of which the first counts.
private final class Race<Value: Sendable>: Expiring {
    private let waiting = Mutex<CheckedContinuation<Value, any Error>?>(nil)
    private let onDeadline: @Sendable (Race) -> Void

    init(onDeadline: @escaping @Sendable (Race) -> Void) {
        self.onDeadline = onDeadline
    }

    var isOver: Bool { waiting.withLock { $0 == nil } }

    func expire() { onDeadline(self) }

    func wait(_ continuation: CheckedContinuation<Value, any Error>) {
        waiting.withLock { $0 = continuation }
    }

    /// Ends the wait; false when it had ended before.
    @discardableResult
    func finish(_ result: Result<Value, any Error>) -> Bool {
        let continuation = waiting.withLock { waiting in
            defer { waiting = nil }
            return waiting
        }
        continuation?.resume(with: result)
        return continuation != nil
    }
}
