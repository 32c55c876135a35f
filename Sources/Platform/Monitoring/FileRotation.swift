/// When a growing file is put aside, and how many of those are kept.
///
/// The file that was put aside last is called like the file with `.1` behind it, the one before it `.2`, and so on.
public struct FileRotation: Sendable {
    /// The most bytes of a file, unless its first line alone has more.
    public var maximumBytes: Int
    /// How long one file is written to; nil for no bound. Time is cut into such pieces from 1970 on, in UTC, so that a day
    /// means a file a day.
    public var period: Duration?
    /// How many files are kept besides the one that grows.
    public var kept: Int

    /// Makes a rule.
    public init(maximumBytes: Int = 16 << 20, period: Duration? = nil, kept: Int = 10) {
        self.maximumBytes = max(1, maximumBytes)
        self.period = period
        self.kept = max(0, kept)
    }
}
