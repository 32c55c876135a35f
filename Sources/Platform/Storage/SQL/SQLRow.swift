/// The names of a result's columns, shared by its rows.
final class SQLColumns: Sendable {
    let names: [String]

    init(_ names: [String]) { self.names = names }
}

/// One row of a result.
public struct SQLRow: Sendable {
    private let columns: SQLColumns
    /// The values in the order of the columns.
    public let values: [SQLValue]

    init(columns: SQLColumns, values: [SQLValue]) {
        self.columns = columns
        self.values = values
    }

    /// Makes a row as a driver or a test would.
    ///
    /// - Precondition: as many names as values.
    public init(names: [String], values: [SQLValue]) {
        precondition(names.count == values.count, "a row has one value for each of its \(names.count) columns")
        self.init(columns: SQLColumns(names), values: values)
    }

    /// The names of the columns in order.
    public var names: [String] { columns.names }

    /// The value of a column as some type.
    ///
    /// - Throws: `StorageError.invalidStatement` if there is no such column, `.corrupt` if its value is of another kind.
    public func get<Value: SQLValueConvertible>(_ name: String, as type: Value.Type = Value.self) throws(StorageError)
        -> Value
    {
        guard let index = columns.names.firstIndex(of: name) else {
            throw .invalidStatement(detail: "no column \(name); there are \(columns.names.joined(separator: ", "))")
        }
        return try get(at: index)
    }

    /// The value of a column, counted from 0, as some type.
    ///
    /// - Throws: `StorageError.invalidStatement` if there is no such column, `.corrupt` if its value is of another kind.
    public func get<Value: SQLValueConvertible>(at index: Int, as type: Value.Type = Value.self) throws(StorageError)
        -> Value
    {
        guard values.indices.contains(index) else {
            throw .invalidStatement(detail: "no column \(index); there are \(values.count)")
        }
        guard let value = Value(sqlValue: values[index]) else {
            throw .corrupt(detail: "column \(columns.names[index]) holds \(values[index].kind), not \(Value.self)")
        }
        return value
    }
}

extension SQLRow {
    /// The text of a column.
    public func text(_ name: String) throws(StorageError) -> String { try get(name) }

    /// The text of a column, or nil where it is null.
    public func optionalText(_ name: String) throws(StorageError) -> String? { try get(name) }

    /// The integer of a column.
    public func integer(_ name: String) throws(StorageError) -> Int64 { try get(name) }

    /// The integer of a column, or nil where it is null.
    public func optionalInteger(_ name: String) throws(StorageError) -> Int64? { try get(name) }

    /// The number of a column.
    public func real(_ name: String) throws(StorageError) -> Double { try get(name) }

    /// The number of a column, or nil where it is null.
    public func optionalReal(_ name: String) throws(StorageError) -> Double? { try get(name) }

    /// The bytes of a column.
    public func blob(_ name: String) throws(StorageError) -> [UInt8] { try get(name) }

    /// The bytes of a column, or nil where it is null.
    public func optionalBlob(_ name: String) throws(StorageError) -> [UInt8]? { try get(name) }
}

/// What one statement did.
public struct SQLResult: Sendable {
    /// How many rows it inserted, updated or deleted itself; those changed by triggers do not count.
    public let changedRows: Int
    /// The rows it returned, as with `RETURNING`.
    public let rows: [SQLRow]

    /// Makes a result as a driver or a test would.
    public init(changedRows: Int, rows: [SQLRow] = []) {
        self.changedRows = changedRows
        self.rows = rows
    }
}
