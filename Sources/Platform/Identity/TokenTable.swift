import Storage

/// The table of tokens.
enum TokenTable {
    /// Creates or updates it.
    static func prepare(_ database: any SQLDatabase) async throws {
        try await database.migrate(schema)
    }

    static let schema = DatabaseSchema(namespace: "identity", migrations: migrations)

    private static let migrations = [
        Migration(id: "001-tokens") { dialect in
            [
                SQLStatement(
                    composed: """
                        CREATE TABLE identity_tokens (
                            id TEXT PRIMARY KEY, name TEXT NOT NULL, hash \(dialect.blobType) NOT NULL UNIQUE,
                            hint TEXT NOT NULL, app TEXT, created_at BIGINT NOT NULL, expires_at BIGINT,
                            revoked_at BIGINT, last_used_on TEXT)
                        """)
            ]
        }
    ]
}
