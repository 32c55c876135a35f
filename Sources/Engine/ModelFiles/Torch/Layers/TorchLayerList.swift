import JSON

/// The layers of a network in the order in which they run.
struct TorchLayerList {
    let layers: [TorchLayer]
    /// What was taken by convention, for people.
    var notes: [String] = []

    // MARK: From a description

    /// Reads the layers that a user described: `{"layers": [{"type": "Conv2d", "weights": "conv1", "stride": 2}, …]}`.
    ///
    /// - Throws: `ModelFileError` that names every problem.
    init(_ architecture: JSONObject, limits: ModelFileLimits) throws(ModelFileError) {
        var problems = architecture.keys.filter { $0 != "layers" }.map { "'\($0.prefix(40))' is not known" }
        guard let elements = architecture["layers"]?.arrayValue, !elements.isEmpty else {
            throw ModelFileError(
                .damaged, "'architecture' of the description must have 'layers', a list such as \(Self.example)")
        }
        guard elements.count <= limits.maximumLayers else {
            throw ModelFileError(
                .tooLarge, "the description has \(elements.count) layers, at most \(limits.maximumLayers) are allowed")
        }
        var layers: [TorchLayer] = []
        for (index, element) in elements.enumerated() {
            do throws(ModelFileError) {
                layers.append(try Self.layer(element))
            } catch {
                problems.append("layer \(index + 1) \(error)")
            }
        }
        guard problems.isEmpty else {
            let list = problems.prefix(10).joined(separator: "; ")
            throw ModelFileError(.damaged, "'architecture' of the description is wrong: \(list)")
        }
        self.layers = layers
    }

    static let example =
        #"[{"type": "Linear", "weights": "fc1"}, {"type": "ReLU"}, {"type": "Linear", "weights": "fc2"}]"#

    private static func layer(_ element: JSONValue) throws(ModelFileError) -> TorchLayer {
        guard let members = element.objectValue, let type = members["type"]?.stringValue else {
            throw ModelFileError(.damaged, "must be an object with 'type'")
        }
        guard let converter = TorchLayers.converter(of: type) else {
            throw ModelFileError(
                .unsupported,
                "has the type '\(type.prefix(40))', which is not known; known are \(TorchLayers.names.joined(separator: ", "))"
            )
        }
        var settings = JSONObject()
        for (key, value) in members where key != "type" && key != "weights" {
            guard converter.settings.contains(key) else {
                let known = (["weights"] + converter.settings.sorted()).joined(separator: ", ")
                throw ModelFileError(
                    .damaged, "(\(type)) has '\(key.prefix(40))', which is not known; known are \(known)")
            }
            settings[key] = value
        }
        let weights = members["weights"]
        guard weights.map({ $0.stringValue != nil }) ?? true else {
            throw ModelFileError(.damaged, "(\(type)) must have a text as 'weights', such as \"conv1\"")
        }
        return TorchLayer(type: type, path: weights?.stringValue ?? "", settings: settings)
    }

    // MARK: From a pickled network

    /// The layers of a pickled network whose order is known: a `Sequential` of PyTorch's layers, or a network whose
    /// only part is one.
    ///
    /// - Returns: nil for other networks, whose order stands only in code, and for layers of TorchScript whose
    ///   settings do.
    init?(_ module: TorchModule) {
        var root = module
        while !root.isStandard, root.children.count == 1 { root = root.children[0] }
        var layers: [TorchLayer] = []
        guard root.isStandard, Self.collect(root, into: &layers), !layers.isEmpty else { return nil }
        let kinds = Set(layers.map(\.type))
        if module.isScript {
            guard kinds.isSubset(of: Self.withoutSettings.union(Self.mostlyAsStandard)) else { return nil }
            let assumed = kinds.intersection(Self.mostlyAsStandard).sorted().joined(separator: ", ")
            if !assumed.isEmpty {
                notes.append(
                    "TorchScript keeps the settings of layers in code, which is never read: PyTorch's standard "
                        + "settings are taken for \(assumed).")
            }
        }
        self.layers = layers
        guard root.path != module.path else { return }
        notes.append(
            "The class \(module.type.name) holds nothing but '\(root.path)', which is taken for the whole network.")
    }

    /// Layers that need no more than their weights.
    private static let withoutSettings: Set = [
        "Linear", "Identity", "Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout",
        "ReLU", "ReLU6", "SELU", "SiLU", "Mish", "Sigmoid", "LogSigmoid", "Hardsigmoid", "Hardswish", "Tanh",
        "Tanhshrink", "Softsign", "PReLU",
    ]
    /// Layers whose settings hardly anybody changes, or change the answers little.
    private static let mostlyAsStandard: Set = [
        "Flatten", "Softmax", "LogSoftmax", "BatchNorm1d", "BatchNorm2d", "LayerNorm", "GELU",
    ]

    private static func collect(_ module: TorchModule, into layers: inout [TorchLayer]) -> Bool {
        if module.type.name == "Sequential" {
            return module.children.allSatisfy { collect($0, into: &layers) }
        }
        guard module.isStandard, module.children.isEmpty, TorchLayers.converter(of: module.type.name) != nil else {
            return false
        }
        layers.append(TorchLayer(type: module.type.name, path: module.path, settings: module.settings))
        return true
    }

    /// Whether no weight lies outside the layers, as those do that a class has beside its `Sequential`.
    func uses(all weights: NamedWeights) -> Bool {
        let paths = Set(layers.map(\.path))
        return weights.weights.allSatisfy { weight in
            paths.contains(weight.name.lastIndex(of: ".").map { String(weight.name[..<$0]) } ?? "")
        }
    }
}
