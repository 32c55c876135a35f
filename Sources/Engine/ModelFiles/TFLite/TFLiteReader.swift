import ONNX

/// Keeps TensorFlow Lite files as they are, once they are known to be sound: the engine reads them itself.
enum TFLiteReader: ModelFileReader {
    static func recognizes(_ probe: ModelFileProbe) -> Bool {
        probe.start.dropFirst(4).starts(with: "TFL3".utf8)
    }

    static func read(_ file: FileBytes, _ request: ReadingRequest) throws(ModelFileError) -> ImportedModel {
        var buffer = FlatBuffer(file)
        let model = try TFLiteModel(&buffer, limits: request.limits)
        for graph in model.graphs { try refuseUnsupported(graph) }
        let parameters = try parameterCount(of: model, limits: request.limits)
        let notes = TFLiteMetadata(model, buffer)
        let main = model.graphs[0]
        let inputs = try main.inputs.map { (position) throws(ModelFileError) in try spec(main.tensors[position]) }
        let outputs = try main.outputs.map { (position) throws(ModelFileError) in try spec(main.tensors[position]) }
        let inspection = ModelInspection(
            format: .tflite, frameworkVersion: framework(of: model), inputs: inputs, outputs: outputs,
            layers: layers(of: model), parameterCount: parameters, labels: notes.labels(in: file, request.limits),
            preprocessing: TFLiteInputGuess(model, buffer, notes).guess)
        return ImportedModel(graph: .tflite(file.array()), inspection: inspection)
    }

    private static func refuseUnsupported(_ graph: TFLiteModel.Graph) throws(ModelFileError) {
        for operation in graph.operators {
            if operation.isCustom {
                let isFlex = operation.name.hasPrefix("Flex")
                throw ModelFileError(
                    .unsupported,
                    "TensorFlow Lite: operation '\(operation.name)' \(isFlex ? "runs in TensorFlow itself (Flex)" : "is a custom one"), which is not supported; convert the model with the built-in operations only"
                )
            }
            if TFLiteOperators.untranslated.contains(operation.name) {
                throw ModelFileError(.unsupported, "TensorFlow Lite: operation \(operation.name) is not supported")
            }
        }
    }

    /// Counts the elements of constants, and compares them with the bytes that hold them.
    private static func parameterCount(
        of model: TFLiteModel, limits: ModelFileLimits
    ) throws(ModelFileError) -> Int {
        var total = 0
        var counted: Set<Int> = []
        for tensor in model.graphs.flatMap(\.tensors) {
            let bytes = model.buffers[tensor.buffer].count
            guard bytes > 0, tensor.type != TFLiteType.string.rawValue, !tensor.isSparse else { continue }
            let type = try elementType(of: tensor)
            guard let count = elementCount(tensor.shape), let bits = type.bits, count <= limits.maximumParameters,
                bytes == (count * bits + 7) / 8
            else {
                throw TFLiteModel.damaged("tensor '\(tensor.name)' has \(bytes) bytes, not those of its shape")
            }
            if counted.insert(tensor.buffer).inserted { total += count }
        }
        guard total <= limits.maximumParameters else {
            throw ModelFileError(
                .tooLarge, "the model has \(total) parameters, at most \(limits.maximumParameters) are allowed")
        }
        return total
    }

    private static func elementCount(_ shape: [Int?]) -> Int? {
        var count = 1
        for length in shape {
            guard let length else { return nil }
            let (product, overflow) = count.multipliedReportingOverflow(by: length)
            guard !overflow else { return nil }
            count = product
        }
        return count
    }

    private static func elementType(of tensor: TFLiteModel.Tensor) throws(ModelFileError) -> ONNXElementType {
        guard let type = TFLiteType(rawValue: tensor.type)?.elementType else {
            throw ModelFileError(
                .unsupported,
                "TensorFlow Lite: tensor '\(tensor.name)' has elements of type number \(tensor.type), which is not supported"
            )
        }
        return type
    }

    private static func spec(_ tensor: TFLiteModel.Tensor) throws(ModelFileError) -> TensorSpec {
        TensorSpec(name: tensor.name, shape: tensor.shape, elementType: try elementType(of: tensor))
    }

    private static func layers(of model: TFLiteModel) -> [LayerSummary] {
        var counted: Set<Int> = []
        return model.graphs.flatMap { graph in
            graph.operators.map { operation in
                let output = operation.outputs.first.map { graph.tensors[$0] }
                let own = operation.inputs.filter { $0 >= 0 }.map { graph.tensors[$0] }.filter {
                    model.buffers[$0.buffer].count > 0 && counted.insert($0.buffer).inserted
                }
                return LayerSummary(
                    name: output?.name ?? "", type: operation.name, outputShape: output?.shape,
                    parameters: own.reduce(0) { $0 + (elementCount($1.shape) ?? 0) })
            }
        }
    }

    private static func framework(of model: TFLiteModel) -> String {
        model.description.isEmpty ? "TensorFlow Lite" : "TensorFlow Lite (\(model.description))"
    }
}

/// The types of elements, with the numbers TensorFlow Lite gives them (`TensorType`).
enum TFLiteType: Int {
    case float32 = 0
    case float16, int32, uint8, int64, string, bool, int16, complex64, int8, float64, complex128, uint64, resource
    case variant, uint32, uint16, int4, bfloat16

    /// The type by which the rest of the program knows it; nil for what the engine has no elements of.
    var elementType: ONNXElementType? {
        switch self {
        case .float32: .float
        case .float16: .float16
        case .int32: .int32
        case .uint8: .uint8
        case .int64: .int64
        case .bool: .bool
        case .int16: .int16
        case .int8: .int8
        case .float64: .double
        case .uint64: .uint64
        case .uint32: .uint32
        case .uint16: .uint16
        case .int4: .int4
        case .bfloat16: .bfloat16
        case .string, .complex64, .complex128, .resource, .variant: nil
        }
    }
}
