import ONNX
import Tensors

/// Turns a network and its weights into an ONNX graph.
struct KerasConverter {
    let weights: any KerasWeightSource
    let version: KerasVersion
    let limits: ModelFileLimits
    var graph = KerasGraph(name: "")
    private var summaries: [LayerSummary] = []
    private var parameterCount = 0
    /// Paths of the layers whose weights have been counted.
    private var counted: Set<String> = []
    private var callCount = 0

    init(weights: any KerasWeightSource, version: KerasVersion, limits: ModelFileLimits) {
        self.weights = weights
        self.version = version
        self.limits = limits
    }

    /// Converts a whole model.
    mutating func convert(_ network: KerasNetwork, format: ModelFormat) throws(ModelFileError) -> ImportedModel {
        graph = KerasGraph(name: network.name)
        var inputs: [KerasTensor] = []
        for reference in network.inputs {
            guard let layer = network.layers.first(where: { $0.name == reference.layer }) else {
                throw ModelFileError(.damaged, "the input layer '\(reference.layer)' is missing")
            }
            guard let shape = layer.statedInputShape else {
                throw layer.config.unsupported("does not state the shape of the model's input; build it before saving")
            }
            inputs.append(graph.input(layer.name, shape: shape))
        }
        let results = try run(network, inputs, path: KerasLayerPath())
        var outputs: [TensorSpec] = []
        for (reference, value) in zip(network.outputs, results) { outputs.append(graph.output(reference.layer, value)) }
        let inspection = ModelInspection(
            format: format, frameworkVersion: version.framework,
            inputs: inputs.map { TensorSpec(name: $0.name, shape: $0.shape) }, outputs: outputs, layers: summaries,
            parameterCount: parameterCount, labels: nil)
        let model = graph.builder.model()
        // Nobody else holds the weights then, so that they can be changed without a copy.
        graph = KerasGraph(name: network.name)
        return ImportedModel(model, inspection: inspection)
    }

    /// Writes one pass through a network and returns its outputs.
    private mutating func run(
        _ network: KerasNetwork, _ inputs: [KerasTensor], path: KerasLayerPath
    ) throws(ModelFileError) -> [KerasTensor] {
        guard inputs.count == network.inputs.count else {
            throw ModelFileError(
                .damaged,
                "model '\(network.name)' has \(network.inputs.count) inputs but is called with \(inputs.count)")
        }
        var values: [KerasReference: KerasTensor] = [:]
        for (reference, value) in zip(network.inputs, inputs) { values[reference] = value }
        for (index, call) in try KerasSchedule(network).calls {
            let layer = network.layers[index]
            var read: [KerasTensor] = []
            for reference in layer.calls[call] {
                guard let value = values[reference] else {
                    throw layer.config.damaged(
                        "reads output \(reference.output) of '\(reference.layer)', which is not there")
                }
                read.append(value)
            }
            let arguments = layer.arguments.indices.contains(call) ? layer.arguments[call] : nil
            for (output, value) in try self.call(layer, read, arguments, path: path.appending(layer)).enumerated() {
                values[KerasReference(layer: layer.name, call: call, output: output)] = value
            }
        }
        var results: [KerasTensor] = []
        for reference in network.outputs {
            guard let value = values[reference] else {
                throw ModelFileError(.damaged, "output '\(reference.layer)' of model '\(network.name)' is not computed")
            }
            results.append(value)
        }
        return results
    }

    /// Writes one call of a layer, of whatever kind.
    mutating func call(
        _ layer: KerasLayer, _ read: [KerasTensor], _ arguments: KerasArguments?, path: KerasLayerPath
    ) throws(ModelFileError) -> [KerasTensor] {
        callCount += 1
        guard callCount <= limits.maximumLayers else {
            throw ModelFileError(.tooLarge, "the model calls its layers more than \(limits.maximumLayers) times")
        }
        guard !read.isEmpty else { throw layer.config.damaged("reads nothing") }
        let arguments = arguments ?? KerasArguments(positional: read.indices.map { .tensor($0) })
        if let network = layer.network { return try run(network, arguments.inputs.map { read[$0] }, path: path) }
        try KerasLayers.checkPrecision(of: layer.config)
        if let wrapped = layer.wrapped.first {
            return try self.wrapped(wrapped, in: layer, arguments.inputs.map { read[$0] }, path: path)
        }
        guard let converter = KerasLayers.converter(of: layer.type) else {
            throw KerasLayers.refusal(of: layer.config)
        }
        let tensors = try tensors(of: layer, converter, path: path)
        graph.scope = path.joined
        let inputs = arguments.inputs.map { read[$0] }
        let layerCall = KerasLayerCall(
            config: layer.config, inputs: inputs.map { $0.unmasked() }, weights: tensors, version: version,
            masks: inputs.map(\.mask), arguments: arguments, values: read)
        var results = try converter.outputs(of: layerCall, &graph)
        // Lengths beyond all memory would overflow in the layers that follow.
        guard results.allSatisfy({ $0.shape.allSatisfy { $0 ?? 0 <= 1 << 31 } }) else {
            throw layer.config.damaged("gives an axis of more than \(1 << 31) elements")
        }
        if converter.passesMask, !results.isEmpty { results[0].mask = layerCall.mask(&graph) }
        if counted.insert(path.joined).inserted {
            // Weights that are not used are single counters.
            let unused = try converter.weights(layer.config).count { !$0.isUsed }
            let parameters = tensors.values.reduce(unused) { $0 + $1.values.count }
            note(layer, path, results.first?.shape, parameters: parameters)
        }
        return results
    }

    /// Notes a layer for the inspection.
    mutating func note(_ layer: KerasLayer, _ path: KerasLayerPath, _ shape: [Int?]?, parameters: Int) {
        parameterCount += parameters
        summaries.append(LayerSummary(name: path.joined, type: layer.type, outputShape: shape, parameters: parameters))
    }

    private func tensors(
        of layer: KerasLayer, _ converter: any KerasLayerConverter.Type, path: KerasLayerPath
    ) throws(ModelFileError) -> [String: Tensor] {
        let declared = try converter.weights(layer.config)
        guard !declared.isEmpty else { return [:] }
        var tensors: [String: Tensor] = [:]
        // The weights of a shared layer have been counted by its first call.
        var remaining = limits.maximumParameters - (counted.contains(path.joined) ? 0 : parameterCount)
        let places = try weights.places(of: declared, at: path)
        for (weight, place) in zip(declared, places) where weight.isUsed {
            let tensor = try weights.tensor(of: weight, at: place, for: layer.config, maximumElements: remaining)
            remaining -= tensor.values.count
            tensors[weight.name] = tensor
        }
        return tensors
    }
}
