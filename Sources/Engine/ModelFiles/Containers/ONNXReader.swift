import JSON
import ONNX

/// Keeps ONNX files as they are, once they are known to be sound and to need nothing outside themselves.
enum ONNXReader: ModelFileReader {
    // An ONNX file has no signature; all exporters write the format version, a small number, first.
    static func recognizes(_ probe: ModelFileProbe) -> Bool {
        probe.start.count >= 2 && probe.start[0] == 0x08 && (1...32).contains(probe.start[1])
    }

    static func read(_ file: FileBytes, _ request: ReadingRequest) throws(ModelFileError) -> ImportedModel {
        let limits = request.limits
        let bytes = file.array()
        let model = try checked(bytes, limits: limits)
        return ImportedModel(onnx: bytes, inspection: try inspection(of: model, limits: limits))
    }

    private static func checked(_ bytes: [UInt8], limits: ModelFileLimits) throws(ModelFileError) -> ONNXModel {
        do throws(ONNXError) {
            var onnxLimits = ONNXLimits.standard
            onnxLimits.maximumElements = limits.maximumParameters
            let model = try ONNXModel(decoding: bytes, limits: onnxLimits)
            try model.graph.validate()
            return model
        } catch {
            let kind: ModelFileError.Kind =
                switch error.kind {
                case .damaged: .damaged
                case .external: .refused
                case .unsupported: .unsupported
                case .tooLarge: .tooLarge
                }
            throw ModelFileError(kind, "ONNX: \(error.reason)")
        }
    }

    private static func inspection(
        of model: ONNXModel, limits: ModelFileLimits
    ) throws(ModelFileError) -> ModelInspection {
        let constants = Dictionary(
            model.graph.initializers.map { ($0.name, $0.elementCount ?? 0) }, uniquingKeysWith: { first, _ in first })
        let parameters = constants.values.reduce(0, +)
        guard parameters <= limits.maximumParameters else {
            throw ModelFileError(
                .tooLarge, "the model has \(parameters) parameters, at most \(limits.maximumParameters) are allowed")
        }
        var counted: Set<String> = []
        let layers = model.graph.nodes.map { node in
            let own = node.inputs.filter { constants[$0] != nil && counted.insert($0).inserted }
            return LayerSummary(
                name: node.name.isEmpty ? node.outputs.first ?? "" : node.name, type: node.operation, outputShape: nil,
                parameters: own.reduce(0) { $0 + (constants[$1] ?? 0) })
        }
        return ModelInspection(
            format: .onnx, frameworkVersion: framework(of: model),
            inputs: specs(model.graph.inputs.filter { constants[$0.name] == nil }), outputs: specs(model.graph.outputs),
            layers: layers, parameterCount: parameters, labels: labels(in: model.metadata))
    }

    private static func specs(_ values: [ONNXValue]) -> [TensorSpec] {
        values.map {
            TensorSpec(name: $0.name, shape: ($0.shape ?? []).map(\.length), elementType: $0.elementType ?? .float)
        }
    }

    private static func framework(of model: ONNXModel) -> String {
        let program = [model.producer, model.producerVersion].filter { !$0.isEmpty }.joined(separator: " ")
        let opset = "ONNX operator set \(model.opsetVersion)"
        return program.isEmpty ? opset : "\(program), \(opset)"
    }

    /// Exporters put class names under several keys, as a list or as an object from number to name.
    private static func labels(in metadata: [(key: String, value: String)]) -> [String]? {
        let keys: Set = ["labels", "classes", "class_names", "names"]
        for (key, value) in metadata where keys.contains(key.lowercased()) {
            // Some write the text of a Python value.
            guard let json = try? JSONValue(parsing: value) else { continue }
            if let names = json.arrayValue?.compactMap(\.stringValue), !names.isEmpty { return names }
            if let members = json.objectValue {
                let pairs = members.compactMap { key, value in
                    Int(key).flatMap { number in value.stringValue.map { (number, $0) } }
                }
                if !pairs.isEmpty { return pairs.sorted { $0.0 < $1.0 }.map(\.1) }
            }
        }
        return nil
    }
}
