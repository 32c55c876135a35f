public import JSON

/// What is wrong with one field of a request.
public struct FieldProblem: Sendable, Equatable {
    /// The kind of fault, such as `missing`; the names are pydantic's.
    public let type: String
    /// Where the field stands, such as `["body", "file"]`.
    public let location: [JSONValue]
    /// The fault for people.
    public let message: String
    /// What was sent there.
    public let input: JSONValue
    /// Further facts; nil for none.
    public let context: JSONValue?

    /// Makes a problem.
    public init(
        _ type: String, at location: [JSONValue], _ message: String, input: JSONValue, context: JSONValue? = nil
    ) {
        self.type = type
        self.location = location
        self.message = message
        self.input = input
        self.context = context
    }

    /// A field that must be there and is not.
    public static func missing(_ location: [JSONValue], input: JSONValue = .null) -> FieldProblem {
        FieldProblem("missing", at: location, "Field required", input: input)
    }
}

extension [FieldProblem] {
    /// The problems in one sentence, for error shapes without a list.
    var sentence: String {
        map { problem in
            let place = problem.location.map { $0.stringValue ?? $0.text() }.joined(separator: ".")
            return "\(place): \(problem.message)"
        }.joined(separator: "; ")
    }
}
