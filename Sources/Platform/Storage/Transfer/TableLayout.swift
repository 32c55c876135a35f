import Foundation

/// What a table is made of, as far as moving its rows asks.
struct TableLayout: Sendable, Equatable {
    /// What a column may hold beside null.
    enum Kind: String, Sendable {
        case integer, real, text, blob
        /// Whole numbers 0 and 1 in SQLite, a type of its own in PostgreSQL.
        case boolean
        /// Text such as `2026-01-31` in SQLite, a type of its own in PostgreSQL.
        case date

        /// Reads a declared type by SQLite's rules for affinity, as far as the portable SQL goes.
        init(declared type: String) {
            let type = type.uppercased()
            if type.contains("BOOL") {
                self = .boolean
            } else if type == "DATE" {
                self = .date
            } else if type.contains("INT") {
                self = .integer
            } else if ["CHAR", "CLOB", "TEXT"].contains(where: type.contains) {
                self = .text
            } else if ["REAL", "FLOA", "DOUB"].contains(where: type.contains) {
                self = .real
            } else {
                self = .blob
            }
        }

        func mayHold(_ value: SQLValue) -> Bool {
            switch (self, value) {
            case (_, .null), (.integer, .integer), (.real, .real), (.text, .text), (.blob, .blob): true
            case (.boolean, .integer(0...1)), (.date, .text): true
            default: false
            }
        }
    }

    struct Column: Sendable, Equatable {
        let name: String
        let kind: Kind

        /// The place of a value in an `INSERT`, as every database takes it.
        var placeholder: String { kind == .boolean ? "CAST(? AS BIGINT) = 1" : "?" }
    }

    let name: String
    let columns: [Column]
    /// The positions of the primary key's columns, in its order.
    let key: [Int]
    /// The column that numbers its rows by itself, if there is one.
    let numbered: String?
    /// Tables that must have their rows first.
    let parents: Set<String>
    /// Rows that the migrations themselves insert.
    let seedRows: Int

    /// Whether rows may be so large that their size is asked for before they are.
    var hasWideColumns: Bool { columns.contains { $0.kind == .text || $0.kind == .blob } }

    /// The names of all columns, quoted and separated.
    var columnList: SQLStatement { Self.list(columns.map(\.name)) }

    /// The names of the key's columns, quoted and separated.
    var keyList: SQLStatement { Self.list(key.map { columns[$0].name }) }

    private static func list(_ names: [String]) -> SQLStatement {
        names.dropFirst().reduce("\(name: names.first ?? "")") { $0 + ", \(name: $1)" }
    }

    /// Whether a row of this table fits: as many values, each of its column's kind.
    func misfit(in row: [SQLValue]) -> Column? {
        zip(columns, row).first { !$0.kind.mayHold($1) }?.0
    }
}

/// The tables of several parts of the program, those first that others refer to.
///
/// They are found by letting the migrations make them in a file of their own: so nothing has to be said twice, and tables
/// that only share the database are never touched.
struct SchemaLayout: Sendable {
    let tables: [TableLayout]
    /// Columns that name objects, as far as the tables are there.
    let references: [DatabaseSchema.ObjectReference]

    /// Finds the tables. Blocks for some milliseconds.
    ///
    /// - Throws: `TransferError.noPrimaryKey` or `.circularReferences` for tables whose rows cannot be moved.
    init(of schemas: [DatabaseSchema]) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "layout-\(ObjectID.next())")
        try FileDescriptor.makeFolders(folder)
        defer { try? FileManager.default.removeItem(at: folder) }
        let connection = try SQLiteConnection(
            file: folder.appending(path: "scratch"), role: .writing, configuration: SQLiteConfiguration())
        try connection.beginWriting(until: .now + .seconds(10))
        for statement in schemas.flatMap(\.migrations).flatMap({ $0.statements(.sqlite) }) {
            _ = try connection.run(statement)
        }
        let definitions = try connection.query(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite^_%' ESCAPE '^'")
        var found: [TableLayout] = []
        for row in definitions {
            found.append(try Self.table(row.text("name"), definition: row.text("sql"), connection))
        }
        tables = try Self.parentsFirst(found)
        references = schemas.flatMap(\.references).filter { reference in
            found.contains { $0.name == reference.table && $0.columns.contains { $0.name == reference.column } }
        }
    }

    private static func table(
        _ name: String, definition: String, _ connection: SQLiteConnection
    ) throws -> TableLayout {
        let quoted = "\"" + name.replacing("\"", with: "\"\"") + "\""
        let rows = try connection.control("PRAGMA table_info(\(quoted))").rows
        let columns = try rows.map {
            TableLayout.Column(name: try $0.text("name"), kind: TableLayout.Kind(declared: try $0.text("type")))
        }
        let ranks = try rows.enumerated().map { (position: $0.offset, rank: try $0.element.integer("pk")) }
        let key = ranks.filter { $0.rank > 0 }.sorted { $0.rank < $1.rank }.map(\.position)
        guard !key.isEmpty else { throw TransferError.noPrimaryKey(table: name) }
        let isNumbered = key.count == 1 && definition.uppercased().contains("AUTOINCREMENT")
        let parents = try connection.control("PRAGMA foreign_key_list(\(quoted))").rows.map { try $0.text("table") }
        let count = try connection.query("SELECT COUNT(*) AS n FROM \(name: name)")
        return TableLayout(
            name: name, columns: columns, key: key, numbered: isNumbered ? columns[key[0]].name : nil,
            parents: Set(parents), seedRows: try count.first?.get("n") ?? 0)
    }

    private static func parentsFirst(_ tables: [TableLayout]) throws -> [TableLayout] {
        var rest = tables.sorted { $0.name < $1.name }
        var ordered: [TableLayout] = []
        while !rest.isEmpty {
            let waiting = Set(rest.map(\.name))
            guard let index = rest.firstIndex(where: { $0.parents.isDisjoint(with: waiting) }) else {
                throw TransferError.circularReferences(tables: waiting.sorted())
            }
            ordered.append(rest.remove(at: index))
        }
        return ordered
    }
}
