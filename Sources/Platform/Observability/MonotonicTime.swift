import Glibc

/// A moment on the clock that never goes back, for measuring durations and keeping deadlines.
public struct MonotonicTime: Sendable, Hashable, Comparable {
    /// Nanoseconds since an arbitrary start, the machine's boot as a rule.
    public let nanoseconds: UInt64

    /// A moment from its nanoseconds.
    public init(nanoseconds: UInt64) {
        self.nanoseconds = nanoseconds
    }

    /// The present moment.
    public static var now: MonotonicTime {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return MonotonicTime(nanoseconds: UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
    }

    /// Seconds from another moment to this one; negative when the other is later.
    public func seconds(since other: MonotonicTime) -> Double {
        Double(Int64(bitPattern: nanoseconds &- other.nanoseconds)) / 1e9
    }

    /// The moment a duration later; at most the far end of the clock.
    public func advanced(by duration: Duration) -> MonotonicTime {
        let step = duration.wholeNanoseconds
        let (sum, overflow) = nanoseconds.addingReportingOverflow(UInt64(max(0, step)))
        return MonotonicTime(nanoseconds: overflow ? .max : sum)
    }

    public static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }
}

extension Duration {
    /// The duration in nanoseconds, cut off at the bounds of `Int64` (292 years).
    public var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        let (sum, carried) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        return carried ? (seconds < 0 ? .min : .max) : sum
    }

    /// The duration in seconds.
    public var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}
