/// A database on a PostgreSQL server, for any number of processes on any number of machines.
///
/// One connection commits units, a few read, and a few carry transactions. Units that arrive while the server is busy
/// with a commit share the next one and its round trip, so that durability costs a commit a group and not one each.
/// Connections are made when they are needed, and made again when the server comes back.
public final class PostgreSQLDatabase: SQLDatabase {
    public let dialect = SQLDialect.postgreSQL

    private let configuration: PostgreSQLConfiguration
    private let writer: PostgreSQLWriter
    private let readers: PostgreSQLReaders
    private let transactions: PostgreSQLTransactions

    /// Prepares to use a database. Nothing is connected yet, so an address that leads nowhere shows with the first call.
    public init(_ address: PostgreSQLAddress, configuration: PostgreSQLConfiguration = PostgreSQLConfiguration()) {
        self.configuration = configuration
        let connector = PostgreSQLConnector(address: address, configuration: configuration)
        let transactions = PostgreSQLTransactions(connector)
        self.transactions = transactions
        readers = PostgreSQLReaders(connector)
        writer = PostgreSQLWriter(connector) { transactions.takeOver($0) }
    }

    deinit {
        // In this order, since units may still move from the writer to the transactions' connections.
        writer.stopAccepting()
        readers.stopAccepting()
        let (writer, transactions) = (writer, transactions)
        Task {
            await writer.finished()
            transactions.stopAccepting()
        }
    }

    /// Units whose turn to be written has not come, for metrics.
    public var waitingWrites: Int { writer.waiting }

    public func query(_ statement: SQLStatement) async throws -> [SQLRow] {
        try await readers.query(statement, isLookup: false, timeout: configuration.timeout)
    }

    public func lookup(_ statement: SQLStatement) async throws -> SQLRow? {
        try await readers.query(statement, isLookup: true, timeout: configuration.timeout).first
    }

    @discardableResult
    public func write(_ statements: [SQLStatement]) async throws -> [SQLResult] {
        try TransactionScopes.refuseInside(self)
        guard !statements.isEmpty else { return [] }
        return try await writer.write(statements, timeout: configuration.timeout)
    }

    public func transaction<Value: Sendable>(
        timeout: Duration?, _ body: @Sendable (any SQLTransaction) async throws -> Value
    ) async throws -> Value {
        try TransactionScopes.refuseInside(self)
        let timeout = timeout ?? configuration.timeout
        let turn = ContinuousClock.now + timeout
        var session = try await transactions.begin(timeout: timeout, by: turn)
        let deadline = ContinuousClock.now + timeout
        var attempts = 0
        while true {
            do {
                return try await TransactionScopes.run(session, of: self, body)
            } catch {
                attempts += 1
                let pause = PostgreSQLConfiguration.pause(afterLosing: attempts)
                guard session.isRepeatable, .now + pause < deadline else { throw error }
                try await Task.sleep(for: pause)
                session = try await transactions.begin(timeout: deadline - .now, by: deadline)
            }
        }
    }

    public func snapshot<Value: Sendable>(
        timeout: Duration, _ body: @Sendable (any SQLSnapshot) async throws -> Value
    ) async throws -> Value {
        let session = try await transactions.begin(.snapshot, timeout: timeout, by: .now + configuration.timeout)
        do {
            let value = try await body(session)
            // Nothing was changed, so there is nothing that could fail to be kept.
            try? await session.end(keeping: false)
            return value
        } catch {
            try? await session.end(keeping: false)
            throw error
        }
    }

    public func close() async {
        writer.stopAccepting()
        readers.stopAccepting()
        await writer.finished()
        transactions.stopAccepting()
        await transactions.finished()
        await readers.finished()
    }
}
