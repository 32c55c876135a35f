import JSON

/// What to ask for where weights alone do not tell the network: a description to complete.
struct TorchLayerDraft {
    private let weights: NamedWeights
    private let module: TorchModule?
    /// Axes that the convolutions slide over.
    private let dimensions: Int

    init(_ weights: NamedWeights, _ module: TorchModule?) {
        self.weights = weights
        self.module = module
        dimensions =
            weights.weights.first { $0.name.hasSuffix(".weight") && (3...5).contains($0.shape.count) }
            .map { $0.shape.count - 2 } ?? 2
    }

    /// The error that asks for a description, with one made of the weights' names and shapes.
    var question: String {
        let shapes = weights.weights.prefix(8).map { "\($0.name) \($0.shape)" }.joined(separator: ", ")
        let others = weights.weights.count > 8 ? ", …" : ""
        let name = module.map { " (class \($0.type.name))" } ?? ""
        let start = layers.isEmpty ? "write its layers in order" : "write its layers in order, starting from this"
        let script =
            module?.isScript == true ? "; TorchScript keeps the settings of layers in code, which is never read" : ""
        return
            "the weights do not tell the network\(name): \(shapes)\(others)\(script). Name a known architecture in a "
            + "description, such as {\"architecture\": \"resnet50\"}, or \(start): " + description.text()
    }

    private var description: JSONValue {
        let example: [JSONValue] = [
            ["type": "Linear", "weights": "fc1"], ["type": "ReLU"], ["type": "Linear", "weights": "fc2"],
        ]
        let lines = layers.isEmpty ? example : Array(layers.prefix(24))
        return ["input": input.json, "architecture": ["layers": .array(lines)]]
    }

    private var input: [Int] {
        let first = weights.weights.first { $0.name.hasSuffix(".weight") && (2...5).contains($0.shape.count) }
        guard let shape = first?.shape, shape.count > 2 else { return [first?.shape[1] ?? 1] }
        let side = shape[1] == 1 ? 28 : 224
        return [shape[1]] + Array(repeating: shape.count == 4 ? side : 64, count: shape.count - 2)
    }

    /// The settings of the convolutions that the modules tell, by the name of their weights.
    private var settings: [String: JSONObject] {
        var settings: [String: JSONObject] = [:]
        var waiting = [module].compactMap(\.self)
        while let next = waiting.popLast() {
            if next.type.name == "Conv\(dimensions)d" { settings[next.path] = next.settings }
            waiting += next.children
        }
        return settings
    }

    private var layers: [JSONValue] { TorchModuleDraft(module).map(\.lines) ?? layersOfWeights }

    private var layersOfWeights: [JSONValue] {
        let settings = settings
        var layers: [JSONValue] = []
        // A normalization before the first convolution is of pictures too.
        var isPicture = weights.weights.contains { $0.shape.count == dimensions + 2 }
        var wasConvolution = false
        for weight in weights.weights where weight.name.hasSuffix(".weight") {
            let path = String(weight.name.dropLast(".weight".count))
            switch weight.shape.count {
            case dimensions + 2:
                layers += [convolution(path, weight.shape, settings[path]), ["type": "ReLU"]]
                (isPicture, wasConvolution) = (true, true)
            case 2:
                if wasConvolution { layers.append(["type": "Flatten"]) }
                (isPicture, wasConvolution) = (false, false)
                layers += [["type": "Linear", "weights": path.json], ["type": "ReLU"]]
            case 1 where weights[path + ".running_mean"] != nil:
                // It belongs before the function that was drafted after the layer before.
                let isAfterReLU = layers.last?["type"] == "ReLU"
                if isAfterReLU { layers.removeLast() }
                let type = "BatchNorm\(isPicture ? dimensions : 1)d"
                layers.append(["type": type.json, "weights": path.json])
                if isAfterReLU { layers.append(["type": "ReLU"]) }
            case 1 where weights[path + ".bias"] == nil:
                // The function itself, with a slope for each channel.
                if layers.last?["type"] == "ReLU" { layers.removeLast() }
                layers.append(["type": "PReLU", "weights": path.json])
            default: break
            }
        }
        if layers.last?["type"] == "ReLU" { layers.removeLast() }
        return layers
    }

    private func convolution(_ path: String, _ shape: [Int], _ known: JSONObject?) -> JSONValue {
        var layer = JSONObject([
            ("type", "Conv\(dimensions)d".json), ("weights", path.json), ("stride", known?["stride"] ?? 1),
            ("padding", known?["padding"] ?? (shape[2] / 2).json),
        ])
        // One filter for each channel.
        if shape[1] == 1, shape[0] > 1, !isFirst(path) { layer["groups"] = shape[0].json }
        return .object(layer)
    }

    private func isFirst(_ path: String) -> Bool {
        weights.weights.first { $0.shape.count == dimensions + 2 }?.name == path + ".weight"
    }
}
