/// A SQL database, whatever holds it.
///
/// Every call has a deadline, so none waits for ever, and throws `StorageError` or, if its task was cancelled before
/// the work began, `CancellationError`.
public protocol SQLDatabase: Sendable {
    /// How SQL is spelled here.
    var dialect: SQLDialect { get }

    /// Runs a statement that changes nothing and returns its rows.
    ///
    /// It sees everything acknowledged before it began. All rows are held in memory: bound what may grow by `LIMIT`.
    func query(_ statement: SQLStatement) async throws -> [SQLRow]

    /// Finds at most one row, by an index, as fast as the database can.
    ///
    /// For the small reads of hot paths. An embedded database may answer on the caller's thread while that takes a few
    /// microseconds, and falls back to `query` when it does not.
    func lookup(_ statement: SQLStatement) async throws -> SQLRow?

    /// Runs statements as one unit: all of them or none.
    ///
    /// Units that arrive together share one commit, yet fail alone. When this returns, the unit survives a crash of
    /// the program and of the machine. A task cancelled while its unit waits takes it back; a unit that has begun
    /// is finished.
    ///
    /// - Returns: a result for each statement, in order.
    @discardableResult
    func write(_ statements: [SQLStatement]) async throws -> [SQLResult]

    /// Runs a body that reads and then writes depending on what it read, as if nothing else happened meanwhile.
    ///
    /// What the body did is kept if it returns and undone if it throws. Once a statement has failed nothing can be kept:
    /// the error is thrown even if the body caught it. The body must use its `SQLTransaction` only, and have no
    /// other effects, since a driver may have to run it again after a conflict with another process.
    ///
    /// - Parameter timeout: how long the wait for the turn, and then the body, may each take; nil for the database's own.
    func transaction<Value: Sendable>(
        timeout: Duration?, _ body: @Sendable (any SQLTransaction) async throws -> Value
    ) async throws -> Value

    /// Runs a body that reads everything as it was at one moment, while others go on writing.
    ///
    /// - Parameter timeout: how long the wait for a connection, and then the body, may each take.
    func snapshot<Value: Sendable>(
        timeout: Duration, _ body: @Sendable (any SQLSnapshot) async throws -> Value
    ) async throws -> Value

    /// Finishes what was accepted, refuses what comes after, and lets go of everything.
    func close() async
}

/// Answers from one moment of a database. It is of no use after the body has ended.
public protocol SQLSnapshot: Sendable {
    /// Runs a statement that changes nothing and returns its rows.
    func query(_ statement: SQLStatement) async throws -> [SQLRow]
}

/// The statements of one transaction. It is of no use after the body has ended.
public protocol SQLTransaction: SQLSnapshot {
    /// Runs any statement.
    @discardableResult
    func execute(_ statement: SQLStatement) async throws -> SQLResult
}

extension SQLDatabase {
    /// Runs one statement as a unit; see `write(_:)`.
    @discardableResult
    public func write(_ statement: SQLStatement) async throws -> SQLResult {
        // A unit of one statement has one result.
        try await write([statement])[0]
    }

    /// Runs a body as a transaction within the database's own time; see `transaction(timeout:_:)`.
    public func transaction<Value: Sendable>(
        _ body: @Sendable (any SQLTransaction) async throws -> Value
    ) async throws -> Value {
        try await transaction(timeout: nil, body)
    }
}
