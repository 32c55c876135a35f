/// A transaction that a body may be inside of.
protocol TransactionScope: Sendable {
    /// Whether it takes statements.
    var isOpen: Bool { get }

    /// Keeps or undoes what was done.
    func end(keeping: Bool) async throws
}

/// The transactions whose bodies the present task runs, to refuse what would wait for itself.
enum TransactionScopes {
    @TaskLocal private static var open: [ObjectIdentifier: any TransactionScope] = [:]

    /// Runs a body inside a transaction of a database and ends it: keeping what was done unless the body throws.
    static func run<Session: TransactionScope & SQLTransaction, Value: Sendable>(
        _ session: Session, of database: AnyObject, _ body: @Sendable (any SQLTransaction) async throws -> Value
    ) async throws -> Value {
        let value: Value
        do {
            value = try await within(session, of: database) { try await body(session) }
        } catch {
            // The body's error is the one that tells why; that of ending a failed transaction only repeats it.
            try? await session.end(keeping: false)
            throw error
        }
        try await session.end(keeping: true)
        return value
    }

    private static func within<Value: Sendable>(
        _ scope: any TransactionScope, of database: AnyObject, _ body: () async throws -> Value
    ) async rethrows -> Value {
        var scopes = open
        scopes[ObjectIdentifier(database)] = scope
        return try await $open.withValue(scopes) { try await body() }
    }

    /// Refuses to use the database instead of its transaction.
    static func refuseInside(_ database: AnyObject) throws(StorageError) {
        // A task started by the body and still running after its end is free to write.
        guard let scope = open[ObjectIdentifier(database)], scope.isOpen else { return }
        throw .invalidStatement(detail: "a transaction's body must use its own transaction, not the database")
    }
}
