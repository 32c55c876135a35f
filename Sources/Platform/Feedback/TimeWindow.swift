public import Observability

/// A stretch of time: its start belongs to it, its end does not.
public struct TimeWindow: Sendable, Hashable {
    public let start: Timestamp
    public let end: Timestamp

    /// The stretch between two moments; empty where the end is not after the start.
    public init(from start: Timestamp, to end: Timestamp) {
        self.start = start
        self.end = max(start, end)
    }

    /// The hours before a moment, which itself still belongs to it.
    ///
    /// - Precondition: the duration is not negative.
    public init(last duration: Duration, until now: Timestamp = .now) {
        let end = now.microseconds.addingReportingOverflow(1)
        let start = now.microseconds.subtractingReportingOverflow(max(0, duration.wholeNanoseconds / 1000))
        self.init(
            from: Timestamp(microseconds: start.overflow ? .min : start.partialValue),
            to: Timestamp(microseconds: end.overflow ? .max : end.partialValue))
    }

    /// Everything there is.
    public static let ever = TimeWindow(from: Timestamp(microseconds: .min), to: Timestamp(microseconds: .max))

    /// Whether a moment lies in it.
    public func contains(_ moment: Timestamp) -> Bool { start <= moment && moment < end }
}
