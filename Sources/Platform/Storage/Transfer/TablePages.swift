/// The rows of a table in the order of its key, a bounded amount at a time.
struct TablePages {
    /// How many rows a page has at most.
    static let rowsPerPage = 1_000
    /// About how many bytes of text and blobs a page has at most, unless one row has more.
    static let bytesPerPage = 4 << 20

    private let table: TableLayout
    private let source: any SQLSnapshot
    /// The key of the last row read.
    private(set) var last: [SQLValue]?
    private var hasEnded = false

    /// Begins behind a key, or with the first row.
    init(_ table: TableLayout, of source: any SQLSnapshot, after last: [SQLValue]? = nil) {
        self.table = table
        self.source = source
        self.last = last
    }

    /// The next rows; nil at the end.
    mutating func next() async throws -> [[SQLValue]]? {
        guard !hasEnded else { return nil }
        let limit = try await rowsThatFit()
        guard limit > 0 else {
            hasEnded = true
            return nil
        }
        let rows = try await source.query(
            "SELECT \(part: table.columnList) FROM \(name: table.name) \(part: position) LIMIT \(bind: limit)"
        ).map(\.values)
        guard let final = rows.last else { return nil }
        last = table.key.map { final[$0] }
        return rows
    }

    /// Where to go on, and in which order.
    private var position: SQLStatement {
        var condition: SQLStatement = ""
        if let last {
            condition = "WHERE (\(part: table.keyList)) > (\(list: last)) "
        }
        return condition + "ORDER BY \(part: table.keyList)"
    }

    /// How many of the next rows make a page, by asking for their sizes where they may be large.
    private func rowsThatFit() async throws -> Int {
        guard table.hasWideColumns else { return Self.rowsPerPage }
        let lengths = table.columns.filter { $0.kind == .text || $0.kind == .blob }
            .map { column -> SQLStatement in "COALESCE(LENGTH(\(name: column.name)), 0)" }
        let size = lengths.dropFirst().reduce(lengths[0]) { $0 + " + " + $1 }
        let sizes = try await source.query(
            """
            SELECT \(part: size) AS size FROM \(name: table.name) \(part: position)
            LIMIT \(bind: Self.rowsPerPage)
            """)
        var (count, bytes) = (0, 0)
        for row in sizes {
            bytes += max(0, try row.get("size", as: Int.self))
            guard count == 0 || bytes <= Self.bytesPerPage else { break }
            count += 1
        }
        return count
    }

    /// The digest of all rows of a table.
    static func digest(
        of table: TableLayout, in source: any SQLSnapshot, progress: (Int) -> Void
    ) async throws -> TableDigest {
        var digest = TableDigest()
        var pages = TablePages(table, of: source)
        while let rows = try await pages.next() {
            for row in rows { digest.add(row) }
            progress(rows.count)
        }
        return digest
    }
}
