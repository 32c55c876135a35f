/// How a SQLite database is used.
public struct SQLiteConfiguration: Sendable {
    /// Threads that read, 1…64, each with a connection of its own; more help only where reads wait for the disk.
    public var readers = 2
    /// How long any call may wait and work before it fails with `.timeout` or `.busy`.
    public var timeout = Duration.seconds(10)
    /// Units and transactions that may wait for the writer before more are refused with `.busy`.
    public var maximumWaitingWrites = 4_096
    /// Queries that may wait for a reader before more are refused with `.busy`.
    public var maximumWaitingReads = 4_096
    /// Units that share a commit at most; 1 gives each its own.
    public var maximumGroup = 256
    /// How long the writer lets units gather before a commit at most, after one that at least `manyUnits` shared: as many are
    /// likely to come again soon, and a commit for all of them costs hardly more than one for the first.
    public var gathering = Duration.milliseconds(1)
    /// Units in a commit from which on it is worth waiting for others.
    public var manyUnits = 4
    /// Pages of 4 KiB in the write-ahead log from which on they are put back into the file.
    public var logThreshold = 1_000
    /// Prepared statements each connection keeps.
    public var statementCacheCapacity = 128
    /// Largest database in pages of 4 KiB before writes fail with `.full`; nil for no bound but the disk's.
    public var maximumPages: Int?
    /// Told after each shared commit how many units it carried and how long it took, on the writer's thread.
    public var onCommit: (@Sendable (_ units: Int, _ duration: Duration) -> Void)?

    /// The defaults.
    public init() {}
}
