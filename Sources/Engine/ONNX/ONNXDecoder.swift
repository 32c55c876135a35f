/// Reads the messages of `onnx.proto3` under limits.
///
/// Field numbers are those of the ONNX standard. Fields that say nothing about the computation are skipped; those
/// that could reach outside the file, or that the engine does not run, are refused.
struct ONNXDecoder {
    let limits: ONNXLimits
    /// Reads what a tensor keeps in another file; nil refuses such tensors.
    let external: ((ONNXExternalPlace) throws(ONNXError) -> ArraySlice<UInt8>)?
    var nodes = 0
    var tensors = 0
    var depth = 0
    var texts = 0

    mutating func model(_ bytes: ArraySlice<UInt8>) throws(ONNXError) -> ONNXModel {
        var model = ONNXModel(graph: ONNXGraph(name: ""), irVersion: 0, opsetVersion: 0, producer: "")
        var hasGraph = false
        var reader = ProtobufReader(bytes, subject: "model")
        while let (field, value) = try reader.next() {
            switch field {
            case 1: model.irVersion = try integer(value, "model")
            case 2: model.producer = try text(value, "model")
            case 3: model.producerVersion = try text(value, "model")
            case 7:
                guard !hasGraph else { throw ONNXError("the model has two graphs") }
                hasGraph = true
                model.graph = try graph(try message(value, "model"))
            case 8:
                let (domain, version) = try opset(try message(value, "model"))
                if domain.isEmpty || domain == "ai.onnx" {
                    model.opsetVersion = version
                } else {
                    model.otherOpsets[domain] = version
                }
            case 14: model.metadata.append(try entry(try message(value, "model")))
            case 20:
                throw ONNXError(.unsupported, "the model carries instructions for training, which are not supported")
            case 25: try function(try message(value, "model"))
            default: break
            }
        }
        guard hasGraph else { throw ONNXError("not an ONNX model: it has no graph") }
        guard model.irVersion > 0 else { throw ONNXError("not an ONNX model: it states no format version") }
        return model
    }

    mutating func graph(_ bytes: ArraySlice<UInt8>) throws(ONNXError) -> ONNXGraph {
        depth += 1
        defer { depth -= 1 }
        guard depth <= limits.maximumDepth else {
            throw ONNXError(.tooLarge, "graphs lie inside each other deeper than \(limits.maximumDepth) levels")
        }
        var graph = ONNXGraph(name: "")
        var reader = ProtobufReader(bytes, subject: "graph")
        while let (field, value) = try reader.next() {
            switch field {
            case 1: graph.nodes.append(try node(try message(value, "graph")))
            case 2: graph.name = try text(value, "graph")
            case 5: graph.initializers.append(try tensor(try message(value, "graph")))
            case 11: graph.inputs.append(try self.value(try message(value, "graph")))
            case 12: graph.outputs.append(try self.value(try message(value, "graph")))
            case 15: throw ONNXError(.unsupported, "the graph has sparse constants, which are not supported")
            default: break
            }
        }
        return graph
    }

    /// Reads a function of the model only to check the constants inside it; who calls it is refused later.
    private mutating func function(_ bytes: ArraySlice<UInt8>) throws(ONNXError) {
        var reader = ProtobufReader(bytes, subject: "function")
        while let (field, value) = try reader.next() {
            if field == 7 { _ = try node(try message(value, "function")) }
        }
    }

    private mutating func node(_ bytes: ArraySlice<UInt8>) throws(ONNXError) -> ONNXNode {
        nodes += 1
        guard nodes <= limits.maximumNodes else {
            throw ONNXError(.tooLarge, "the model has more than \(limits.maximumNodes) operations")
        }
        var node = ONNXNode(operation: "", inputs: [], outputs: [])
        var reader = ProtobufReader(bytes, subject: "operation")
        while let (field, value) = try reader.next() {
            switch field {
            case 1: node.inputs.append(try text(value, "operation"))
            case 2: node.outputs.append(try text(value, "operation"))
            case 3: node.name = try text(value, "operation")
            case 4: node.operation = try text(value, "operation")
            case 5:
                if let (name, attribute) = try attribute(try message(value, "operation")) {
                    node.attributes[name] = attribute
                }
            case 7: node.domain = try text(value, "operation")
            default: break
            }
        }
        guard !node.operation.isEmpty else { throw ONNXError("an operation of the graph has no type") }
        return node
    }

    private mutating func value(_ bytes: ArraySlice<UInt8>) throws(ONNXError) -> ONNXValue {
        var result = ONNXValue(name: "", elementType: nil, shape: nil)
        var reader = ProtobufReader(bytes, subject: "value")
        while let (field, value) = try reader.next() {
            switch field {
            case 1: result.name = try text(value, "value")
            case 2:
                var type = ProtobufReader(try message(value, "value"), subject: "type of a value")
                while let (field, value) = try type.next() {
                    if field == 1 { try tensorType(try message(value, "type of a value"), of: &result) }
                    // Sequences, maps, sparse tensors and optionals.
                    if [4, 5, 8, 9].contains(field) { result.isTensor = false }
                }
            default: break
            }
        }
        return result
    }

    private mutating func tensorType(_ bytes: ArraySlice<UInt8>, of result: inout ONNXValue) throws(ONNXError) {
        var reader = ProtobufReader(bytes, subject: "type of a value")
        while let (field, value) = try reader.next() {
            switch field {
            case 1: result.elementType = try elementType(value, "value")
            case 2:
                var shape: [ONNXDimension] = []
                var lengths = ProtobufReader(try message(value, "shape"), subject: "shape")
                while let (field, value) = try lengths.next() {
                    guard field == 1 else { continue }
                    shape.append(try dimension(try message(value, "shape")))
                    guard shape.count <= limits.maximumRank else {
                        throw ONNXError(.tooLarge, "a value has more than \(limits.maximumRank) axes")
                    }
                }
                result.shape = shape
            default: break
            }
        }
    }

    private mutating func dimension(_ bytes: ArraySlice<UInt8>) throws(ONNXError) -> ONNXDimension {
        var dimension = ONNXDimension.symbol("")
        var reader = ProtobufReader(bytes, subject: "axis")
        while let (field, value) = try reader.next() {
            switch field {
            case 1:
                let length = try integer(value, "axis")
                guard length <= limits.maximumElements else {
                    throw ONNXError(
                        .tooLarge, "a value has an axis of length \(length), at most \(limits.maximumElements)")
                }
                // Some exporters write -1 or 0 for a length that is not known.
                dimension = length > 0 ? .fixed(length) : .symbol("")
            case 2: dimension = .symbol(try text(value, "axis"))
            default: break
            }
        }
        return dimension
    }

    private mutating func opset(_ bytes: ArraySlice<UInt8>) throws(ONNXError) -> (domain: String, version: Int) {
        var domain = ""
        var version = 0
        var reader = ProtobufReader(bytes, subject: "operator set")
        while let (field, value) = try reader.next() {
            if field == 1 { domain = try text(value, "operator set") }
            if field == 2 { version = try integer(value, "operator set") }
        }
        return (domain, version)
    }

    mutating func entry(_ bytes: ArraySlice<UInt8>) throws(ONNXError) -> (key: String, value: String) {
        var entry = (key: "", value: "")
        var reader = ProtobufReader(bytes, subject: "metadata")
        while let (field, value) = try reader.next() {
            if field == 1 { entry.key = try text(value, "metadata") }
            if field == 2 { entry.value = try text(value, "metadata") }
        }
        return entry
    }
}

extension ONNXModel {
    /// Reads the bytes of an `.onnx` file.
    ///
    /// Weights stay where they are in `bytes`; nothing is copied. The result is for looking at and checking: parts
    /// of the format that say nothing about the computation (documentation, inner value types) are dropped.
    ///
    /// - Throws: `ONNXError` for what is no ONNX model, is damaged, exceeds `limits`, keeps weights outside the
    ///   file, or uses sparse constants or training instructions.
    ///
    /// - Parameter external: reads what a constant keeps in another file; nil refuses such models.
    public init(
        decoding bytes: [UInt8], limits: ONNXLimits = .standard,
        external: ((ONNXExternalPlace) throws(ONNXError) -> ArraySlice<UInt8>)? = nil
    ) throws(ONNXError) {
        var decoder = ONNXDecoder(limits: limits, external: external)
        self = try decoder.model(bytes[...])
    }
}
