import CPostgreSQL

/// What a connection knows about statements: their translation, and under which names they are prepared.
///
/// Those not used for longest make room for new ones.
struct PostgreSQLStatementCache {
    /// A statement prepared for certain types of values.
    struct Prepared: Equatable {
        let name: String
        let types: [Oid]

        /// Whether values can be sent with it; null goes with every type.
        func takes(_ arguments: PostgreSQLArguments) -> Bool {
            types == arguments.types
                || zip(types, zip(arguments.types, arguments.nulls)).allSatisfy { $0 == $1.0 || $1.1 }
        }
    }

    private struct Entry {
        let text: PostgreSQLSQLText
        var prepared: [Prepared] = []
        var lastUse: UInt64
    }

    private let capacity: Int
    private var entries: [String: Entry] = [:]
    private var uses: UInt64 = 0
    private var names: UInt64 = 0
    /// Names that made room, to be given up on the server with the next statement.
    private(set) var abandoned: [String] = []

    init(capacity: Int) { self.capacity = max(1, capacity) }

    /// The translation of a text.
    mutating func text(of sql: String) -> PostgreSQLSQLText {
        uses += 1
        if let index = entries.index(forKey: sql) {
            entries.values[index].lastUse = uses
            return entries.values[index].text
        }
        if entries.count >= capacity, let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) {
            abandoned += oldest.value.prepared.map(\.name)
            entries[oldest.key] = nil
        }
        let text = PostgreSQLSQLText(sql)
        entries[sql] = Entry(text: text, lastUse: uses)
        return text
    }

    /// The prepared statement that takes the values, if there is one.
    func prepared(_ sql: String, for arguments: PostgreSQLArguments) -> Prepared? {
        entries[sql]?.prepared.first { $0.takes(arguments) }
    }

    /// Notes a statement that is about to be prepared.
    mutating func prepare(_ sql: String, for arguments: PostgreSQLArguments) -> Prepared {
        names += 1
        let prepared = Prepared(name: "p\(names)", types: arguments.types)
        if entries[sql] == nil { entries[sql] = Entry(text: PostgreSQLSQLText(sql), lastUse: uses) }
        entries[sql]?.prepared.append(prepared)
        return prepared
    }

    /// Forgets a statement that could not be prepared.
    mutating func remove(_ name: String, of sql: String) {
        entries[sql]?.prepared.removeAll { $0.name == name }
    }

    /// Forgets every preparation, since the tables have changed below one of them.
    mutating func removeAll() {
        abandoned += entries.values.flatMap { $0.prepared.map(\.name) }
        entries = [:]
    }

    /// The names to give up, handed out once.
    mutating func takeAbandoned() -> [String] {
        defer { abandoned = [] }
        return abandoned
    }
}
