import JSON

extension KerasNetworkParser {
    /// The deepest nesting of lists in the arguments of a call.
    private static let maximumArgumentDepth = 8

    /// What one call of a layer reads, and how.
    struct Call {
        var references: [KerasReference] = []
        var arguments = KerasArguments()

        /// Notes a value and returns its place among the arguments.
        mutating func tensor(_ reference: KerasReference) -> KerasArguments.Value {
            references.append(reference)
            return .tensor(references.count - 1)
        }
    }

    /// What each call of a layer reads, from either form of `inbound_nodes`.
    static func calls(_ json: JSONValue, of config: KerasConfig) throws(ModelFileError) -> [Call] {
        guard let nodes = json.arrayValue else { throw config.damaged("has no list of connections") }
        var calls: [Call] = []
        for node in nodes {
            calls.append(node["args"] != nil ? try newCall(node, of: config) : try oldCall(node, of: config))
        }
        return calls
    }

    /// Keras 2: a list of `[layer, call, output, further arguments]`, or one of these alone.
    private static func oldCall(_ node: JSONValue, of config: KerasConfig) throws(ModelFileError) -> Call {
        var call = Call()
        let entries = node[0]?.stringValue != nil ? [node] : node.arrayValue ?? []
        for (index, entry) in entries.enumerated() {
            if entry[0] == "_CONSTANT_VALUE" {
                call.arguments.positional.append(.constant(entry[2] ?? .null))
            } else {
                guard let reference = reference(entry) else {
                    throw config.damaged("has a connection that makes no sense")
                }
                call.arguments.positional.append(call.tensor(reference))
            }
            // Only the first connection carries the further arguments of the call.
            guard index == 0, let keywords = entry[3]?.objectValue else { continue }
            for (name, value) in keywords {
                call.arguments.keywords[name] = try oldArgument(value, &call, depth: 0, of: config)
            }
        }
        // The values that keywords name were noted between the others; Keras 2 knows no order among them.
        return call
    }

    /// Further arguments that hold tensors look like references: `"mask": ["layer", 0, 0]`.
    private static func oldArgument(
        _ value: JSONValue, _ call: inout Call, depth: Int, of config: KerasConfig
    ) throws(ModelFileError) -> KerasArguments.Value {
        guard depth <= maximumArgumentDepth else { throw config.damaged("is called with lists nested too deep") }
        if let reference = reference(value) { return call.tensor(reference) }
        guard let elements = value.arrayValue else { return .constant(value) }
        var list: [KerasArguments.Value] = []
        for element in elements { list.append(try oldArgument(element, &call, depth: depth + 1, of: config)) }
        return .list(list)
    }

    /// Keras 3: tensors are objects anywhere among the arguments.
    private static func newCall(_ node: JSONValue, of config: KerasConfig) throws(ModelFileError) -> Call {
        var call = Call()
        for value in node["args"]?.arrayValue ?? [] {
            call.arguments.positional.append(try newArgument(value, &call, depth: 0, of: config))
        }
        for (name, value) in node["kwargs"]?.objectValue ?? JSONObject() {
            call.arguments.keywords[name] = try newArgument(value, &call, depth: 0, of: config)
        }
        return call
    }

    private static func newArgument(
        _ value: JSONValue, _ call: inout Call, depth: Int, of config: KerasConfig
    ) throws(ModelFileError) -> KerasArguments.Value {
        guard depth <= maximumArgumentDepth else { throw config.damaged("is called with lists nested too deep") }
        switch value {
        case .array(let elements):
            var list: [KerasArguments.Value] = []
            for element in elements { list.append(try newArgument(element, &call, depth: depth + 1, of: config)) }
            return .list(list)
        case .object(let members) where members["class_name"] == "__keras_tensor__":
            guard let history = members["config"]?["keras_history"], let reference = reference(history) else {
                throw config.damaged("has a connection that makes no sense")
            }
            return call.tensor(reference)
        case .object(let members) where members["class_name"] == nil:
            // Inputs given by name, in the order of the file.
            var list: [KerasArguments.Value] = []
            for (_, member) in members { list.append(try newArgument(member, &call, depth: depth + 1, of: config)) }
            return .list(list)
        default:
            return .constant(value)
        }
    }

    /// `[layer, call, output, …]`
    static func reference(_ json: JSONValue) -> KerasReference? {
        guard let layer = json[0]?.stringValue, let call = json[1]?.intValue, let output = json[2]?.intValue,
            (0..<1 << 20).contains(call), (0..<1 << 20).contains(output)
        else { return nil }
        return KerasReference(layer: layer, call: call, output: output)
    }

    /// The inputs or outputs of a model: one reference, a list of them, or an object from name to reference.
    static func references(_ json: JSONValue?) -> [KerasReference]? {
        guard let json else { return nil }
        if let single = reference(json) { return [single] }
        let elements = json.arrayValue ?? json.objectValue?.values ?? []
        var references: [KerasReference] = []
        for element in elements {
            if let reference = reference(element) {
                references.append(reference)
            } else if let inner = element.arrayValue?.map(reference), inner.allSatisfy({ $0 != nil }) {
                references += inner.compactMap(\.self)
            } else {
                return nil
            }
        }
        return references.isEmpty ? nil : references
    }
}
