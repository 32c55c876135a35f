import ONNX

/// What of the ONNX standard the engine runs.
enum ONNXSupport {
    /// The first operator set whose operators mean what they mean today.
    private static let oldestOpset = 7
    /// Operators beyond the standard of which the engine runs many; it names those that it does not.
    private static let engineDomains: Set = ["com.microsoft", "org.openvinotoolkit"]
    private static let standardDomains: Set = ["", "ai.onnx"]

    /// Refuses what the engine cannot run, by name.
    static func check(_ model: ONNXModel) throws(ModelFileError) {
        try check(model.graph)
        guard model.opsetVersion >= oldestOpset || model.graph.nodes.isEmpty else {
            throw ModelFileError(
                .unsupported,
                "ONNX: the model is written for operator set \(model.opsetVersion), \(oldestOpset) and newer are read; the version converter of the onnx package brings it up to date"
            )
        }
        for value in model.graph.inputs + model.graph.outputs where !value.isTensor {
            throw ModelFileError(
                .unsupported, "ONNX: '\(value.name)' is a sequence, a map or optional, only tensors are supported")
        }
    }

    private static func check(_ graph: ONNXGraph) throws(ModelFileError) {
        for node in graph.nodes {
            if !standardDomains.contains(node.domain), !engineDomains.contains(node.domain) { throw refusal(of: node) }
            for case .graph(let inner) in node.attributes.values { try check(inner) }
            for case .graphs(let inners) in node.attributes.values { for inner in inners { try check(inner) } }
        }
    }

    private static func refusal(of node: ONNXNode) -> ModelFileError {
        let advice =
            node.domain == "ai.onnx.ml"
            ? "; give the scikit-learn file itself (.pkl, .joblib) instead" : "; export with standard operators only"
        return ModelFileError(
            .unsupported,
            "ONNX: operator \(node.operation) of domain '\(node.domain)' is not supported\(advice)")
    }
}
