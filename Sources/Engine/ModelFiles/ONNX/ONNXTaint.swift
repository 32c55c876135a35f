import ONNX

/// Refuses graphs whose memory, branches or addresses are decided by the values of the picture.
///
/// A graph is tried once before a server loads it. That proves something only if a prediction does the same work
/// whatever the picture holds: a graph that waits for a certain picture to ask for all memory there is, or to read
/// beside a tensor (the engine does not check the indices of `GatherND`), would pass the trial. What follows from
/// shapes alone is free to decide anything.
struct ONNXTaint {
    /// Inputs that decide how large a result is, how often something is done, or where memory is read.
    private static let deciding: [String: Set<Int>] = [
        "Expand": [1], "Tile": [1], "ConstantOfShape": [0], "Range": [0, 1, 2], "Pad": [1], "Resize": [1, 2, 3],
        "Upsample": [1], "OneHot": [1], "If": [0], "Loop": [0, 1], "GatherND": [1], "GatherElements": [1],
        "CenterCropPad": [1], "AffineGrid": [1], "BlackmanWindow": [0], "HannWindow": [0], "HammingWindow": [0],
        "DFT": [1], "STFT": [1], "MelWeightMatrix": [0, 1, 2, 3, 4], "Col2Im": [1, 2], "MaxUnpool": [1, 2],
    ]

    /// Values that depend on what the picture holds.
    private var tainted: Set<String>

    /// - Throws: `refused`, naming the operation.
    static func check(_ graph: ONNXGraph) throws(ModelFileError) {
        let constants = Set(graph.initializers.map(\.name))
        var taint = ONNXTaint(tainted: Set(graph.inputs.map(\.name).filter { !constants.contains($0) }))
        for node in graph.nodes { try taint.follow(node) }
    }

    private mutating func follow(_ node: ONNXNode) throws(ModelFileError) {
        for index in Self.deciding[node.operation] ?? [] where index < node.inputs.count {
            if tainted.contains(node.inputs[index]) { throw Self.refusal(node) }
        }
        var isTainted = node.inputs.contains { tainted.contains($0) }
        switch node.operation {
        case "Shape", "Size": isTainted = false
        case "Loop":
            if case .graph(let body)? = node.attributes["body"] { isTainted = try follow(loop: body, of: node) }
        default:
            for case .graph(let body) in node.attributes.values {
                let inner = try follow(body: body, tainting: isTainted ? Set(body.inputs.map(\.name)) : [])
                if body.outputs.contains(where: { inner.tainted.contains($0.name) }) { isTainted = true }
            }
        }
        for output in node.outputs where !output.isEmpty {
            if isTainted { tainted.insert(output) } else { tainted.remove(output) }
        }
    }

    /// Follows the body of a loop, in which what one round makes of the picture reaches the next.
    ///
    /// - Returns: whether its results depend on the picture.
    private func follow(loop body: ONNXGraph, of node: ONNXNode) throws(ModelFileError) -> Bool {
        // The body reads the number of the round, the condition and the carried values; it writes the last two.
        let names = body.inputs.map(\.name)
        var carried = Set(
            zip(names, node.inputs.prefix(names.count).enumerated()).compactMap { name, input in
                input.offset >= 2 && tainted.contains(input.element) ? name : nil
            })
        for isLast in [false, true] {
            let inner = try follow(body: body, tainting: carried)
            if let condition = body.outputs.first?.name, inner.tainted.contains(condition) {
                throw Self.refusal(node)
            }
            let results = body.outputs.dropFirst().enumerated().filter { inner.tainted.contains($0.element.name) }
            if isLast { return !results.isEmpty || !carried.isEmpty }
            let reached = results.compactMap { $0.offset + 2 < names.count ? names[$0.offset + 2] : nil }
            if carried.isSuperset(of: reached) { return !results.isEmpty || !carried.isEmpty }
            // One more round that takes all of them to depend on it, in place of one round for each.
            carried.formUnion(names.dropFirst(2))
        }
        return true
    }

    private func follow(body: ONNXGraph, tainting names: Set<String>) throws(ModelFileError) -> ONNXTaint {
        var inner = self
        inner.tainted.subtract(body.inputs.map(\.name))
        inner.tainted.formUnion(names)
        for node in body.nodes { try inner.follow(node) }
        return inner
    }

    private static func refusal(_ node: ONNXNode) -> ModelFileError {
        let name = node.name.isEmpty ? node.outputs.first ?? "" : node.name
        return ModelFileError(
            .refused,
            "ONNX: \(node.operation) '\(name)' takes sizes, indices or a condition from the values of the picture, which could make one picture ask for any amount of memory; only shapes and constants may decide them"
        )
    }
}
