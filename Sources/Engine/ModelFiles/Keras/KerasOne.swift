import JSON

/// Translates the description of a model of Keras 1 into the words of Keras 2.
///
/// Source: the legacy interfaces of Keras 2, which accepted both.
struct KerasOne {
    /// Where channels lie for layers that do not say it, which follow the setting of the installation: as most say.
    private let isChannelsFirst: Bool
    private let limits: ModelFileLimits

    /// The version of a description that does not state it: 1 where only Keras 1 has its words.
    static func version(of json: JSONValue) -> String? { usesWords(of: json, depth: 0) ? "1" : nil }

    /// The description in the words of Keras 2.
    ///
    /// - Throws: `ModelFileError` naming a layer whose settings have no equal.
    static func translated(_ json: JSONValue, limits: ModelFileLimits) throws(ModelFileError) -> JSONValue {
        let orders = orderings(json, depth: 0)
        return try KerasOne(isChannelsFirst: orders.first > orders.last, limits: limits).network(json, depth: 0)
    }

    private static let words: Set = [
        "nb_filter", "border_mode", "dim_ordering", "W_regularizer", "inner_activation", "pool_length",
    ]

    private static func usesWords(of json: JSONValue, depth: Int) -> Bool {
        guard depth <= 16 else { return false }
        return layers(of: json).contains { layer in
            let settings = layer["config"]?.objectValue ?? JSONObject()
            return settings.keys.contains(where: words.contains) || usesWords(of: layer, depth: depth + 1)
        }
    }

    private static func layers(of json: JSONValue) -> [JSONValue] {
        json["config"]?.arrayValue ?? json["config"]?["layers"]?.arrayValue ?? []
    }

    private static func orderings(_ json: JSONValue, depth: Int) -> (first: Int, last: Int) {
        guard depth <= 16 else { return (0, 0) }
        var result = (first: 0, last: 0)
        for layer in layers(of: json) {
            if layer["config"]?["dim_ordering"] == "th" { result.first += 1 }
            if layer["config"]?["dim_ordering"] == "tf" { result.last += 1 }
            let inner = orderings(layer, depth: depth + 1)
            result = (result.first + inner.first, result.last + inner.last)
        }
        return result
    }

    // MARK: Networks

    private func network(_ json: JSONValue, depth: Int) throws(ModelFileError) -> JSONValue {
        guard depth <= limits.maximumNesting else {
            throw ModelFileError(.tooLarge, "models lie inside each other deeper than \(limits.maximumNesting) levels")
        }
        guard var result = json.objectValue, let type = json["class_name"]?.stringValue else { return json }
        let entries = Self.layers(of: json)
        if type == "Sequential", let first = entries.first, first["class_name"] == "Merge",
            first["config"]?["layers"]?.arrayValue != nil
        {
            return try merged(json, first: first, rest: entries.dropFirst(), depth: depth)
        }
        var layers: [JSONValue] = []
        for entry in entries { layers += try layer(entry, depth: depth) }
        if json["config"]?.arrayValue != nil {
            result["config"] = .array(layers)
        } else if var config = json["config"]?.objectValue {
            config["layers"] = .array(layers)
            result["config"] = .object(config)
        }
        return .object(result)
    }

    /// A Sequential model that starts by merging others: a Functional model of the same layers.
    private func merged(
        _ json: JSONValue, first: JSONValue, rest: ArraySlice<JSONValue>, depth: Int
    ) throws(ModelFileError) -> JSONValue {
        var builder = MergedBranches()
        for (number, branch) in (first["config"]?["layers"]?.arrayValue ?? []).enumerated() {
            let isModel = branch["class_name"] == "Sequential"
            guard isModel || branch["class_name"] != "Merge", Self.layers(of: branch).first?["class_name"] != "Merge"
            else {
                throw ModelFileError(.unsupported, "the model merges models that merge others; that is not supported")
            }
            var layers: [JSONValue] = []
            for entry in isModel ? Self.layers(of: branch) : [branch] { layers += try layer(entry, depth: depth + 1) }
            try builder.startBranch(number, layers)
        }
        var merge = first.objectValue ?? JSONObject()
        merge["inbound_nodes"] = [builder.ends]
        for layer in try layer(.object(merge), depth: depth) { builder.append(layer) }
        for entry in rest { for layer in try layer(entry, depth: depth) { builder.append(layer) } }
        return builder.description(name: json["config"]?["name"] ?? "model")
    }

    /// One layer in the words of Keras 2; a few become two layers.
    private func layer(_ json: JSONValue, depth: Int) throws(ModelFileError) -> [JSONValue] {
        guard let type = json["class_name"]?.stringValue, let settings = json["config"]?.objectValue,
            settings["layers"] == nil || type == "Merge"
        else { return [try network(json, depth: depth + 1)] }
        var result = json.objectValue ?? JSONObject()
        if ["TimeDistributed", "Bidirectional"].contains(type), let inner = settings["layer"] {
            var settings = settings
            // The layer inside is no list of its own, so it stays one.
            settings["layer"] = try layer(inner, depth: depth + 1).first
            result["config"] = .object(settings)
            return [.object(result)]
        }
        let name = json["name"]?.stringValue ?? settings["name"]?.stringValue ?? type
        let config = KerasConfig(layer: name, type: type, values: settings)
        let translation = KerasOneLayer(config: config, isChannelsFirst: isChannelsFirst)
        let (newType, newSettings) = try translation.translated()
        result["class_name"] = .string(newType)
        result["config"] = .object(newSettings)
        guard type == "Merge", config.value("mode")?.stringValue == "cos" else { return [.object(result)] }
        return Self.withAxis(result, newSettings, name: name)
    }

    /// The cosine of Keras 1 has an axis of length 1 more than that of Keras 2.
    private static func withAxis(_ json: JSONObject, _ settings: JSONObject, name: String) -> [JSONValue] {
        var dot = json
        var dotSettings = settings
        let inner = "\(name)_cos"
        dot["name"] = .string(inner)
        dotSettings["name"] = .string(inner)
        dot["config"] = .object(dotSettings)
        let reshape: JSONValue = [
            "class_name": "Reshape", "name": .string(name),
            "config": ["name": .string(name), "target_shape": [1, 1]], "inbound_nodes": [[[.string(inner), 0, 0]]],
        ]
        return [.object(dot), reshape]
    }
}

/// Layers of several chains that meet in one, put down as a Functional model.
private struct MergedBranches {
    private var layers: [JSONValue] = []
    private var inputs: [JSONValue] = []
    private(set) var ends: JSONValue = []
    private var last = ""

    /// Adds a chain with an input of its own.
    mutating func startBranch(_ number: Int, _ chain: [JSONValue]) throws(ModelFileError) {
        guard let first = chain.first else { throw ModelFileError(.damaged, "the model merges a model without layers") }
        if first["class_name"] == "InputLayer" {
            append(first, isFirst: true)
        } else {
            guard let shape = first["config"]?["batch_input_shape"] else {
                throw ModelFileError(.damaged, "a merged model does not state the shape of its input")
            }
            let name = "merge_input_\(number + 1)"
            append(
                ["class_name": "InputLayer", "config": ["name": .string(name), "batch_input_shape": shape]],
                isFirst: true)
            append(first)
        }
        inputs.append([.string(Self.name(layers[layers.count - (first["class_name"] == "InputLayer" ? 1 : 2)])), 0, 0])
        for layer in chain.dropFirst() { append(layer) }
        ends = .array((ends.arrayValue ?? []) + [[.string(last), 0, 0]])
    }

    /// Adds a layer that reads the one before, unless it says what it reads.
    mutating func append(_ layer: JSONValue, isFirst: Bool = false) {
        var object = layer.objectValue ?? JSONObject()
        let name = Self.name(layer)
        object["name"] = .string(name)
        if object["inbound_nodes"] == nil { object["inbound_nodes"] = isFirst ? [] : [[[.string(last), 0, 0]]] }
        layers.append(.object(object))
        last = name
    }

    func description(name: JSONValue) -> JSONValue {
        [
            "class_name": "Model",
            "config": [
                "name": name.stringValue == nil ? "model" : name, "layers": .array(layers),
                "input_layers": .array(inputs),
                "output_layers": [[.string(last), 0, 0]],
            ],
        ]
    }

    private static func name(_ layer: JSONValue) -> String {
        layer["name"]?.stringValue ?? layer["config"]?["name"]?.stringValue ?? layer["class_name"]?.stringValue ?? ""
    }
}
