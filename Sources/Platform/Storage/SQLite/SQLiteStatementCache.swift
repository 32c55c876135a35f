/// The prepared statements of a connection, of which those not used for longest make room for new ones.
struct SQLiteStatementCache {
    private struct Entry {
        let statement: SQLitePreparedStatement
        var lastUse: UInt64
    }

    private let capacity: Int
    private var entries: [String: Entry] = [:]
    private var uses: UInt64 = 0

    init(capacity: Int) {
        self.capacity = max(1, capacity)
    }

    /// The statement of a text, prepared if it is not here.
    mutating func statement(
        for sql: String, prepare: () throws(StorageError) -> SQLitePreparedStatement
    ) throws(StorageError) -> SQLitePreparedStatement {
        uses += 1
        if let index = entries.index(forKey: sql) {
            entries.values[index].lastUse = uses
            return entries.values[index].statement
        }
        let statement = try prepare()
        if entries.count >= capacity, let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) {
            entries[oldest.key] = nil
        }
        entries[sql] = Entry(statement: statement, lastUse: uses)
        return statement
    }

    /// Forgets all statements, as a connection must before it closes.
    mutating func removeAll() { entries = [:] }
}
