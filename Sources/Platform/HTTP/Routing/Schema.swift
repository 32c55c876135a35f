public import JSON

/// A JSON Schema of OpenAPI 3.1, for documentation; requests are checked by the handlers.
public struct Schema: Sendable {
    /// The schema's members; nested named schemas are references.
    public private(set) var members: JSONObject
    /// Named schemas that `members` refers to, directly or not, by name.
    public private(set) var components: JSONObject

    private init(_ members: JSONObject, components: JSONObject = JSONObject()) {
        self.members = members
        self.components = components
    }

    private init(type: String, format: String? = nil) {
        var members: JSONObject = JSONObject([("type", .string(type))])
        members["format"] = format.map(JSONValue.string)
        self.init(members)
    }

    /// Anything.
    public static let any = Schema(JSONObject())
    /// `true` or `false`.
    public static let boolean = Schema(type: "boolean")
    /// A whole number.
    public static let integer = Schema(type: "integer")
    /// A number.
    public static let number = Schema(type: "number")
    /// A text.
    public static let string = Schema(type: "string")
    /// A file of a multipart body.
    public static let file = Schema(
        JSONObject([("type", "string"), ("format", "binary"), ("contentMediaType", "application/octet-stream")]))

    /// A text of a format, such as `date-time` or `uri`.
    public static func string(format: String) -> Schema { Schema(type: "string", format: format) }

    /// One of some texts.
    public static func oneOf(_ values: [String]) -> Schema {
        var schema = Schema.string
        schema.members["enum"] = .array(values.map(JSONValue.string))
        return schema
    }

    /// A list.
    public static func array(of element: Schema) -> Schema {
        Schema(
            JSONObject([("type", "array"), ("items", .object(element.members))]), components: element.components)
    }

    /// An object.
    ///
    /// - Parameters:
    ///   - properties: names and schemas in the order they are shown.
    ///   - required: names that must be present; nil means all of them.
    public static func object(_ properties: KeyValuePairs<String, Schema>, required: [String]? = nil) -> Schema {
        var schema = Schema(type: "object")
        schema.members["properties"] = .object(JSONObject(properties.map { ($0.key, .object($0.value.members)) }))
        let required = required ?? properties.map(\.key)
        if !required.isEmpty { schema.members["required"] = .array(required.map(JSONValue.string)) }
        for (_, property) in properties { schema.adopt(property.components) }
        return schema
    }

    /// An object of any keys whose values follow one schema.
    public static func dictionary(of value: Schema) -> Schema {
        Schema(
            JSONObject([("type", "object"), ("additionalProperties", .object(value.members))]),
            components: value.components)
    }

    /// What follows exactly one of some schemas.
    public static func oneOf(_ schemas: [Schema]) -> Schema {
        var result = Schema(JSONObject([("oneOf", .array(schemas.map { .object($0.members) }))]))
        for schema in schemas { result.adopt(schema.components) }
        return result
    }

    /// The schema or `null`.
    public var nullable: Schema {
        if let type = members["type"], type.stringValue != nil {
            var copy = self
            copy.members["type"] = .array([type, "null"])
            return copy
        }
        return .oneOf([self, Schema(type: "null")])
    }

    /// The schema under a name of the document's components, which other schemas refer to.
    public func named(_ name: String) -> Schema {
        // Component names are limited to these characters (OpenAPI 3.1, 4.8.7).
        let name = String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) ? $0 : "_" })
        var schema = Schema(JSONObject([("$ref", .string("#/components/schemas/\(name)"))]), components: components)
        schema.components[name] = .object(members)
        return schema
    }

    /// The schema with a description.
    public func described(_ text: String) -> Schema { with("description", .string(text)) }

    /// The schema with an example.
    public func example(_ value: JSONValue) -> Schema { with("examples", .array([value])) }

    /// The schema with a default.
    public func defaults(to value: JSONValue) -> Schema { with("default", value) }

    /// The schema with bounds of a number.
    public func range(_ minimum: JSONValue? = nil, _ maximum: JSONValue? = nil) -> Schema {
        var copy = self
        if let minimum { copy.members["minimum"] = minimum }
        if let maximum { copy.members["maximum"] = maximum }
        return copy
    }

    /// The schema with any other keyword.
    public func with(_ keyword: String, _ value: JSONValue) -> Schema {
        var copy = self
        copy.members[keyword] = value
        return copy
    }

    private mutating func adopt(_ others: JSONObject) {
        for (name, schema) in others { components[name] = schema }
    }
}
