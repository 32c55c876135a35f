public import Storage
import Synchronization

/// A real database whose calls are counted, and that can be away or hang.
public final class WatchedDatabase: SQLDatabase {
    private struct State {
        var calls = 0
        var writes = 0
        var isAway = false
        var gate: Gate?
    }

    private let database: any SQLDatabase
    private let state = Mutex(State())

    /// Watches a database.
    public init(_ database: any SQLDatabase) {
        self.database = database
    }

    /// Calls so far, whatever their end.
    public var calls: Int { state.withLock(\.calls) }

    /// Calls of `write` so far.
    public var writes: Int { state.withLock(\.writes) }

    /// Whether every call fails as when a server cannot be reached.
    public var isAway: Bool {
        get { state.withLock(\.isAway) }
        set { state.withLock { $0.isAway = newValue } }
    }

    /// Holds every call until it is opened.
    public var gate: Gate? {
        get { state.withLock(\.gate) }
        set { state.withLock { $0.gate = newValue } }
    }

    private func enter() async throws {
        let (isAway, gate) = state.withLock { state in
            state.calls += 1
            return (state.isAway, state.gate)
        }
        await gate?.wait()
        if isAway { throw StorageError.unavailable() }
    }

    public var dialect: SQLDialect { database.dialect }

    public func query(_ statement: SQLStatement) async throws -> [SQLRow] {
        try await enter()
        return try await database.query(statement)
    }

    public func lookup(_ statement: SQLStatement) async throws -> SQLRow? {
        try await enter()
        return try await database.lookup(statement)
    }

    public func write(_ statements: [SQLStatement]) async throws -> [SQLResult] {
        state.withLock { $0.writes += 1 }
        try await enter()
        return try await database.write(statements)
    }

    public func transaction<Value: Sendable>(
        timeout: Duration?, _ body: @Sendable (any SQLTransaction) async throws -> Value
    ) async throws -> Value {
        try await enter()
        return try await database.transaction(timeout: timeout, body)
    }

    public func snapshot<Value: Sendable>(
        timeout: Duration, _ body: @Sendable (any SQLSnapshot) async throws -> Value
    ) async throws -> Value {
        try await enter()
        return try await database.snapshot(timeout: timeout, body)
    }

    public func close() async { await database.close() }
}
