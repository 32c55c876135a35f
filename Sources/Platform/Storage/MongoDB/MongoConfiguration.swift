/// How a MongoDB is used.
public struct MongoConfiguration: Sendable {
    /// Where the server is.
    public var address: MongoAddress
    /// How long any call may wait for its turn, and then for each answer of the server.
    public var timeout = Duration.seconds(10)
    /// How long a call looks for a server that can do it.
    public var selectionTimeout = Duration.seconds(3)
    /// How long `check` waits for an answer, at most.
    public var checkTimeout = Duration.seconds(3)
    /// After a server could not be reached, calls fail at once for this long.
    public var pause = Duration.milliseconds(500)
    /// Threads, and so connections, beside the one that appends.
    public var threads = 4
    /// Calls that may wait for a thread before more are refused with `.busy`.
    public var maximumWaitingCalls = 4_096
    /// Appended documents that may wait before more are refused with `.busy`.
    public var maximumWaitingAppends = 4_096
    /// Appended documents that travel together at most.
    public var maximumGroup = 256
    /// What the server's log calls the connections.
    public var applicationName = "prunelle"

    /// Makes a configuration with the defaults.
    public init(address: MongoAddress) {
        self.address = address
    }
}
