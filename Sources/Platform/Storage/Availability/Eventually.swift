internal import Synchronization

/// A value that needs a store to be made: made at first use, and tried again at the next one while that fails.
///
/// For what must not keep a server from starting while its database is away.
public final class Eventually<Value: Sendable>: Sendable {
    private enum State {
        case absent
        case making(Task<Value, any Error>)
        case made(Value)
    }

    /// A value that is there, or the attempt to make it.
    private enum Answer {
        case done(Value)
        case wait(Task<Value, any Error>)
    }

    private let make: @Sendable () async throws -> Value
    private let state = Mutex(State.absent)

    /// Says how the value is made; nothing is done yet.
    public init(_ make: @escaping @Sendable () async throws -> Value) {
        self.make = make
    }

    /// The value where it has been made.
    public var current: Value? {
        state.withLock { state in
            if case .made(let value) = state { value } else { nil }
        }
    }

    /// The value, made first where needed; those who ask meanwhile share the attempt.
    ///
    /// - Throws: what the attempt threw; the next call tries again.
    public func value() async throws -> Value {
        let answer = state.withLock { state -> Answer in
            switch state {
            case .made(let value): return .done(value)
            case .making(let task): return .wait(task)
            case .absent:
                let task = Task { [make] in try await make() }
                state = .making(task)
                return .wait(task)
            }
        }
        switch answer {
        case .done(let value): return value
        case .wait(let task):
            do {
                let value = try await task.value
                state.withLock { $0 = .made(value) }
                return value
            } catch {
                state.withLock { state in
                    if case .making(let running) = state, running == task { state = .absent }
                }
                throw error
            }
        }
    }
}
