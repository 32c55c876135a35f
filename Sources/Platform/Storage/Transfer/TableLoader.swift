/// Puts rows into a table together with the note of how far that has come.
struct TableLoader: Sendable {
    private let table: TableLayout
    private let target: any SQLDatabase
    private let insert: String
    private(set) var progress: TransferRecord.Progress

    /// Goes on from where the table is.
    init(_ table: TableLayout, into target: any SQLDatabase) async throws {
        self.table = table
        self.target = target
        let marks = table.columns.map(\.placeholder).joined(separator: ", ")
        let head: SQLStatement = "INSERT INTO \(name: table.name) (\(part: table.columnList)) VALUES ("
        insert = head.sql + marks + ")"
        progress = try await TransferRecord(database: target).progress(of: table)
    }

    /// Inserts rows in one unit.
    ///
    /// - Throws: `TransferError.misfit` for a value that is not of its column's type; what `write` throws.
    mutating func append(_ rows: [[SQLValue]]) async throws {
        guard let final = rows.last else { return }
        var after = progress
        for row in rows {
            if let column = table.misfit(in: row) { throw TransferError.misfit(table: table.name, column: column.name) }
            after.digest.add(row)
        }
        after.last = table.key.map { final[$0] }
        try await target.write(
            rows.map { SQLStatement(composed: insert, $0) } + [TransferRecord.note(after, of: table)])
        progress = after
    }

    /// Lets the numbering of the table go on behind the last number ever given, if it has one.
    func continueNumbering(after number: Int64?) async throws {
        guard let column = table.numbered else { return }
        try await target.write(target.dialect.continueNumbering(of: table.name, column: column, after: number))
    }
}

extension SQLDialect {
    /// Asks for the last number that a table has given to a row, as `number`; null or no row if there was none.
    func lastNumber(of table: String, column: String) -> SQLStatement {
        self == .postgreSQL
            ? """
            SELECT pg_sequence_last_value(
                pg_get_serial_sequence(\(bind: "\"\(table)\""), \(bind: column))::regclass) AS number
            """
            : "SELECT seq AS number FROM sqlite_sequence WHERE name = \(bind: table)"
    }

    fileprivate func continueNumbering(of table: String, column: String, after number: Int64?) -> [SQLStatement] {
        self == .postgreSQL
            ? [
                """
                SELECT setval(pg_get_serial_sequence(\(bind: "\"\(table)\""), \(bind: column)),
                    \(bind: max(1, number ?? 1)), \(bind: number == nil ? "false" : "true")::boolean)
                """
            ]
            : [
                "DELETE FROM sqlite_sequence WHERE name = \(bind: table)",
                "INSERT INTO sqlite_sequence (name, seq) VALUES (\(bind: table), \(bind: number ?? 0))",
            ]
    }
}

extension TableLayout {
    /// The last number that the table has given to a row; nil where it numbers none or has given none.
    func lastNumber(in source: any SQLSnapshot, dialect: SQLDialect) async throws -> Int64? {
        guard let numbered else { return nil }
        let row = try await source.query(dialect.lastNumber(of: name, column: numbered)).first
        let given = try row?.optionalInteger("number")
        // Rows may have been inserted with numbers of their own.
        let highest = try await source.query("SELECT MAX(\(name: numbered)) AS number FROM \(name: name)").first?
            .optionalInteger("number")
        return [given, highest].compactMap(\.self).max()
    }
}
