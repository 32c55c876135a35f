import Storage
import TestSupport

extension SQLDriver {
    /// Opens the database of a test; opening again finds what was written.
    func open(_ folder: TemporaryFolder, timeout: Duration = .seconds(30)) async throws -> any SQLDatabase {
        try await open(folder.url, timeout: timeout)
    }

    /// Opens a new database with a small table.
    func openNotes(_ folder: TemporaryFolder) async throws -> any SQLDatabase {
        let database = try await open(folder)
        try await database.migrate(Notes.migrations, namespace: "notes")
        return database
    }
}

/// A small schema for tests.
enum Notes {
    static let migrations = [
        Migration(id: "001-notes") { dialect in
            [
                SQLStatement(
                    composed: """
                        CREATE TABLE notes (
                            id BIGINT PRIMARY KEY, title TEXT UNIQUE, stars BIGINT NOT NULL DEFAULT 0,
                            weight DOUBLE PRECISION, content \(dialect.blobType), CHECK (stars <= 5))
                        """),
                """
                CREATE TABLE remarks (
                    note BIGINT NOT NULL REFERENCES notes (id) DEFERRABLE INITIALLY DEFERRED, text TEXT NOT NULL)
                """,
            ]
        }
    ]

    static func insert(_ id: Int, _ title: String? = nil, stars: Int = 0) -> SQLStatement {
        "INSERT INTO notes (id, title, stars) VALUES (\(bind: id), \(bind: title), \(bind: stars))"
    }

    static func ids(_ database: any SQLDatabase) async throws -> [Int] {
        try await database.query("SELECT id FROM notes ORDER BY id").map { try $0.get("id") }
    }
}
