import JSON

/// Reads the configuration of a model into networks.
struct KerasNetworkParser {
    let limits: ModelFileLimits
    private var layerCount = 0

    init(limits: ModelFileLimits) {
        self.limits = limits
    }

    /// Reads the whole description: `{"class_name": "Sequential", "config": …}`.
    mutating func model(_ json: JSONValue) throws(ModelFileError) -> KerasNetwork {
        guard let type = Self.type(of: json), let name = json["class_name"]?.stringValue else {
            throw ModelFileError(.damaged, "the description of the Keras model has no class name")
        }
        guard Self.isNetwork(type, json) else {
            throw ModelFileError(
                .unsupported,
                "the model is of class '\(name)', which is defined by code that is not in the file; "
                    + "only Sequential and Functional models can be read")
        }
        return try network(json, type: type, path: [], depth: 1)
    }

    /// A model class of one's own writes the same description only if it is built from inputs and outputs.
    static func isNetwork(_ type: String, _ json: JSONValue) -> Bool {
        switch type {
        case "Sequential": true
        case "Functional", "Model": json["config"]?["layers"]?.arrayValue != nil
        default: false
        }
    }

    private mutating func network(
        _ json: JSONValue, type: String, path: [String], depth: Int
    ) throws(ModelFileError) -> KerasNetwork {
        guard depth <= limits.maximumNesting else {
            throw ModelFileError(.tooLarge, "models lie inside each other deeper than \(limits.maximumNesting) levels")
        }
        let config = json["config"] ?? .null
        // Up to Keras 2.2.2 the configuration of a Sequential model is the list of its layers.
        guard let entries = config.arrayValue ?? config["layers"]?.arrayValue else {
            throw ModelFileError(.damaged, "the description of the Keras model has no layers")
        }
        let name = config["name"]?.stringValue ?? path.last ?? "model"
        var numbers = ArchiveNumbers()
        var layers: [KerasLayer] = []
        layers.reserveCapacity(entries.count)
        for entry in entries {
            layers.append(try layer(entry, path: path, numbers: &numbers, depth: depth))
        }
        guard Set(layers.map(\.name)).count == layers.count else {
            throw ModelFileError(.damaged, "two layers of model '\(name)' have the same name")
        }
        return type == "Sequential"
            ? try KerasNetwork(sequential: layers, name: name, config: config)
            : try KerasNetwork(functional: layers, name: name, config: config)
    }

    private mutating func layer(
        _ json: JSONValue, path: [String], numbers: inout ArchiveNumbers, depth: Int
    ) throws(ModelFileError) -> KerasLayer {
        layerCount += 1
        guard layerCount <= limits.maximumLayers else {
            throw ModelFileError(.tooLarge, "the model has more than \(limits.maximumLayers) layers")
        }
        guard let type = Self.type(of: json) else {
            throw ModelFileError(.damaged, "a layer of the Keras model has no class name")
        }
        let settings = json["config"]?.objectValue ?? JSONObject()
        let name =
            json["name"]?.stringValue ?? settings["name"]?.stringValue ?? "\(KerasLayer.snakeCase(type))_\(layerCount)"
        let path = path + [name]
        let config = KerasConfig(layer: path.joined(separator: "/"), type: type, values: settings)
        let inner =
            Self.isNetwork(type, json) ? try network(json, type: type, path: path, depth: depth + 1) : nil
        let wrapped = Self.wrappers.contains(type) ? [try part(settings["layer"], path: path, depth: depth)] : []
        let calls = try Self.calls(json["inbound_nodes"] ?? [], of: config)
        let stated = Self.shape(settings["batch_input_shape"] ?? settings["batch_shape"])
        let names = numbers.names(
            KerasLayer.folder(of: type), hasWeights: KerasLayer.hasWeights(config, inner, wrapped: wrapped))
        return KerasLayer(
            name: name, type: type, config: config, archiveName: names.usual, earlyArchiveName: names.early,
            calls: calls.map(\.references), network: inner,
            statedInputShape: stated ?? inner?.inputShape ?? Self.built(json, settings),
            arguments: calls.map(\.arguments), wrapped: wrapped)
    }

    /// Types of layers around one other layer that see it as a whole.
    static let wrappers: Set<String> = ["TimeDistributed", "SpectralNormalization"]

    /// The type of a layer; operations of Keras 3 carry `ops.` in front, since layers have the same names.
    private static func type(of json: JSONValue) -> String? {
        guard let type = json["class_name"]?.stringValue else { return nil }
        let module = json["module"]?.stringValue ?? ""
        if let package = package(of: json) { return "\(package.prefix(60))>\(type)" }
        if module.hasPrefix("keras.src.ops") || module.hasPrefix("keras.ops") { return "ops.\(type)" }
        // HDF5 files leave the module out; layers say whether they are trained.
        let isCallOfKeras3 = json["inbound_nodes"]?[0]?["args"] != nil
        guard module.isEmpty, isCallOfKeras3, json["config"]?["trainable"] == nil else { return type }
        return OperationLayer.kerasTypes.contains(type) ? "ops.\(type)" : type
    }

    /// What a class that is none of Keras belongs to: it may have the name of one of Keras and compute anything.
    private static func package(of json: JSONValue) -> Substring? {
        let isOfKeras = { (name: Substring) in
            ["keras", "tf_keras", "keras_core", "tensorflow", "tensorflow_core"].contains(name.lowercased())
        }
        if let registered = json["registered_name"]?.stringValue, let end = registered.firstIndex(of: ">") {
            return isOfKeras(registered[..<end]) ? nil : registered[..<end]
        }
        guard let root = json["module"]?.stringValue?.split(separator: ".").first else { return nil }
        return isOfKeras(root) ? nil : root
    }

    /// The layer inside a wrapper.
    private mutating func part(
        _ json: JSONValue?, path: [String], depth: Int
    ) throws(ModelFileError) -> KerasLayer {
        guard depth < limits.maximumNesting else {
            throw ModelFileError(.tooLarge, "models lie inside each other deeper than \(limits.maximumNesting) levels")
        }
        guard let json else {
            throw ModelFileError(.damaged, "layer '\(path.joined(separator: "/"))' has no layer inside")
        }
        var numbers = ArchiveNumbers()
        let layer = try layer(json, path: path, numbers: &numbers, depth: depth + 1)
        return KerasLayer(
            name: layer.name, type: layer.type, config: layer.config, archiveName: "layer", earlyArchiveName: "layer",
            calls: [], network: layer.network, statedInputShape: layer.statedInputShape, wrapped: layer.wrapped,
            isPart: true)
    }

    /// Numbers the layers of each type within a network, as the archive format names their folders.
    private struct ArchiveNumbers {
        private var usual: [String: Int] = [:]
        private var early: [String: Int] = [:]

        mutating func names(_ type: String, hasWeights: Bool) -> (usual: String, early: String) {
            let names = (Self.name(type, usual[type, default: 0]), Self.name(type, early[type, default: 0]))
            usual[type, default: 0] += 1
            early[type, default: 0] += hasWeights ? 2 : 1
            return names
        }

        private static func name(_ type: String, _ number: Int) -> String {
            number == 0 ? type : "\(type)_\(number)"
        }
    }

    /// The input shape noted when the layer was built, or given without the batch.
    private static func built(_ json: JSONValue, _ settings: JSONObject) -> [Int?]? {
        if let shape = shape(json["build_config"]?["input_shape"]) { return shape }
        if let shape = shape(settings["input_shape"] ?? settings["shape"]) { return [nil] + shape }
        return settings["input_dim"]?.intValue.map { [nil, $0] }
    }

    /// A list of lengths and nulls; nil for anything else, and for lengths that make no sense.
    static func shape(_ json: JSONValue?) -> [Int?]? {
        guard let elements = json?.arrayValue, !elements.isEmpty, elements.count <= 8 else { return nil }
        var shape: [Int?] = []
        for element in elements {
            if element.isNull {
                shape.append(nil)
            } else if let length = element.intValue, length > 0, length <= 1 << 28 {
                shape.append(length)
            } else {
                return nil
            }
        }
        return shape
    }
}
