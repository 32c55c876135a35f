import ONNX
import Tensors

/// `Attention` and `AdditiveAttention`: queries, values and perhaps keys, without weights of projections.
protocol PlainAttentionLayer: KerasLayerConverter {
    /// Whether the scores are sums of a function of query plus key.
    static func isAdditive(_ config: KerasConfig) throws(ModelFileError) -> Bool
}

enum AttentionLayer: PlainAttentionLayer {
    static func isAdditive(_ config: KerasConfig) throws(ModelFileError) -> Bool {
        switch try config.text("score_mode", default: "dot") {
        case "dot": return false
        case "concat": return true
        case let other: throw config.unsupported("has score mode '\(other)', which is not supported")
        }
    }

    static func weights(_ config: KerasConfig) throws(ModelFileError) -> [KerasWeight] {
        var weights: [KerasWeight] = []
        if try config.bool("use_scale", default: false) { weights.append(KerasWeight("scale")) }
        if try isAdditive(config) { weights.append(KerasWeight("concat_score_weight")) }
        return weights
    }
}

enum AdditiveAttentionLayer: PlainAttentionLayer {
    static func isAdditive(_ config: KerasConfig) -> Bool { true }

    static func weights(_ config: KerasConfig) throws(ModelFileError) -> [KerasWeight] {
        try config.bool("use_scale", default: true) ? [KerasWeight("scale")] : []
    }
}

extension PlainAttentionLayer {
    static func outputs(of call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> [KerasTensor] {
        guard (2...3).contains(call.inputs.count), call.inputs.allSatisfy({ $0.rank == 3 }) else {
            throw call.config.unsupported("attends to values of another form than [batch, time, features]")
        }
        let inputs = call.inputs.map { graph.native($0) }
        let (query, value, key) = (inputs[0], inputs[1], inputs[inputs.count == 3 ? 2 : 1])
        var masks = call.masks
        for (index, mask) in call.statedMasks(&graph).enumerated() where index < masks.count { masks[index] = mask }
        var mask = AttentionMask()
        if let keys = masks.count > 1 ? masks[1] : nil { mask.add(graph.unsqueezed(keys, [1]), &graph) }
        // Keras 2 up to 2.9 has it as a setting, later versions as an argument.
        if try call.config.bool("causal", default: false) || call.flag("use_causal_mask") {
            mask.addCausal(
                queries: .init(name: query.name, axis: 1), keys: .init(name: key.name, axis: 1), &graph)
        }
        let weights = graph.attentionWeights(try scores(query, key, call, &graph), mask)
        var result = graph.node("MatMul", [weights, value.name])
        var output = KerasTensor(name: result, shape: [query.shape[0], query.shape[1], value.shape[2]])
        if let kept = masks.first.flatMap(\.self) {
            result = graph.node("Where", [graph.unsqueezed(kept, [2]), result, graph.scalar(0)])
            output.name = result
            output.mask = kept
        }
        guard call.flag("return_attention_scores") else { return [output] }
        return [output, KerasTensor(name: weights, shape: [query.shape[0], query.shape[1], key.shape[1]])]
    }

    private static func scores(
        _ query: KerasTensor, _ key: KerasTensor, _ call: KerasLayerCall, _ graph: inout KerasGraph
    ) throws(ModelFileError) -> String {
        let scale = call.weights["scale"].map { scale in graph.constant("scale") { scale } }
        guard try isAdditive(call.config) else {
            let scores = graph.node("MatMul", [query.name, graph.transposed(key.name, by: [0, 2, 1])])
            return scale.map { graph.node("Mul", [scores, $0]) } ?? scores
        }
        let sum = graph.node("Add", [graph.unsqueezed(query.name, [2]), graph.unsqueezed(key.name, [1])])
        // `Attention` scales inside the function, `AdditiveAttention` outside and feature by feature.
        if let outer = call.weights["concat_score_weight"] {
            let scaled = scale.map { graph.node("Mul", [sum, $0]) } ?? sum
            let scores = graph.sum(graph.node("Tanh", [scaled]), axes: [3], keepsAxes: false)
            return graph.node("Mul", [scores, graph.constant("concat_score_weight") { outer }])
        }
        let values = graph.node("Tanh", [sum])
        return graph.sum(scale.map { graph.node("Mul", [values, $0]) } ?? values, axes: [3], keepsAxes: false)
    }
}
