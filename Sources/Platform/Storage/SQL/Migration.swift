/// One step of a schema, applied once and never edited afterwards.
public struct Migration: Sendable {
    /// Its name, such as `001-records`; recorded in the database.
    public let id: String
    let statements: @Sendable (SQLDialect) -> [SQLStatement]

    /// A step in portable SQL.
    public init(id: String, statements: [SQLStatement]) {
        self.init(id: id) { _ in statements }
    }

    /// A step whose SQL depends on the database.
    public init(id: String, statements: @escaping @Sendable (SQLDialect) -> [SQLStatement]) {
        self.id = id
        self.statements = statements
    }
}

extension SQLDatabase {
    /// Brings the tables of one part of the program up to date.
    ///
    /// Each step is applied once, in order, in a transaction of its own together with its record. Several processes
    /// may do this at once. A database with steps unknown here is left alone.
    ///
    /// - Parameters:
    ///   - migrations: all steps there ever were, oldest first.
    ///   - namespace: the part of the program, such as `registry`; its steps are independent of those of others.
    ///   - timeout: how long one step may take.
    /// - Returns: the steps applied by this call.
    /// - Throws: `StorageError.newerSchema`, `.migrationFailed` and what `transaction` throws.
    @discardableResult
    public func migrate(
        _ migrations: [Migration], namespace: String, timeout: Duration = .seconds(600)
    ) async throws -> [String] {
        precondition(Set(migrations.map(\.id)).count == migrations.count, "migrations of \(namespace) share an id")
        let history = MigrationHistory(migrations: migrations, namespace: namespace)
        var applied: [String] = []
        while let id = try await transaction(timeout: timeout, { try await history.advance($0, dialect: dialect) }) {
            applied.append(id)
        }
        return applied
    }
}

/// The record of applied steps.
private struct MigrationHistory: Sendable {
    let migrations: [Migration]
    let namespace: String

    /// Applies the next step, if there is one, and returns its id.
    func advance(_ transaction: any SQLTransaction, dialect: SQLDialect) async throws -> String? {
        if let lock = dialect.migrationLock { try await transaction.execute(lock) }
        try await transaction.execute(
            """
            CREATE TABLE IF NOT EXISTS schema_migrations (
                namespace TEXT NOT NULL, position BIGINT NOT NULL, id TEXT NOT NULL,
                PRIMARY KEY (namespace, position))
            """)
        let applied = try await transaction.query(
            "SELECT id FROM schema_migrations WHERE namespace = \(bind: namespace) ORDER BY position"
        ).map { try $0.text("id") }
        for (position, id) in applied.enumerated() {
            guard position < migrations.count, migrations[position].id == id else {
                throw StorageError.newerSchema(namespace: namespace, migration: id)
            }
        }
        guard applied.count < migrations.count else { return nil }
        let next = migrations[applied.count]
        do {
            for statement in next.statements(dialect) { try await transaction.execute(statement) }
        } catch let error as StorageError {
            switch error {
            case .invalidStatement, .constraint, .conflict:
                throw StorageError.migrationFailed(namespace: namespace, migration: next.id, detail: error.detail)
            default: throw error
            }
        }
        try await transaction.execute(
            """
            INSERT INTO schema_migrations (namespace, position, id)
            VALUES (\(bind: namespace), \(bind: applied.count), \(bind: next.id))
            """)
        return next.id
    }
}
