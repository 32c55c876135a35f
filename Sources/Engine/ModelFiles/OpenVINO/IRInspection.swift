import ONNX

/// Describes an OpenVINO IR.
struct IRInspection {
    let inspection: ModelInspection

    init(_ ir: IRDescription, parameterCount: Int, limits: ModelFileLimits) throws(ModelFileError) {
        let graph = ir.graph
        let inputs = try graph.layers.filter { $0.type == "Parameter" }.map { (layer) throws(ModelFileError) in
            try Self.input(layer)
        }
        let outputs = try graph.layers.filter { $0.type == "Result" }.map { (layer) throws(ModelFileError) in
            guard let source = graph.source(of: layer) else {
                throw IRGraph.damaged("the result '\(layer.name)' is written by no layer")
            }
            return TensorSpec(
                name: source.port?.names.min() ?? source.layer.name, shape: source.port?.shape ?? [])
        }
        guard !inputs.isEmpty, !outputs.isEmpty else {
            throw IRGraph.damaged("the network has no \(inputs.isEmpty ? "input" : "output")")
        }
        let version = ir.notes["Runtime_version"] ?? ir.notes["MO_version"]
        inspection = ModelInspection(
            format: .openVINO, frameworkVersion: version.map { "OpenVINO \($0)" } ?? "OpenVINO", inputs: inputs,
            outputs: outputs, layers: Self.layers(of: graph, limits: limits), parameterCount: parameterCount,
            labels: Self.labels(in: ir), preprocessing: inputs.count == 1 ? Self.guess(inputs[0], ir) : nil)
    }

    private static func input(_ layer: IRGraph.Layer) throws(ModelFileError) -> TensorSpec {
        let type = layer.data["element_type"] ?? ""
        guard let elementType = IRShape.elementTypes[type] else {
            throw ModelFileError(
                .unsupported, "OpenVINO: input '\(layer.name)' has elements of type '\(type)', which is not supported")
        }
        let shape = layer.data["shape"].map(IRShape.lengths) ?? layer.outputs.first?.shape ?? []
        return TensorSpec(
            name: layer.outputs.first?.names.min() ?? layer.name, shape: shape, elementType: elementType)
    }

    private static func layers(of graph: IRGraph, limits: ModelFileLimits) -> [LayerSummary] {
        var own: [Int: Int] = [:]
        for edge in graph.edges {
            guard let source = graph.positions[edge.source], graph.layers[source].type == "Const",
                let constant = try? IRConstant(graph.layers[source], weights: .max, limits: limits)
            else { continue }
            own[edge.target, default: 0] += constant.count
        }
        return graph.layers.filter { !["Const", "Parameter", "Result"].contains($0.type) }.map { layer in
            LayerSummary(
                name: layer.name, type: layer.type, outputShape: layer.outputs.first?.shape,
                parameters: own[layer.id] ?? 0)
        }
    }

    /// The names are separated by blanks, and have underscores for their own.
    private static func labels(in ir: IRDescription) -> [String]? {
        guard let text = ir.notes["model_info/labels"] else { return nil }
        let labels = text.split { $0.isWhitespace }.map { String($0.map { $0 == "_" ? " " : $0 }) }
        return labels.isEmpty ? nil : labels
    }

    private static func guess(_ input: TensorSpec, _ ir: IRDescription) -> InputGuess? {
        guard let channels = PictureShape.channels(of: input.shape) else { return nil }
        if input.elementType == .uint8 {
            return InputGuess(.bytes(channels), .stated, reason: "the input holds bytes")
        }
        let mean = numbers(ir.notes["model_info/mean_values"])
        let deviation = numbers(ir.notes["model_info/scale_values"])
        if !mean.isEmpty || !deviation.isEmpty, !deviation.contains(0) {
            let convention = InputConvention(
                channels: channels, scale: 1, mean: mean.isEmpty ? [0] : mean,
                standardDeviation: deviation.isEmpty ? [1] : deviation)
            return InputGuess(convention, .stated, reason: "the notes of the file say how to scale pictures")
        }
        if !numbers(ir.notes["conversion_parameters/mean_values"]).isEmpty
            || !numbers(ir.notes["conversion_parameters/scale_values"]).isEmpty
        {
            return InputGuess(
                .bytes(channels), .stated, reason: "the converter put mean and deviation into the model itself")
        }
        return InputGuess(.unit(channels), .assumed, reason: "nothing in the file tells; 0…1 is the most common range")
    }

    /// Numbers separated by blanks or commas, perhaps in brackets; empty where anything else is among them.
    private static func numbers(_ text: String?) -> [Double] {
        let words = (text ?? "").split { $0.isWhitespace || $0 == "," || $0 == "[" || $0 == "]" }
        let numbers = words.compactMap { Double($0) }.filter(\.isFinite)
        return numbers.count == words.count && (1...4).contains(numbers.count) ? numbers : []
    }
}
