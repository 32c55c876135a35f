/// The value of a field of a log line.
public enum LogValue: Sendable, Equatable {
    case string(String)
    case integer(Int)
    case number(Double)
    case bool(Bool)
}

/// Named values of a log line, in the order they are written.
public typealias LogFields = KeyValuePairs<String, LogValue>

extension LogValue: ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int) { self = .integer(value) }
    public init(floatLiteral value: Double) { self = .number(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }

    /// The text of an error or any other value, as `String(describing:)` writes it.
    public init(describing value: Any) { self = .string(String(describing: value)) }
}
