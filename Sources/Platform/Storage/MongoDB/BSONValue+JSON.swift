public import JSON
import Observability

extension BSONValue {
    /// Deepest JSON that becomes a document; beyond it MongoDB would refuse what holds it.
    private static let maximumJSONDepth = 64

    /// JSON as a document's value; nil where MongoDB could not keep it as it is: keys that begin with a dollar sign or hold
    /// a zero byte, and values more than 64 deep within each other.
    public init?(json: JSONValue) { self.init(json: json, depth: 0) }

    private init?(json: JSONValue, depth: Int) {
        guard depth < Self.maximumJSONDepth else { return nil }
        switch json {
        case .null: self = .null
        case .bool(let value): self = .bool(value)
        case .integer(let value): self = .int(value)
        case .number(let value): self = .double(value)
        case .string(let value): self = .string(value)
        case .array(let values):
            var elements: [BSONValue] = []
            for value in values {
                guard let element = BSONValue(json: value, depth: depth + 1) else { return nil }
                elements.append(element)
            }
            self = .array(elements)
        case .object(let object):
            var members: [(String, BSONValue)] = []
            for (key, value) in object {
                guard !key.hasPrefix("$"), !key.utf8.contains(0),
                    let member = BSONValue(json: value, depth: depth + 1)
                else { return nil }
                members.append((key, member))
            }
            self = .document(BSONDocument(members))
        }
    }
}

extension BSONValue: JSONRepresentable {
    /// The value for people and clients: identifiers and dates as texts, what JSON cannot tell as null.
    public var json: JSONValue {
        switch self {
        case .double(let value): value.isFinite ? .number(value) : .null
        case .string(let value): .string(value)
        case .document(let document): .object(JSONObject(document.elements.map { ($0.key, $0.value.json) }))
        case .array(let values): .array(values.map(\.json))
        case .objectID(let id): id.json
        case .bool(let value): .bool(value)
        case .date(let moment): .string(moment.iso8601())
        case .int32(let value): .integer(Int(value))
        case .int64(let value): .integer(Int(value))
        case .binary, .null, .other: .null
        }
    }
}
