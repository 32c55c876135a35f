import JSON

/// What the readers of PyTorch files ask of values again and again.
extension PickleValue {
    private static let dictionaries: Set = ["OrderedDict", "defaultdict", "AttributeDict", "Counter", "dict"]

    /// The items of a dictionary, or of an object of a known subclass, under keys that are text; nil for others.
    var namedItems: [(key: String, value: PickleValue)]? {
        let pairs: [(key: PickleValue, value: PickleValue)]
        switch self {
        case .dictionary(let dictionary): pairs = dictionary.pairs
        case .object(let object) where Self.dictionaries.contains(object.type.name):
            pairs = object.items.pairs
        default: return nil
        }
        return pairs.compactMap { key, value in
            if case .string(let key) = key { (key, value) } else { nil }
        }
    }

    /// The elements of a list or a tuple; nil for others.
    var sequence: [PickleValue]? {
        switch self {
        case .list(let list): list.elements
        case .tuple(let elements): elements
        default: nil
        }
    }

    /// The value as JSON, where it is a number, a text, nothing, or a short list of such; nil for others.
    func settings(depth: Int = 3) -> JSONValue? {
        switch self {
        case .none: return .null
        case .bool(let value): return .bool(value)
        case .int(let value): return .integer(value)
        case .float(let value): return .number(value)
        case .string(let value): return .string(value)
        case .list, .tuple:
            guard depth > 0, let elements = sequence, elements.count <= 64 else { return nil }
            var values: [JSONValue] = []
            for element in elements {
                guard let value = element.settings(depth: depth - 1) else { return nil }
                values.append(value)
            }
            return .array(values)
        case .object(let object) where object.type == PickleGlobal(module: "torch", name: "Size"):
            return object.arguments.first?.settings(depth: depth - 1)
        default: return nil
        }
    }
}
