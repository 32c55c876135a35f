/// How a PostgreSQL database is used.
public struct PostgreSQLConfiguration: Sendable {
    /// Connections for queries and lookups, 1…64.
    public var readers = 3
    /// Connections for transactions, 1…64; as many may be open at a time.
    public var transactions = 4
    /// How long any call may wait and work before it fails with `.timeout`, or `.uncertain` if it was being kept.
    public var timeout = Duration.seconds(10)
    /// How long the making of one connection may take.
    public var connectTimeout = Duration.seconds(5)
    /// How long calls wait for a server that is away before they fail at once with `.unavailable`.
    ///
    /// A restart of the server takes about a second, and nobody needs to notice it.
    public var patience = Duration.seconds(3)
    /// Longest pause between two attempts to reach a server that is away, and so the longest delay of the recovery.
    public var longestPause = Duration.seconds(2)
    /// Units that may wait for the writer before more are refused with `.busy`.
    public var maximumWaitingWrites = 4_096
    /// Queries that may wait for a reader before more are refused with `.busy`.
    public var maximumWaitingReads = 4_096
    /// Transactions that may wait for a connection before more are refused with `.busy`.
    public var maximumWaitingTransactions = 1_024
    /// Units that share a commit at most; 1 gives each its own.
    public var maximumGroup = 256
    /// Lookups that share a round trip at most.
    public var maximumLookupsPerTrip = 64
    /// Prepared statements each connection keeps.
    public var statementCacheCapacity = 128
    /// What the server's views call the connections.
    public var applicationName = "prunelle"
    /// Told after each shared commit how many units it carried and how long it took, on the writer's thread.
    public var onCommit: (@Sendable (_ units: Int, _ duration: Duration) -> Void)?
    /// Told what the server remarks without refusing anything, on the thread of the connection; for the log.
    public var onNotice: (@Sendable (_ message: String) -> Void)?

    /// The defaults.
    public init() {}

    /// Connections of one program at most: one writes, the others are those above.
    public var maximumConnections: Int { 1 + count(of: .reading) + count(of: .transactions) }

    /// How long the server works on one statement: it gives up a little before the caller does, who then knows that
    /// nothing was done.
    static func serverShare(of timeout: Duration) -> Duration { timeout * 0.9 }

    /// How long to wait after losing a race `count` times: up to 10 ms first, then up to twice as long each time until
    /// 320 ms, by when whoever won is done.
    static func pause(afterLosing count: Int) -> Duration {
        .milliseconds(5 << min(count, 6)) * Double.random(in: 0.2...1)
    }
}

/// What a connection is for.
enum PostgreSQLRole: Sendable {
    /// Units under shared commits, by one connection.
    case writing
    /// Queries and lookups.
    case reading
    /// Transactions, and units that wait for the locks of others.
    case transactions

    /// How long a unit may wait for the lock of another before it makes way for those behind it.
    static let lockPatience = Duration.milliseconds(50)

    /// Settings of the session.
    func settings(_ configuration: PostgreSQLConfiguration) -> [(name: String, value: String)] {
        let time = PostgreSQLConfiguration.serverShare(of: configuration.timeout).wholeMilliseconds
        let common = [
            ("statement_timeout", "\(time)"), ("extra_float_digits", "1"), ("bytea_output", "hex"),
            ("standard_conforming_strings", "on"), ("client_min_messages", "notice"),
        ]
        return switch self {
        case .writing: common + [("lock_timeout", "\(Self.lockPatience.wholeMilliseconds)")]
        case .reading, .transactions: common
        }
    }

    /// Statements run once the session is there, for settings that depend on it.
    var preparations: [String] {
        switch self {
        // A session that is read-only from its start on would not do for `target_session_attrs=read-write`.
        case .reading: ["SET default_transaction_read_only = on"]
        // What was acknowledged is on the server's disk; every other value waits for that, or for more.
        case .writing, .transactions:
            [
                """
                SELECT set_config('synchronous_commit', 'on', FALSE)
                WHERE current_setting('synchronous_commit') = 'off'
                """
            ]
        }
    }
}

extension PostgreSQLConfiguration {
    /// How many connections have a role.
    func count(of role: PostgreSQLRole) -> Int {
        switch role {
        case .writing: 1
        case .reading: min(max(readers, 1), 64)
        case .transactions: min(max(transactions, 1), 64)
        }
    }
}

extension Duration {
    /// At least 1, since 0 means "for ever" to PostgreSQL and "at once" to `poll`.
    var wholeMilliseconds: Int { max(1, Int(clamping: Int64(self / .milliseconds(1)))) }
}
