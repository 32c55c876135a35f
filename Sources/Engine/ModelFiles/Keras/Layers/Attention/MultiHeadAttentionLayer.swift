import ONNX
import Tensors

/// `MultiHeadAttention` and `GroupedQueryAttention`.
///
/// Inside, values have the shape `[N, other axes…, heads, time, features]`.
enum MultiHeadAttentionLayer: KerasLayerConverter {
    /// The projections, with the names that their folders have in archives.
    private static func parts(_ config: KerasConfig) throws(ModelFileError) -> [(name: String, folders: [String])] {
        let hasGate = try config.bool("use_gate", default: false)
        let names = ["query", "key"] + (hasGate ? ["gate"] : []) + ["value", "output"]
        return names.map { ($0, ["\($0)_dense", "_\($0)_dense"]) }
    }

    static func weights(_ config: KerasConfig) throws(ModelFileError) -> [KerasWeight] {
        let biases = try config.biasWeight()
        return try parts(config).flatMap { part in
            ([KerasWeight("kernel")] + biases).map { $0.inside(part.name, folders: part.folders) }
        }
    }

    static func outputs(of call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> [KerasTensor] {
        try MultiHeadAttention(call, &graph).outputs(call, &graph)
    }
}

/// One call of an attention with heads.
private struct MultiHeadAttention {
    let config: KerasConfig
    let query: KerasTensor
    let value: KerasTensor
    let key: KerasTensor
    let heads: Int
    /// Heads of keys and values, which several heads of queries share.
    let keyHeads: Int
    let keyWidth: Int
    let valueWidth: Int
    /// Axes that are attended along.
    let axes: [Int]
    /// The others between batch and features.
    let others: [Int]

    init(_ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) {
        config = call.config
        func given(_ position: Int, _ name: String) -> KerasTensor? {
            call.arguments.value(position, name)?.tensors.first.map { call.values[$0] }
        }
        guard let query = given(0, "query") ?? call.inputs.first, let value = given(1, "value") else {
            throw call.config.damaged("is called without query or value")
        }
        self.query = query.heldNative(&graph)
        self.value = value.heldNative(&graph)
        key = given(2, "key")?.heldNative(&graph) ?? self.value
        if config.type.hasPrefix("Group") {
            heads = try config.count("num_query_heads")
            keyHeads = try config.count("num_key_value_heads")
            keyWidth = try config.count("head_dim")
            valueWidth = keyWidth
        } else {
            heads = try config.count("num_heads")
            keyHeads = heads
            keyWidth = try config.count("key_dim")
            valueWidth = try config.count("value_dim", default: keyWidth)
        }
        let rank = self.query.rank
        guard rank >= 3, rank == self.value.rank, rank == key.rank, heads % keyHeads == 0 else {
            throw config.damaged("attends to values of different or too few axes")
        }
        let inner = Array(1..<rank - 1)
        var axes = inner
        if let stated = try config.list("attention_axes") {
            // Keras counts negative axes from the end of the projected value without its batch.
            axes = stated.map { $0 < 0 ? rank + $0 : $0 }
        }
        guard !axes.isEmpty, Set(axes).isSubset(of: inner), Set(axes).count == axes.count else {
            throw config.damaged("attends along axes \(axes) of a value of \(rank) axes")
        }
        self.axes = axes
        let attended = axes
        others = inner.filter { !attended.contains($0) }
    }

    func outputs(_ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> [KerasTensor] {
        let mask = try mask(call, &graph)
        let scale = 1 / Double(keyWidth).squareRoot()
        let queries = graph.times(try projected(query, "query", heads, keyWidth, call, &graph), scale)
        let keys = shared(try projected(key, "key", keyHeads, keyWidth, call, &graph), &graph)
        let values = shared(try projected(value, "value", keyHeads, valueWidth, call, &graph), &graph)
        let last = others.count + 3
        let order = Array(0..<last - 1) + [last, last - 1]
        let scores = graph.node("MatMul", [queries, graph.transposed(keys, by: order)])
        let weights = graph.attentionWeights(scores, mask)
        var result = graph.node("MatMul", [weights, values])
        result = try merged(result, &graph)
        if call.weights["gate/kernel"] != nil {
            let gate = graph.node("Sigmoid", [try linear(query, "gate", heads, valueWidth, call, &graph)])
            result = graph.node("Mul", [result, gate])
        }
        var output = try self.output(result, call, &graph)
        output.mask = query.mask
        guard call.flag("return_attention_scores") else { return [output] }
        guard axes.count == 1, others.isEmpty else {
            throw config.unsupported("returns scores along several axes, which is not supported")
        }
        let shape: [Int?] = [query.shape[0], heads, query.shape[axes[0]], key.shape[axes[0]]]
        return [output, KerasTensor(name: weights, shape: shape)]
    }

    // MARK: Projections

    /// A value times a matrix for each head: `[N, …, heads · width]`.
    private func linear(
        _ input: KerasTensor, _ part: String, _ heads: Int, _ width: Int, _ call: KerasLayerCall,
        _ graph: inout KerasGraph
    ) throws(ModelFileError) -> String {
        let kernel = try call.weight("\(part)/kernel", [input.shape[input.rank - 1], heads, width])
        let matrix = graph.constant("\(part)/kernel") { kernel.reshaped([kernel.shape[0], heads * width]) }
        let product = graph.node("MatMul", [input.name, matrix])
        guard let bias = try call.optionalWeight("\(part)/bias", [heads, width]) else { return product }
        return graph.node("Add", [product, graph.constant("\(part)/bias") { bias.reshaped([heads * width]) }])
    }

    /// The projection of a value as `[N, others…, heads, time, width]`.
    private func projected(
        _ input: KerasTensor, _ part: String, _ heads: Int, _ width: Int, _ call: KerasLayerCall,
        _ graph: inout KerasGraph
    ) throws(ModelFileError) -> String {
        let flat = try linear(input, part, heads, width, call, &graph)
        let split = graph.reshaped(flat, Array(repeating: 0, count: input.rank - 1) + [heads, width])
        let ordered = graph.transposed(split, by: [0] + others + [input.rank - 1] + axes + [input.rank])
        guard axes.count > 1 else { return ordered }
        return graph.reshaped(ordered, Array(repeating: 0, count: others.count + 2) + [-1, width])
    }

    /// Keys or values for every head of the queries.
    private func shared(_ value: String, _ graph: inout KerasGraph) -> String {
        guard heads != keyHeads else { return value }
        // Only three axes occur here: `[N, heads, time, width]`.
        let order = (0..<heads).map { $0 / (heads / keyHeads) }
        return graph.node("Gather", [value, graph.integers(order)], ["axis": 1])
    }

    /// `[N, others…, heads, time, width]` as `[N, …, heads · width]`, with the query's axes.
    private func merged(_ value: String, _ graph: inout KerasGraph) throws(ModelFileError) -> String {
        var value = value
        if axes.count > 1 {
            let lengths = axes.map { query.shape[$0] }
            guard lengths.count(where: { $0 == nil }) <= 1 else {
                throw config.unsupported("attends along several axes of unknown length, which is not supported")
            }
            value = graph.reshaped(
                value, Array(repeating: 0, count: others.count + 2) + lengths.map { $0 ?? -1 } + [valueWidth])
        }
        // Where each axis of the result lies now: batch, others, heads, attended, features.
        let now = [0] + others + [-1] + axes + [-2]
        let wanted = [0] + Array(1..<query.rank - 1) + [-1, -2]
        let order = wanted.map { axis in now.firstIndex(of: axis) ?? 0 }
        let ordered = graph.transposed(value, by: order)
        return graph.reshaped(ordered, Array(repeating: 0, count: query.rank - 1) + [heads * valueWidth])
    }

    private func output(
        _ value: String, _ call: KerasLayerCall, _ graph: inout KerasGraph
    ) throws(ModelFileError) -> KerasTensor {
        guard let kernel = call.weights["output/kernel"], kernel.shape.count >= 3, kernel.shape.allSatisfy({ $0 > 0 }),
            kernel.shape[0] == heads, kernel.shape[1] == valueWidth
        else { throw config.damaged("has no sensible weight 'output/kernel'") }
        let lengths = Array(kernel.shape.dropFirst(2))
        let width = lengths.reduce(1, *)
        let matrix = graph.constant("output/kernel") { kernel.reshaped([heads * valueWidth, width]) }
        var result = graph.node("MatMul", [value, matrix])
        if let bias = try call.optionalWeight("output/bias", lengths) {
            result = graph.node("Add", [result, graph.constant("output/bias") { bias.reshaped([width]) }])
        }
        if lengths.count > 1 {
            result = graph.reshaped(result, Array(repeating: 0, count: query.rank - 1) + lengths)
        }
        return KerasTensor(name: result, shape: query.shape.dropLast() + lengths)
    }

    // MARK: Masks

    private func mask(_ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> AttentionMask {
        var mask = AttentionMask()
        let isCausal = call.flag("use_causal_mask")
        let window = try config.list("sliding_window")?.first
        let stated = ["query_mask", "value_mask", "key_mask"].map { call.tensors($0).first }
        // Keras ignores the mask of keys that are the values themselves.
        let keyMask = key.name == value.name ? nil : key.mask
        let carried = [query.mask, value.mask, keyMask]
        var vectors: [String?] = []
        for (stated, carried) in zip(stated, carried) {
            vectors.append(stated.map { graph.truth(graph.native($0).name) } ?? carried)
        }
        let attention = call.tensors("attention_mask").first.map { graph.native($0) }
        let isMasked = vectors.contains { $0 != nil } || attention != nil
        guard isCausal || window != nil || isMasked else { return mask }
        guard axes.count == 1, others.isEmpty || !isMasked else {
            throw config.unsupported("has a mask along several axes, which is not supported")
        }
        let queries = AttentionMask.Positions(name: query.name, axis: axes[0])
        let keys = AttentionMask.Positions(name: key.name, axis: axes[0])
        if isCausal { mask.addCausal(queries: queries, keys: keys, &graph) }
        if let window { mask.addWindow(window, queries: queries, keys: keys, &graph) }
        // `[N, T]` as `[N, 1, T, 1]`, `[N, S]` as `[N, 1, 1, S]`.
        if let rows = vectors[0] { mask.add(graph.unsqueezed(rows, [1, 3]), &graph) }
        for columns in vectors.dropFirst().compactMap(\.self) { mask.add(graph.unsqueezed(columns, [1, 2]), &graph) }
        if let attention {
            guard (3...4).contains(attention.rank) else {
                throw config.unsupported("has an attention mask of \(attention.rank) axes")
            }
            let truth = graph.truth(attention.name)
            mask.add(attention.rank == 3 ? graph.unsqueezed(truth, [1]) : truth, &graph)
        }
        return mask
    }
}

extension KerasTensor {
    /// The value in Keras's order of axes, still with its mask.
    fileprivate func heldNative(_ graph: inout KerasGraph) -> KerasTensor {
        var value = graph.native(self)
        value.mask = mask
        return value
    }
}
