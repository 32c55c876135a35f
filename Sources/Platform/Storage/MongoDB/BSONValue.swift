public import Observability

/// A value in a document of MongoDB.
public enum BSONValue: Sendable, Equatable {
    case double(Double)
    case string(String)
    case document(BSONDocument)
    case array([BSONValue])
    case binary([UInt8])
    case objectID(ObjectID)
    case bool(Bool)
    /// A moment; kept to the millisecond, the rest is cut off.
    case date(Timestamp)
    case null
    case int32(Int32)
    case int64(Int64)
    /// A value of a kind that nothing here looks into, such as a decimal number: its type and bytes, kept as they are.
    case other(type: UInt8, bytes: [UInt8])

    /// An integer in the shortest form, as PyMongo writes Python's.
    public static func int(_ value: Int) -> BSONValue {
        Int32(exactly: value).map { .int32($0) } ?? .int64(Int64(value))
    }
}

extension BSONValue {
    /// The integer; a number without a fraction counts. Nil for any other kind.
    public var intValue: Int? {
        switch self {
        case .int32(let value): Int(value)
        case .int64(let value): Int(value)
        case .double(let value): Int(exactly: value)
        default: nil
        }
    }

    /// The number, or nil for any other kind.
    public var doubleValue: Double? {
        switch self {
        case .int32(let value): Double(value)
        case .int64(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }

    /// The text, or nil for any other kind.
    public var stringValue: String? { if case .string(let value) = self { value } else { nil } }

    /// The Boolean, or nil for any other kind.
    public var boolValue: Bool? { if case .bool(let value) = self { value } else { nil } }

    /// The identifier, or nil for any other kind.
    public var objectID: ObjectID? { if case .objectID(let value) = self { value } else { nil } }

    /// The moment, or nil for any other kind.
    public var dateValue: Timestamp? { if case .date(let value) = self { value } else { nil } }

    /// The bytes, or nil for any other kind.
    public var bytes: [UInt8]? { if case .binary(let value) = self { value } else { nil } }

    /// The members, or nil for any other kind.
    public var documentValue: BSONDocument? { if case .document(let value) = self { value } else { nil } }

    /// The elements, or nil for any other kind.
    public var arrayValue: [BSONValue]? { if case .array(let value) = self { value } else { nil } }
}

extension BSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByNilLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int) { self = .int(value) }
    public init(floatLiteral value: Double) { self = .double(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(nilLiteral: ()) { self = .null }
    public init(arrayLiteral elements: BSONValue...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, BSONValue)...) { self = .document(BSONDocument(elements)) }
}

/// A document of MongoDB: keys and values in order.
public struct BSONDocument: Sendable {
    /// The members in order; keys that others have written twice stay twice.
    public private(set) var elements: [(key: String, value: BSONValue)] = []

    /// A document without members.
    public init() {}

    /// A document with members in the order given.
    public init(_ elements: some Sequence<(String, BSONValue)>) {
        self.elements = elements.map { (key: $0.0, value: $0.1) }
    }

    /// Whether there are no members.
    public var isEmpty: Bool { elements.isEmpty }

    /// The first member of a key. Writing replaces it, appends a new one, and with nil removes it.
    public subscript(key: String) -> BSONValue? {
        get { elements.first { $0.key == key }?.value }
        set {
            switch (elements.firstIndex { $0.key == key }, newValue) {
            case (let index?, let value?): elements[index].value = value
            case (let index?, nil): elements.remove(at: index)
            case (nil, let value?): elements.append((key, value))
            case (nil, nil): break
            }
        }
    }
}

extension BSONDocument: Equatable, ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, BSONValue)...) { self.init(elements) }

    /// Equal members in the same order.
    public static func == (left: Self, right: Self) -> Bool {
        left.elements.elementsEqual(right.elements) { $0.key == $1.key && $0.value == $1.value }
    }
}
