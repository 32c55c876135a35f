/// Where the SQL of one database differs from that of another.
///
/// The rest is written once: `TEXT`, `BIGINT` and `DOUBLE PRECISION` columns, Booleans as the integers 0 and 1, moments
/// as `BIGINT`, `ON CONFLICT`, `RETURNING`, and `?` for values.
public struct SQLDialect: Sendable, Equatable {
    /// The name of the database, for messages.
    public let name: String
    /// The type of a column of bytes.
    public let blobType: String
    /// The definition of a primary key that numbers its rows from 1.
    public let numberedKey: String
    /// What a transaction runs first to keep other processes from migrating; nil where transactions do so anyway.
    public let migrationLock: SQLStatement?

    /// Describes a dialect.
    public init(name: String, blobType: String, numberedKey: String, migrationLock: SQLStatement?) {
        self.name = name
        self.blobType = blobType
        self.numberedKey = numberedKey
        self.migrationLock = migrationLock
    }

    /// SQLite 3.35 or later.
    public static let sqlite = SQLDialect(
        name: "SQLite", blobType: "BLOB", numberedKey: "INTEGER PRIMARY KEY AUTOINCREMENT", migrationLock: nil)
}
