import Observability

extension Timestamp {
    /// The moment as the original shows one it has just made: Python's `isoformat()` of a date in UTC without a zone,
    /// which has six digits of fraction, or none when the fraction is zero.
    var fresh: String {
        iso8601(fraction: microseconds % 1_000_000 == 0 ? .none : .microseconds, zone: "")
    }

    /// The moment as the original shows one it has read back from MongoDB, whose dates end at the millisecond.
    var stored: String {
        Timestamp(microseconds: microseconds - microseconds % 1_000).fresh
    }
}
