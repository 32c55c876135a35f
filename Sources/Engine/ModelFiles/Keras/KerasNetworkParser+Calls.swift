import JSON

extension KerasNetworkParser {
    /// The deepest nesting of lists in the arguments of a call.
    private static let maximumArgumentDepth = 8

    /// What each call of a layer reads, from either form of `inbound_nodes`.
    static func calls(_ json: JSONValue, of config: KerasConfig) throws(ModelFileError) -> [[KerasReference]] {
        guard let nodes = json.arrayValue else { throw config.damaged("has no list of connections") }
        var calls: [[KerasReference]] = []
        for node in nodes {
            if node["args"] != nil {
                calls.append(try newCall(node, of: config))
            } else {
                calls.append(try oldCall(node, of: config))
            }
        }
        return calls
    }

    /// Keras 2: a list of `[layer, call, output, further arguments]`, or one of these alone.
    private static func oldCall(_ node: JSONValue, of config: KerasConfig) throws(ModelFileError) -> [KerasReference] {
        let entries = node[0]?.stringValue != nil ? [node] : node.arrayValue ?? []
        var references: [KerasReference] = []
        for entry in entries {
            guard let reference = reference(entry) else { throw config.damaged("has a connection that makes no sense") }
            if let arguments = entry[3]?.objectValue, let name = argumentWithTensor(arguments) {
                throw config.unsupported("is called with a tensor as argument '\(name)', which is not supported")
            }
            references.append(reference)
        }
        return references
    }

    /// Further arguments that hold tensors look like references: `"mask": ["layer", 0, 0]`.
    private static func argumentWithTensor(_ arguments: JSONObject) -> String? {
        arguments.first { $0.key != "mask" && reference($0.value) != nil }?.key
    }

    /// Keras 3: tensors are objects anywhere among the positional arguments.
    private static func newCall(_ node: JSONValue, of config: KerasConfig) throws(ModelFileError) -> [KerasReference] {
        var references: [KerasReference] = []
        try collect(node["args"] ?? [], into: &references, depth: 0, of: config)
        for (name, value) in node["kwargs"]?.objectValue ?? JSONObject() where name != "mask" && name != "training" {
            var extra: [KerasReference] = []
            try collect(value, into: &extra, depth: 0, of: config)
            guard extra.isEmpty || name == "inputs" else {
                throw config.unsupported("is called with a tensor as argument '\(name)', which is not supported")
            }
            references += extra
        }
        return references
    }

    private static func collect(
        _ value: JSONValue, into references: inout [KerasReference], depth: Int, of config: KerasConfig
    ) throws(ModelFileError) {
        guard depth <= maximumArgumentDepth else { throw config.damaged("is called with lists nested too deep") }
        switch value {
        case .array(let elements):
            for element in elements { try collect(element, into: &references, depth: depth + 1, of: config) }
        case .object(let members):
            if members["class_name"] == "__keras_tensor__" {
                guard let history = members["config"]?["keras_history"], let reference = reference(history) else {
                    throw config.damaged("has a connection that makes no sense")
                }
                references.append(reference)
            } else {
                for (_, member) in members { try collect(member, into: &references, depth: depth + 1, of: config) }
            }
        default:
            break
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
