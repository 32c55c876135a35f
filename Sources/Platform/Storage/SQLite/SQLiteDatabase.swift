public import Foundation

/// A database in a SQLite file, for one or several processes of one machine.
///
/// One thread writes and a few read, all through the write-ahead log with `synchronous = FULL`. Units that arrive while
/// the disk is busy with a commit share the next one, so that durability costs a commit a group and not one each.
public final class SQLiteDatabase: SQLDatabase {
    public let dialect = SQLDialect.sqlite

    let file: URL
    let configuration: SQLiteConfiguration
    private let writer: SQLiteWriter
    private let checkpointer: SQLiteCheckpointer
    private let readers: SQLiteReaders
    private let lookups: SQLiteLookups

    /// Opens a file, creating it and the folders above it if they are missing. Blocks on the disk.
    ///
    /// - Throws: `StorageError`: `.unavailable` if it cannot be opened, `.corrupt` if it is no database.
    public init(file: URL, configuration: SQLiteConfiguration = SQLiteConfiguration()) throws(StorageError) {
        try FileDescriptor.makeFolders(file.absoluteURL.deletingLastPathComponent())
        self.file = file
        self.configuration = configuration
        let connection = try SQLiteConnection(file: file, role: .writing, configuration: configuration)
        let second = try SQLiteConnection(file: file, role: .reading, configuration: configuration)
        // All that may fail comes before the first thread.
        lookups = try SQLiteLookups(file: file, configuration: configuration)
        readers = try SQLiteReaders(file: file, configuration: configuration)
        checkpointer = SQLiteCheckpointer(second, threshold: configuration.logThreshold)
        writer = SQLiteWriter(connection, checkpointer: checkpointer, configuration: configuration)
    }

    deinit {
        writer.stopAccepting()
        readers.stopAccepting()
        checkpointer.stop()
    }

    /// Units and transactions whose turn to write has not come, for metrics.
    public var waitingWrites: Int { writer.waiting }

    public func query(_ statement: SQLStatement) async throws -> [SQLRow] {
        try await readers.query(statement, timeout: configuration.timeout)
    }

    public func lookup(_ statement: SQLStatement) async throws -> SQLRow? {
        if let rows = try lookups.rows(of: statement) { return rows.first }
        return try await query(statement).first
    }

    @discardableResult
    public func write(_ statements: [SQLStatement]) async throws -> [SQLResult] {
        try TransactionScopes.refuseInside(self)
        return try await writer.write(statements, timeout: configuration.timeout)
    }

    public func transaction<Value: Sendable>(
        timeout: Duration?, _ body: @Sendable (any SQLTransaction) async throws -> Value
    ) async throws -> Value {
        try TransactionScopes.refuseInside(self)
        let session = try await writer.begin(timeout: timeout ?? configuration.timeout)
        return try await TransactionScopes.run(session, of: self, body)
    }

    public func snapshot<Value: Sendable>(
        timeout: Duration, _ body: @Sendable (any SQLSnapshot) async throws -> Value
    ) async throws -> Value {
        let snapshot = try await SQLiteSnapshot(file: file, configuration: configuration, timeout: timeout)
        do {
            let value = try await body(snapshot)
            await snapshot.end()
            return value
        } catch {
            await snapshot.end()
            throw error
        }
    }

    public func close() async {
        readers.stopAccepting()
        await readers.finished()
        lookups.close()
        await checkpointer.close()
        // The last connection to close puts the log back into the file. Of two that close at the same moment each may
        // leave it to the other, so this one closes alone; an idle writer does as soon as it accepts nothing more.
        writer.stopAccepting()
        await writer.finished()
    }
}
