import CPostgreSQL

/// Reads what the server answered to one statement.
enum PostgreSQLResult {
    /// The rows and the count of changes.
    static func decode(_ result: OpaquePointer) -> SQLResult {
        let tag = PQcmdStatus(result).map { String(cString: $0) } ?? ""
        let changes =
            ["INSERT", "UPDATE", "DELETE", "MERGE"].contains { tag.hasPrefix($0) }
            ? PQcmdTuples(result).flatMap { Int(String(cString: $0)) } ?? 0 : 0
        let columns = PQnfields(result)
        guard columns > 0 else { return SQLResult(changedRows: changes) }
        let names = SQLColumns((0..<columns).map { PQfname(result, $0).map { String(cString: $0) } ?? "" })
        let types = (0..<columns).map { PQftype(result, $0) }
        let rows = (0..<PQntuples(result)).map { row in
            SQLRow(columns: names, values: (0..<columns).map { value(result, row, $0, types[Int($0)]) })
        }
        return SQLResult(changedRows: changes, rows: rows)
    }

    /// Whether a statement that must not change anything kept to that, as far as its answer tells.
    static func isQuery(_ result: OpaquePointer) -> Bool {
        let tag = PQcmdStatus(result).map { String(cString: $0) } ?? ""
        return tag.hasPrefix("SELECT") || tag.hasPrefix("EXPLAIN") || tag.hasPrefix("SHOW")
    }

    private static func value(_ result: OpaquePointer, _ row: Int32, _ column: Int32, _ type: Oid) -> SQLValue {
        guard PQgetisnull(result, row, column) == 0, let start = PQgetvalue(result, row, column) else { return .null }
        let bytes = UnsafeRawBufferPointer(start: start, count: Int(PQgetlength(result, row, column)))
        if type == PostgreSQLArguments.TypeID.bytes { return .blob(bytesOfHexadecimal(bytes)) }
        let text = String(decoding: bytes, as: UTF8.self)
        switch type {
        case PostgreSQLArguments.TypeID.boolean: return .integer(text == "t" ? 1 : 0)
        case let type where PostgreSQLArguments.TypeID.integers.contains(type):
            return Int64(text).map(SQLValue.integer) ?? .text(text)
        case let type where PostgreSQLArguments.TypeID.reals.contains(type):
            return Double(text).map(SQLValue.real) ?? .text(text)
        case PostgreSQLArguments.TypeID.numeric:
            // Sums of integers come as numbers without a fraction, averages with one.
            return Int64(text).map(SQLValue.integer) ?? Double(text).map(SQLValue.real) ?? .text(text)
        default: return .text(text)
        }
    }

    /// The bytes written as `\x0aff…`.
    private static func bytesOfHexadecimal(_ text: UnsafeRawBufferPointer) -> [UInt8] {
        func digit(_ byte: UInt8) -> UInt8 { byte < 58 ? byte &- 48 : (byte | 0x20) &- 87 }
        let count = max(0, text.count - 2) / 2
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
            for index in 0..<count {
                buffer[index] = digit(text[2 + 2 * index]) << 4 | digit(text[3 + 2 * index])
            }
            written = count
        }
    }
}
