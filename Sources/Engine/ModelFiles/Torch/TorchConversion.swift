import JSON
import ONNX

/// Makes a model of weights, of the modules where they are known, and of what the user says.
enum TorchConversion {
    static func convert(
        _ weights: NamedWeights, module: TorchModule? = nil, format: ModelFormat, framework: String?,
        labels: [String]? = nil, _ request: ReadingRequest
    ) throws(ModelFileError) -> ImportedModel {
        let network = try network(weights, module, request)
        let inspection = ModelInspection(
            format: format, frameworkVersion: framework, inputs: network.inputs, outputs: network.outputs,
            layers: network.layers, parameterCount: network.parameterCount,
            labels: fitting(labels, network), preprocessing: network.preprocessing, notes: network.notes)
        return ImportedModel(network.model, inspection: inspection)
    }

    private static func network(
        _ weights: NamedWeights, _ module: TorchModule?, _ request: ReadingRequest
    ) throws(ModelFileError) -> RecognizedNetwork {
        let description = request.description
        if let object = description.architecture?.objectValue, object["name"] == nil {
            let list = try TorchLayerList(object, limits: request.limits)
            let network = TorchLayerNetwork(list, weights: weights, limits: request.limits)
            return try network.recognized(input: description.input)
        }
        if description.architecture == nil, let list = module.flatMap(TorchLayerList.init), list.uses(all: weights) {
            let network = TorchLayerNetwork(list, weights: weights, limits: request.limits)
            return try network.recognized(input: description.input)
        }
        if let network = try TorchArchitectures.network(for: weights, module: module, request: request) {
            return network
        }
        throw ModelFileError(.unsupported, TorchLayerDraft(weights, module).question)
    }

    /// Labels of the file, unless they are not as many as the classes: then they are those of something else.
    private static func fitting(_ labels: [String]?, _ network: RecognizedNetwork) -> [String]? {
        guard let labels, network.outputs.count == 1, network.outputs[0].shape.last == labels.count else { return nil }
        return labels
    }
}

/// What to ask for where weights alone do not tell the network: a description to complete.
struct TorchLayerDraft {
    private let weights: NamedWeights
    private let module: TorchModule?

    init(_ weights: NamedWeights, _ module: TorchModule?) {
        self.weights = weights
        self.module = module
    }

    /// The error that asks for a description, with one made of the weights' names and shapes.
    var question: String {
        let shapes = weights.weights.prefix(8).map { "\($0.name) \($0.shape)" }.joined(separator: ", ")
        let others = weights.weights.count > 8 ? ", …" : ""
        let name = module.map { " (class \($0.type.name))" } ?? ""
        let script =
            module?.isScript == true ? "; TorchScript keeps the settings of layers in code, which is never read" : ""
        return
            "the weights do not tell the network\(name): \(shapes)\(others)\(script). Name a known architecture in a "
            + "description, such as {\"architecture\": \"resnet50\"}, or write its layers in order, starting from this: "
            + description.text()
    }

    private var description: JSONValue {
        ["input": input.json, "architecture": ["layers": .array(Array(layers.prefix(24)))]]
    }

    private var input: [Int] {
        let first = weights.weights.first { $0.shape.count == 4 || $0.shape.count == 2 }?.shape ?? [1, 1]
        guard first.count == 4 else { return [first[1]] }
        return first[1] == 1 ? [1, 28, 28] : [first[1], 224, 224]
    }

    /// The settings of the convolutions that the modules tell, by the name of their weights.
    private var settings: [String: JSONObject] {
        var settings: [String: JSONObject] = [:]
        var waiting = [module].compactMap(\.self)
        while let next = waiting.popLast() {
            if next.type.name == "Conv2d" { settings[next.path] = next.settings }
            waiting += next.children
        }
        return settings
    }

    private var layers: [JSONValue] {
        let settings = settings
        var layers: [JSONValue] = []
        var wasPicture = false
        for weight in weights.weights where weight.name.hasSuffix(".weight") {
            let path = String(weight.name.dropLast(".weight".count))
            switch weight.shape.count {
            case 4:
                let known = settings[path]
                layers.append([
                    "type": "Conv2d", "weights": path.json, "stride": known?["stride"] ?? 1,
                    "padding": known?["padding"] ?? (weight.shape[2] / 2).json,
                ])
                layers.append(["type": "ReLU"])
                wasPicture = true
            case 2:
                if wasPicture { layers.append(["type": "Flatten"]) }
                wasPicture = false
                layers.append(["type": "Linear", "weights": path.json])
                layers.append(["type": "ReLU"])
            case 1 where weights[path + ".running_mean"] != nil:
                // It belongs before the function that was drafted after the layer before.
                let isAfterReLU = layers.last?["type"] == "ReLU"
                if isAfterReLU { layers.removeLast() }
                layers.append(["type": wasPicture ? "BatchNorm2d" : "BatchNorm1d", "weights": path.json])
                if isAfterReLU { layers.append(["type": "ReLU"]) }
            default: break
            }
        }
        if layers.last?["type"] == "ReLU" { layers.removeLast() }
        return layers
    }
}
