import CSQLite

/// A compiled statement of one connection, used again and again.
final class SQLitePreparedStatement {
    private let handle: OpaquePointer
    private var columns: SQLColumns?
    private var compilations: Int32 = -1

    /// Whether running it changes nothing.
    let isReadOnly: Bool

    /// Compiles one statement.
    ///
    /// - Throws: `.invalidStatement` also if there is more than one, or none.
    init(_ sql: String, on connection: OpaquePointer) throws(StorageError) {
        var sql = sql
        var statement: OpaquePointer?
        var rest = 0
        let code = sql.withUTF8 { text in
            text.withMemoryRebound(to: CChar.self) { text in
                var tail: UnsafePointer<CChar>?
                let code = sqlite3_prepare_v3(
                    connection, text.baseAddress, Int32(clamping: text.count), UInt32(SQLITE_PREPARE_PERSISTENT),
                    &statement, &tail)
                if let start = text.baseAddress, let tail { rest = text.count - (tail - start) }
                return code
            }
        }
        guard code == SQLITE_OK else { throw SQLiteConnection.error(of: connection) }
        guard let statement else { throw .invalidStatement(detail: "there is no statement") }
        handle = statement
        isReadOnly = sqlite3_stmt_readonly(statement) != 0
        // Checked last, when `deinit` can free the statement.
        let isAlone = sql.utf8.suffix(max(0, rest)).allSatisfy { " \t\r\n;".utf8.contains($0) }
        guard isAlone else { throw .invalidStatement(detail: "there is text behind the first statement") }
    }

    deinit {
        sqlite3_finalize(handle)
    }

    /// Sets the values of the placeholders.
    func bind(_ arguments: [SQLValue]) throws(StorageError) {
        let count = Int(sqlite3_bind_parameter_count(handle))
        guard count == arguments.count else {
            throw .invalidStatement(detail: "the statement has \(count) placeholders, \(arguments.count) values came")
        }
        var index: Int32 = 0
        for argument in arguments {
            index += 1
            try argument.check(position: Int(index))
            let code = bind(argument, at: index)
            guard code == SQLITE_OK else { throw SQLiteConnection.error(of: sqlite3_db_handle(handle), code: code) }
        }
    }

    private func bind(_ value: SQLValue, at index: Int32) -> Int32 {
        switch value {
        case .null: sqlite3_bind_null(handle, index)
        case .integer(let number): sqlite3_bind_int64(handle, index, number)
        case .real(let number): sqlite3_bind_double(handle, index, number)
        case .text(var text):
            text.withUTF8 { bytes in
                bytes.withMemoryRebound(to: CChar.self) {
                    csqlite_bind_text(handle, index, $0.baseAddress, UInt64($0.count))
                }
            }
        case .blob(let bytes):
            bytes.withUnsafeBytes { csqlite_bind_blob(handle, index, $0.baseAddress, UInt64($0.count)) }
        }
    }

    /// Runs to the next row.
    ///
    /// - Returns: the row, or nil at the end.
    func step() throws(StorageError) -> SQLRow? {
        switch sqlite3_step(handle) {
        case SQLITE_DONE: return nil
        case SQLITE_ROW:
            let columns = currentColumns()
            var values: [SQLValue] = []
            values.reserveCapacity(columns.names.count)
            for index in 0..<Int32(columns.names.count) { values.append(value(at: index)) }
            return SQLRow(columns: columns, values: values)
        default: throw SQLiteConnection.error(of: sqlite3_db_handle(handle))
        }
    }

    /// Ends a run and forgets the values.
    func reset() {
        // Their results repeat the error of `step`, which has been reported.
        sqlite3_reset(handle)
        sqlite3_clear_bindings(handle)
    }

    /// The names of the columns, read again when SQLite compiled the statement anew after a change of the schema.
    private func currentColumns() -> SQLColumns {
        let count = sqlite3_stmt_status(handle, SQLITE_STMTSTATUS_REPREPARE, 0)
        if let columns, count == compilations { return columns }
        let names = (0..<sqlite3_column_count(handle)).map { index in
            sqlite3_column_name(handle, index).map { String(cString: $0) } ?? ""
        }
        let columns = SQLColumns(names)
        self.columns = columns
        compilations = count
        return columns
    }

    private func value(at index: Int32) -> SQLValue {
        switch sqlite3_column_type(handle, index) {
        case SQLITE_INTEGER: return .integer(sqlite3_column_int64(handle, index))
        case SQLITE_FLOAT: return .real(sqlite3_column_double(handle, index))
        case SQLITE_TEXT:
            // The pointer must be asked for before the length, since a conversion may change that.
            guard let start = sqlite3_column_text(handle, index) else { return .text("") }
            let bytes = UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, index)))
            return .text(String(decoding: bytes, as: UTF8.self))
        case SQLITE_BLOB:
            guard let start = sqlite3_column_blob(handle, index) else { return .blob([]) }
            let bytes = UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, index)))
            return .blob(Array(bytes))
        default: return .null
        }
    }
}
