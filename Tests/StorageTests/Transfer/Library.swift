import Storage

/// A schema with every kind of column, keys of two columns, references, numbered rows and a row that the migration makes.
enum Library {
    static let schemas = [
        DatabaseSchema(
            namespace: "library",
            migrations: [
                Migration(id: "001-books") { dialect in
                    [
                        "CREATE TABLE z_authors (id TEXT PRIMARY KEY, born BIGINT, rating DOUBLE PRECISION)",
                        SQLStatement(
                            composed: """
                                CREATE TABLE books (
                                    id \(dialect.numberedKey), author TEXT NOT NULL REFERENCES z_authors (id),
                                    cover \(dialect.blobType), text TEXT, hash TEXT)
                                """),
                        """
                        CREATE TABLE copies (
                            book BIGINT NOT NULL REFERENCES books (id), shelf TEXT NOT NULL, note TEXT,
                            PRIMARY KEY (shelf, book))
                        """,
                    ]
                },
                Migration(
                    id: "002-rules",
                    statements: [
                        "CREATE TABLE rules (name TEXT PRIMARY KEY, value BIGINT NOT NULL)",
                        "INSERT INTO rules VALUES ('loans', 3)",
                    ]),
            ],
            references: [.init(table: "books", column: "hash", folder: "covers")]),
        DatabaseSchema(
            namespace: "unused",
            migrations: [Migration(id: "001", statements: ["CREATE TABLE unused (id BIGINT PRIMARY KEY)"])]),
    ]

    /// Texts that databases sort, quote and store in different ways.
    static let texts = [
        "", " ", "a", "A", "B", "b", "é", "e\u{301}", "ß", "ss", "日本", "🂡", "'; DROP TABLE books; --", "\"", "\\", "%_",
        "line\nbreak\ttab\r", "\u{7F}\u{80}\u{FFFD}\u{10FFFF}", "NULL", "0", "-1", "1e5", "\u{FEFF}",
    ]
    static let integers: [Int64] = [0, 1, -1, .max, .min, 1 << 53 + 1, -(1 << 53) - 1]
    static let reals: [Double] = [
        0, -0.0, 1, -1, 0.1, 1.0 / 3, .pi, .leastNormalMagnitude / 16, .leastNonzeroMagnitude, .greatestFiniteMagnitude,
        .infinity,
        -.infinity, 123_456_789.123_456_789, 9_007_199_254_740_992,
    ]
    static let blobs: [[UInt8]] = [[], [0], [255, 0, 255], Array(0...255), Array("text".utf8)]

    /// Makes the tables and fills them; every text, integer, real and blob above is in there.
    static func fill(_ database: any SQLDatabase, books: Int = 60) async throws {
        try await database.migrate(schemas[0])
        try await database.write(
            texts.enumerated().map { index, text in
                """
                INSERT INTO z_authors (id, born, rating)
                VALUES (\(bind: text), \(bind: integers[index % integers.count]), \(bind: reals[index % reals.count]))
                """
            })
        try await database.write((0..<books).map { book($0) })
        try await database.write(
            (1...books).map { number in
                """
                INSERT INTO copies (book, shelf, note)
                VALUES (\(bind: number), \(bind: texts[number % texts.count]),
                    \(bind: number % 3 == 0 ? nil : "note \(number)"))
                """
            })
        // The last number given is then higher than that of any row.
        try await database.write([book(0), "DELETE FROM books WHERE id = \(bind: books + 1)"])
    }

    static func book(_ number: Int) -> SQLStatement {
        """
        INSERT INTO books (author, cover, text) VALUES (
            \(bind: texts[number % texts.count]), \(bind: blobs[number % blobs.count]),
            \(bind: number % 4 == 0 ? nil : texts[(number + 1) % texts.count]))
        """
    }

    /// Everything in all tables, in an order that does not depend on the database.
    static func content(_ database: any SQLDatabase) async throws -> [String: Set<[SQLValue]>] {
        var content: [String: Set<[SQLValue]>] = [:]
        for table in ["z_authors", "books", "copies", "rules"] {
            let rows = try await database.query("SELECT * FROM \(name: table)").map(\.values)
            content[table] = Set(rows)
            if Set(rows).count != rows.count { content[table] = nil }
        }
        return content
    }
}
