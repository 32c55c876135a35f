import JSON

extension KerasNetwork {
    /// A Sequential model: each layer reads the one before; an input layer is put in front where there is none.
    init(sequential given: [KerasLayer], name: String, config: JSONValue) throws(ModelFileError) {
        guard let first = given.first else { throw ModelFileError(.damaged, "model '\(name)' has no layers") }
        var layers = given
        if first.type != "InputLayer" {
            let built = KerasNetworkParser.shape(config["build_input_shape"])
            let inputName = "\(first.name)_input"
            let input = KerasConfig(layer: inputName, type: "InputLayer", values: JSONObject())
            layers.insert(
                KerasLayer(
                    name: inputName, type: "InputLayer", config: input, archiveName: "", earlyArchiveName: "",
                    calls: [], network: nil,
                    statedInputShape: first.statedInputShape ?? built), at: 0)
        }
        for index in layers.indices.dropFirst() {
            layers[index].calls = [[KerasReference(layer: layers[index - 1].name, call: 0, output: 0)]]
            layers[index].arguments = []
        }
        self.init(
            name: name, layers: layers, inputs: [KerasReference(layer: layers[0].name, call: 0, output: 0)],
            outputs: [KerasReference(layer: layers[layers.count - 1].name, call: 0, output: 0)])
    }

    /// A Functional model: the file says what every call reads.
    init(functional given: [KerasLayer], name: String, config: JSONValue) throws(ModelFileError) {
        guard let inputs = KerasNetworkParser.references(config["input_layers"]),
            let outputs = KerasNetworkParser.references(config["output_layers"])
        else { throw ModelFileError(.damaged, "model '\(name)' does not say what its inputs and outputs are") }
        let isKeras3 = (config["layers"]?.arrayValue ?? []).contains { $0["inbound_nodes"]?[0]?["args"] != nil }
        let offsets = isKeras3 ? [:] : Self.callOffsets(given, outputs)
        // Keras 3 counts the making of a nested Functional model too, but only where it lists the outputs.
        let nested = given.filter { $0.network != nil && $0.type != "Sequential" }
        let outputOffsets = isKeras3 ? Dictionary(nested.map { ($0.name, 1) }) { $1 } : offsets
        func shifted(_ reference: KerasReference, _ offsets: [String: Int]) -> KerasReference {
            var reference = reference
            reference.call = max(0, reference.call - (offsets[reference.layer] ?? 0))
            return reference
        }
        let layers = given.map { layer in
            var layer = layer
            layer.calls = layer.calls.map { $0.map { shifted($0, offsets) } }
            return layer
        }
        self.init(name: name, layers: layers, inputs: inputs, outputs: outputs.map { shifted($0, outputOffsets) })
    }

    /// By how much the file counts the calls of a layer too high.
    ///
    /// Keras 2 counts the making of a nested model as its first call, which the file leaves out: with n calls the
    /// references to them go from 1 to n.
    private static func callOffsets(_ layers: [KerasLayer], _ outputs: [KerasReference]) -> [String: Int] {
        var highest: [String: Int] = [:]
        for reference in layers.lazy.flatMap(\.calls).joined() {
            highest[reference.layer] = max(highest[reference.layer] ?? 0, reference.call)
        }
        for reference in outputs { highest[reference.layer] = max(highest[reference.layer] ?? 0, reference.call) }
        var offsets: [String: Int] = [:]
        for layer in layers where layer.network != nil {
            if let highest = highest[layer.name], highest == layer.calls.count { offsets[layer.name] = 1 }
        }
        return offsets
    }
}
