public import Observability
import Synchronization

/// Two clocks that stand still until a test lets time pass.
public final class FakeTime: Sendable {
    private let elapsed = Mutex(Duration.zero)

    /// Starts at 2026-11-21T12:00:00Z.
    public init() {}

    /// Lets time pass.
    public func pass(_ duration: Duration) {
        elapsed.withLock { $0 += duration }
    }

    /// The moment by the calendar.
    public var now: Timestamp { now(in: .zero) }

    /// A moment to come.
    public func now(in duration: Duration) -> Timestamp {
        let passed = elapsed.withLock { $0 } + duration
        return Timestamp(microseconds: 1_795_262_400_000_000 + passed.wholeNanoseconds / 1000)
    }

    /// The moment by a clock that never goes back.
    public var clock: MonotonicTime {
        MonotonicTime(nanoseconds: 1 << 40).advanced(by: elapsed.withLock { $0 })
    }
}
