import JSON

/// The lines of a description that the modules of a pickled network suggest, in the order in which they were added.
///
/// The order in which they run stands in code, so that people have to look at the lines before they are believed.
struct TorchModuleDraft {
    /// The layers to write.
    private(set) var lines: [JSONValue] = []
    private var wasPicture = false

    /// Settings that change what a layer computes, with the values that need not be written.
    private static let standards: [String: [JSONValue]] = [
        "kernel_size": [], "stride": [], "padding": [], "output_size": [], "normalized_shape": [], "num_groups": [],
        "dilation": [1, [1], [1, 1], [1, 1, 1]], "groups": [1], "padding_mode": ["zeros"], "ceil_mode": [false],
        "count_include_pad": [true], "negative_slope": [.number(0.01)], "alpha": [1], "approximate": ["none"],
        "scale_factor": [], "mode": ["nearest"], "size": [], "start_dim": [1], "end_dim": [-1], "dim": [],
        "eps": [.number(1e-5)],
    ]
    /// Layers that tell nothing in a description.
    private static let silent: Set = [
        "Identity", "Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout",
    ]

    /// - Returns: nil where the modules do not tell the functions or are not all known, as those of TorchScript are
    ///   not.
    init?(_ module: TorchModule?) {
        guard let module, !module.isScript, let leaves = Self.leaves(of: module),
            leaves.contains(where: { TorchActivationLayer.names.contains($0.type.name) })
        else { return nil }
        for leaf in leaves where !Self.silent.contains(leaf.type.name) { add(leaf) }
    }

    private static func leaves(of module: TorchModule) -> [TorchModule]? {
        guard !module.children.isEmpty else {
            let isKnown = module.isStandard && TorchLayers.converter(of: module.type.name) != nil
            return isKnown ? [module] : nil
        }
        var leaves: [TorchModule] = []
        for child in module.children {
            guard let inner = Self.leaves(of: child) else { return nil }
            leaves += inner
        }
        return leaves
    }

    private mutating func add(_ module: TorchModule) {
        let type = module.type.name
        let known = TorchLayers.converter(of: type)?.settings ?? []
        if type.hasSuffix("2d") { wasPicture = true }
        if type == "Flatten" { wasPicture = false }
        if type == "Linear", wasPicture {
            lines.append(["type": "Flatten"])
            wasPicture = false
        }
        var line = JSONObject([("type", type.json)])
        if Self.hasWeights(type) { line["weights"] = module.path.json }
        for (key, value) in module.settings where known.contains(key) && !value.isNull {
            guard let standard = Self.standards[key], !standard.contains(value) else { continue }
            // The weights tell the size of their windows.
            if key == "kernel_size", Self.hasWeights(type) { continue }
            line[key] = value
        }
        lines.append(.object(line))
    }

    private static func hasWeights(_ type: String) -> Bool {
        ["Linear", "Conv", "BatchNorm", "InstanceNorm", "LayerNorm", "GroupNorm", "PReLU"].contains(
            where: type.contains)
    }
}
