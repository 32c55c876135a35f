/// A value in a SQL database.
public enum SQLValue: Sendable, Hashable {
    case null
    case integer(Int64)
    /// A number that is not NaN, which not every database can hold.
    case real(Double)
    /// Text without the character U+0000, which not every database can hold.
    case text(String)
    case blob([UInt8])
}

extension SQLValue {
    /// The name of the kind, for messages.
    var kind: String {
        switch self {
        case .null: "null"
        case .integer: "an integer"
        case .real: "a real number"
        case .text: "text"
        case .blob: "bytes"
        }
    }

    /// Refuses what one of the databases could not hold.
    func check(position: Int) throws(StorageError) {
        switch self {
        case .real(let number) where number.isNaN:
            throw .invalidValue(message: "Value \(position) is not a number (NaN) and cannot be stored.")
        case .text(let text) where text.utf8.contains(0):
            throw .invalidValue(message: "Text \(position) holds the character U+0000 and cannot be stored.")
        default: break
        }
    }
}

extension SQLValue: ExpressibleByNilLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByStringLiteral, ExpressibleByBooleanLiteral
{
    public init(nilLiteral: ()) { self = .null }
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(floatLiteral value: Double) { self = .real(value) }
    public init(stringLiteral value: String) { self = .text(value) }
    public init(booleanLiteral value: Bool) { self = .integer(value ? 1 : 0) }
}
