import JSON
import ONNX

/// Keeps ONNX files as they are, once they are known to be sound and to need nothing outside themselves.
enum ONNXReader: ModelFileReader {
    // An ONNX file has no signature. Most exporters write the format version, a small number, first; the order is free
    // though, so what does not start so is looked at field by field.
    static func recognizes(_ probe: ModelFileProbe) -> Bool {
        guard probe.start.count >= 2 else { return false }
        if probe.start[0] == 0x08, (1...32).contains(probe.start[1]) { return true }
        return probe.file.withBytes { hasFieldsOfModel($0) }
    }

    /// Whether the bytes are the fields of a model up to the last one, with a version and a graph among them.
    private static func hasFieldsOfModel(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var position = 0
        var fields: Set<UInt64> = []
        func varint() -> UInt64? {
            var value: UInt64 = 0
            for shift in stride(from: UInt64(0), to: 63, by: 7) {
                guard position < bytes.count else { return nil }
                let byte = bytes[position]
                position += 1
                value |= UInt64(byte & 0x7F) << shift
                if byte < 0x80 { return value }
            }
            return nil
        }
        // Wire type of each field of `ModelProto`.
        let types: [UInt64: UInt64] = [
            1: 0, 2: 2, 3: 2, 4: 2, 5: 0, 6: 2, 7: 2, 8: 2, 14: 2, 20: 2, 25: 2, 26: 2,
        ]
        while position < bytes.count {
            guard let tag = varint(), types[tag >> 3] == tag & 7, let number = varint() else { return false }
            fields.insert(tag >> 3)
            guard tag & 7 == 2 else { continue }
            guard number <= UInt64(bytes.count - position) else { return false }
            position += Int(number)
        }
        return fields.isSuperset(of: [1, 7])
    }

    static func read(_ file: FileBytes, _ request: ReadingRequest) throws(ModelFileError) -> ImportedModel {
        let outside = request.externalDataFolder.map {
            ONNXExternalWeights(.folder($0), maximumBytes: request.limits.maximumBytes)
        }
        return try read(file, request, outside)
    }

    /// Reads a model whose weights may lie outside of it.
    static func read(
        _ file: FileBytes, _ request: ReadingRequest, _ outside: ONNXExternalWeights?
    ) throws(ModelFileError) -> ImportedModel {
        let bytes = file.array()
        var (model, isChanged) = try checked(bytes, limits: request.limits, outside)
        try ONNXSupport.check(model)
        try ONNXTaint.check(model.graph)
        if try setOpenShapes(of: &model, request.description) { isChanged = true }
        let onnx = isChanged ? model.encoded() : bytes
        return ImportedModel(onnx: onnx, inspection: try inspection(of: model, limits: request.limits))
    }

    /// - Returns: the model, and whether it is another than the bytes say, as it now has inside what was elsewhere.
    private static func checked(
        _ bytes: [UInt8], limits: ModelFileLimits, _ outside: ONNXExternalWeights?
    ) throws(ModelFileError) -> (ONNXModel, isChanged: Bool) {
        do throws(ONNXError) {
            var onnxLimits = ONNXLimits.standard
            onnxLimits.maximumElements = limits.maximumParameters
            var model = try ONNXModel(decoding: bytes, limits: onnxLimits, external: outside?.bytes)
            let hasFunctions = !model.functions.isEmpty
            try model.inlineFunctions(limits: onnxLimits)
            try model.graph.validate()
            return (model, hasFunctions || outside?.isUsed == true)
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

    /// Gives the shape that the user states to an input that has none in the file.
    ///
    /// - Returns: whether there was one.
    private static func setOpenShapes(
        of model: inout ONNXModel, _ description: ModelDescription
    ) throws(ModelFileError) -> Bool {
        let constants = Set(model.graph.initializers.map(\.name))
        let open = model.graph.inputs.indices.filter {
            model.graph.inputs[$0].shape == nil && !constants.contains(model.graph.inputs[$0].name)
        }
        guard let first = open.first else { return false }
        guard open.count == 1, let shape = description.input else {
            throw ModelFileError(
                .unsupported,
                "ONNX: input '\(model.graph.inputs[first].name)' does not say its shape; state it in the description of the file, without the batch: {\"input\": [3, 224, 224]}"
            )
        }
        model.graph.inputs[first].shape = [.symbol("N")] + shape.map(ONNXDimension.fixed)
        return true
    }

    private static func inspection(
        of model: ONNXModel, limits: ModelFileLimits
    ) throws(ModelFileError) -> ModelInspection {
        let constants = ONNXParameters.constants(of: model.graph)
        let parameters = constants.values.reduce(ONNXParameters.inner(of: model.graph), +)
        guard parameters <= limits.maximumParameters else {
            throw ModelFileError(
                .tooLarge, "the model has \(parameters) parameters, at most \(limits.maximumParameters) are allowed")
        }
        var counted: Set<String> = []
        // Constants are shown with the operations that read them.
        let layers = model.graph.nodes.filter { $0.operation != "Constant" }.map { node in
            let own = node.inputs.filter { constants[$0] != nil && counted.insert($0).inserted }
            return LayerSummary(
                name: node.name.isEmpty ? node.outputs.first ?? "" : node.name, type: node.operation, outputShape: nil,
                parameters: own.reduce(0) { $0 + (constants[$1] ?? 0) })
        }
        let inputs = specs(model.graph.inputs.filter { constants[$0.name] == nil })
        return ModelInspection(
            format: .onnx, frameworkVersion: framework(of: model), inputs: inputs,
            outputs: specs(model.graph.outputs), layers: layers, parameterCount: parameters,
            labels: labels(in: model.metadata),
            preprocessing: inputs.count == 1 ? ONNXInputGuess.guess(model, input: inputs[0]) : nil)
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
            guard let json = try? JSONValue(parsing: value) else {
                // Some write the text of a Python value.
                if let names = PythonNames.parse(value) { return names }
                continue
            }
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
