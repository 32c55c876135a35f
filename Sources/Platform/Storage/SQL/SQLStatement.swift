/// One SQL statement and the values of its placeholders.
///
/// Values never become part of the text. In a literal they are bound where they stand:
///
///     let statement: SQLStatement = "SELECT * FROM notes WHERE owner = \(bind: owner) AND stars > \(bind: 3)"
///
/// A plain `\(value)` does not compile.
public struct SQLStatement: Sendable, Hashable {
    /// The text, with `?` for each value in order, in the portable SQL that every driver understands.
    public private(set) var sql: String
    /// The values of the placeholders.
    public private(set) var arguments: [SQLValue]

    /// Makes a statement from a text known when the program was compiled, and values.
    public init(_ sql: StaticString, _ arguments: [SQLValue] = []) {
        self.sql = sql.description
        self.arguments = arguments
    }

    /// Makes a statement from a text put together at run time.
    ///
    /// Nothing that came from outside may be in the text; that is what `arguments` is for.
    public init(composed sql: String, _ arguments: [SQLValue] = []) {
        self.sql = sql
        self.arguments = arguments
    }

    /// Puts statements one behind the other, for conditions added one by one.
    public static func + (left: Self, right: Self) -> Self {
        SQLStatement(composed: left.sql + right.sql, left.arguments + right.arguments)
    }

    /// Appends another piece.
    public static func += (left: inout Self, right: Self) {
        left.sql += right.sql
        left.arguments += right.arguments
    }
}

extension SQLStatement: ExpressibleByStringInterpolation {
    /// Collects the pieces of a literal.
    public struct StringInterpolation: StringInterpolationProtocol {
        var sql = ""
        var arguments: [SQLValue] = []

        public init(literalCapacity: Int, interpolationCount: Int) {
            sql.reserveCapacity(literalCapacity + interpolationCount * 3)
            arguments.reserveCapacity(interpolationCount)
        }

        public mutating func appendLiteral(_ literal: String) { sql += literal }

        /// A placeholder for a value; nil is null.
        public mutating func appendInterpolation(bind value: (some SQLValueConvertible)?) {
            sql += "?"
            arguments.append(value?.sqlValue ?? .null)
        }

        /// Placeholders for several values, separated by commas, as `IN (…)` and `VALUES (…)` take them.
        ///
        /// An empty list becomes `NULL`, which is in no list and equals nothing.
        public mutating func appendInterpolation(list values: some Sequence<some SQLValueConvertible>) {
            let bound = values.map(\.sqlValue)
            sql += bound.isEmpty ? "NULL" : Array(repeating: "?", count: bound.count).joined(separator: ", ")
            arguments += bound
        }

        /// The name of a table or column chosen at run time, quoted.
        public mutating func appendInterpolation(name: String) {
            sql += "\"" + name.replacing("\"", with: "\"\"") + "\""
        }

        /// Another statement as a part of this one.
        public mutating func appendInterpolation(part: SQLStatement) {
            sql += part.sql
            arguments += part.arguments
        }
    }

    public init(stringInterpolation: StringInterpolation) {
        self.init(composed: stringInterpolation.sql, stringInterpolation.arguments)
    }

    public init(stringLiteral value: String) { self.init(composed: value) }
}
