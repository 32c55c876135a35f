import JSON

/// One setting of a recipe: its name in JSON, where it is kept, and what it may be.
///
/// Reading, writing and checking a recipe all go by the same list of fields.
struct RecipeField<Root> {
    let name: String
    let read: (JSONValue, inout Root) -> String?
    let write: (Root) -> JSONValue
    let problem: (Root) -> String?

    /// A whole number within bounds.
    static func integer(_ name: String, _ path: WritableKeyPath<Root, Int>, _ range: ClosedRange<Int>) -> Self {
        RecipeField(
            name: name,
            read: { json, root in
                guard let value = json.intValue else { return "must be a whole number" }
                root[keyPath: path] = value
                return nil
            },
            write: { .integer($0[keyPath: path]) },
            problem: { root in
                let value = root[keyPath: path]
                return range.contains(value)
                    ? nil : "must be from \(range.lowerBound) to \(range.upperBound), is \(value)"
            })
    }

    /// A number within bounds.
    static func number(_ name: String, _ path: WritableKeyPath<Root, Double>, _ range: ClosedRange<Double>) -> Self {
        RecipeField(
            name: name,
            read: { json, root in
                guard let value = json.doubleValue else { return "must be a number" }
                root[keyPath: path] = value
                return nil
            },
            write: { .number($0[keyPath: path]) },
            problem: { root in
                let value = root[keyPath: path]
                return range.contains(value)
                    ? nil : "must be from \(range.lowerBound) to \(range.upperBound), is \(value)"
            })
    }

    /// Yes or no.
    static func flag(_ name: String, _ path: WritableKeyPath<Root, Bool>) -> Self {
        RecipeField(
            name: name,
            read: { json, root in
                guard let value = json.boolValue else { return "must be true or false" }
                root[keyPath: path] = value
                return nil
            },
            write: { .bool($0[keyPath: path]) }, problem: { _ in nil })
    }

    /// One of a few words.
    static func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, _ path: WritableKeyPath<Root, Choice>
    ) -> Self where Choice.RawValue == String {
        RecipeField(
            name: name,
            read: { json, root in
                guard let value = json.stringValue.flatMap(Choice.init(rawValue:)) else {
                    return "must be one of " + Choice.allCases.map(\.rawValue).joined(separator: ", ")
                }
                root[keyPath: path] = value
                return nil
            },
            write: { .string($0[keyPath: path].rawValue) }, problem: { _ in nil })
    }
}

/// A part of a recipe that is a list of fields.
protocol RecipePart: Equatable, Sendable {
    /// All defaults.
    init()
    /// The settings, in the order in which they are written.
    static var fields: [RecipeField<Self>] { get }
}

extension RecipePart {
    /// The part as JSON, with every field written out.
    var json: JSONValue {
        .object(JSONObject(Self.fields.map { ($0.name, $0.write(self)) }))
    }

    /// What is out of bounds, each with the path of the field.
    func problems(at path: String) -> [String] {
        Self.fields.compactMap { field in field.problem(self).map { "\(path)\(field.name) \($0)" } }
    }

    /// Reads a part; fields left out keep their defaults, unknown ones are problems.
    static func read(_ json: JSONValue, at path: String, problems: inout [String]) -> Self {
        var part = Self()
        guard let members = json.objectValue else {
            problems.append("\(path.dropLast()) must be an object")
            return part
        }
        let fields = fields
        for (name, value) in members {
            guard let field = fields.first(where: { $0.name == name }) else {
                problems.append("\(path)\(name) is unknown; known are \(fields.map(\.name).joined(separator: ", "))")
                continue
            }
            if let problem = field.read(value, &part) { problems.append("\(path)\(name) \(problem)") }
        }
        return part
    }
}
