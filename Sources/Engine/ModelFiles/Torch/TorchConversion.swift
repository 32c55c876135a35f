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
        throw ModelFileError(
            .unsupported, TorchForeignWeights.refusal(weights) ?? TorchLayerDraft(weights, module).question)
    }

    /// Labels of the file, unless they are not as many as the classes: then they are those of something else.
    private static func fitting(_ labels: [String]?, _ network: RecognizedNetwork) -> [String]? {
        guard let labels, network.outputs.count == 1, network.outputs[0].shape.last == labels.count else { return nil }
        return labels
    }
}
