import Storage

/// The tables of this part of the program.
enum PrivacyTables {
    /// Creates or updates them.
    static func prepare(_ database: any SQLDatabase) async throws {
        try await database.migrate(schema)
    }

    static let schema = DatabaseSchema(namespace: "privacy", migrations: migrations)

    private static let migrations = [
        Migration(id: "001-audit-purges-keys") { dialect in
            [
                SQLStatement(
                    composed: """
                        CREATE TABLE privacy_audit (
                            number \(dialect.numberedKey), at BIGINT NOT NULL, actor TEXT NOT NULL, act TEXT NOT NULL,
                            app TEXT, subject TEXT NOT NULL, detail TEXT NOT NULL)
                        """),
                "CREATE INDEX privacy_audit_by_time ON privacy_audit (at)",
                """
                CREATE TABLE privacy_purges (
                    name TEXT PRIMARY KEY, holder TEXT NOT NULL, held_until BIGINT NOT NULL,
                    finished_at BIGINT NOT NULL)
                """,
                SQLStatement(
                    composed: "CREATE TABLE privacy_keys (name TEXT PRIMARY KEY, bytes \(dialect.blobType) NOT NULL)"),
            ] + refusingChanges(dialect)
        }
    ]

    /// Entries of the audit log are never changed, whoever tries; they leave by their retention only.
    private static func refusingChanges(_ dialect: SQLDialect) -> [SQLStatement] {
        if dialect == .sqlite {
            return [
                """
                CREATE TRIGGER privacy_audit_is_fixed BEFORE UPDATE ON privacy_audit
                BEGIN SELECT RAISE(ABORT, 'entries of the audit log are never changed'); END
                """
            ]
        }
        return [
            """
            CREATE OR REPLACE FUNCTION privacy_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'entries of the audit log are never changed'; END $$
            """,
            """
            CREATE TRIGGER privacy_audit_is_fixed BEFORE UPDATE ON privacy_audit
            FOR EACH ROW EXECUTE FUNCTION privacy_audit_refuse()
            """,
        ]
    }
}
