/// How far a copy into a database has come, kept in that database together with the rows themselves.
///
/// While it is there the database is not complete, and no server should use it.
struct TransferRecord: Sendable {
    /// The copy under way.
    struct Run: Sendable, Equatable {
        /// Where the rows come from, without passwords.
        let source: String
        /// Whether the source has changed since it began, so that it must begin anew.
        let isStale: Bool
    }

    /// How far one table has come.
    struct Progress: Sendable, Equatable {
        var digest = TableDigest()
        /// The key of the last row copied; nil before the first.
        var last: [SQLValue]?
    }

    static let schema = DatabaseSchema(
        namespace: "transfer",
        migrations: [
            Migration(id: "001-progress") { dialect in
                [
                    "CREATE TABLE transfer_runs (source TEXT PRIMARY KEY, is_stale BIGINT NOT NULL)",
                    SQLStatement(
                        composed: """
                            CREATE TABLE transfer_tables (
                                name TEXT PRIMARY KEY, digest TEXT NOT NULL, last_key \(dialect.blobType) NOT NULL)
                            """),
                ]
            }
        ])

    let database: any SQLDatabase

    /// The copy under way, or nil where none is.
    static func run(in source: any SQLSnapshot, _ history: SchemaHistory) async throws -> Run? {
        guard history.tables.contains("transfer_runs") else { return nil }
        return try await source.query("SELECT source, is_stale FROM transfer_runs").first.map {
            Run(source: try $0.text("source"), isStale: try $0.integer("is_stale") != 0)
        }
    }

    /// Begins a copy into tables that then have no rows.
    ///
    /// - Parameter tables: the target's, parents first.
    func begin(from source: String, emptying tables: [TableLayout]) async throws {
        try await database.transaction(timeout: .seconds(3_600)) { transaction in
            for table in tables.reversed() { try await transaction.execute("DELETE FROM \(name: table.name)") }
            try await transaction.execute("DELETE FROM transfer_tables")
            try await transaction.execute("DELETE FROM transfer_runs")
            try await transaction.execute("INSERT INTO transfer_runs (source, is_stale) VALUES (\(bind: source), 0)")
        }
    }

    /// How far a table has come.
    func progress(of table: TableLayout) async throws -> Progress {
        let row = try await database.query(
            "SELECT digest, last_key FROM transfer_tables WHERE name = \(bind: table.name)"
        ).first
        guard let row else { return Progress() }
        guard let digest = TableDigest(try row.text("digest")) else {
            throw StorageError.corrupt(detail: "the progress of \(table.name)")
        }
        return Progress(digest: digest, last: try RowCodec.row(row.blob("last_key"), values: table.key.count))
    }

    /// The statement that notes how far a table has come, to be kept with the rows.
    static func note(_ progress: Progress, of table: TableLayout) -> SQLStatement {
        let key = RowCodec.bytes(of: progress.last ?? [])
        return """
            INSERT INTO transfer_tables (name, digest, last_key)
            VALUES (\(bind: table.name), \(bind: progress.digest.description), \(bind: key))
            ON CONFLICT (name) DO UPDATE SET digest = excluded.digest, last_key = excluded.last_key
            """
    }

    /// Notes that the copy must begin anew.
    func makeStale() async throws { try await database.write("UPDATE transfer_runs SET is_stale = 1") }

    /// Ends the copy: the database is complete.
    func end() async throws {
        try await database.write(["DELETE FROM transfer_tables", "DELETE FROM transfer_runs"])
    }
}

extension SQLDatabase {
    /// Where the rows of a copy come from that has begun in this database and not ended; nil where there is none.
    public func unfinishedCopy() async throws -> String? {
        try await snapshot(timeout: .seconds(10)) { snapshot in
            try await TransferRecord.run(in: snapshot, SchemaHistory(of: snapshot, dialect: dialect))?.source
        }
    }
}
