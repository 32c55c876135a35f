import ONNX
import Tensors

/// `Embedding`: a trained vector for each whole number.
enum EmbeddingLayer: SingleOutputLayer {
    static func weights(_ config: KerasConfig) throws(ModelFileError) -> [KerasWeight] { [KerasWeight("embeddings")] }

    static func convert(_ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        let input = graph.native(try call.input())
        let table = try call.weight(
            "embeddings", [try call.config.count("input_dim"), try call.config.count("output_dim")])
        // Numbers beyond the table have no vector; they are kept within it, so that nothing is read outside.
        let bounded = graph.node(
            "Clip", [input.name, graph.scalar(0), graph.scalar(Double(table.shape[0] - 1))])
        let numbers = graph.wholeNumbers(bounded)
        let vectors = graph.constant("embeddings") { table }
        var result = KerasTensor(
            name: graph.node("Gather", [vectors, numbers], ["axis": 0]), shape: input.shape + [table.shape[1]])
        if try call.config.bool("mask_zero", default: false) {
            result.mask = graph.truth(graph.wholeNumbers(input.name))
        }
        return result
    }
}

/// `Masking`: steps of which all values are a given one are masked, and become 0.
enum MaskingLayer: SingleOutputLayer {
    static func convert(_ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        let input = graph.native(try call.input())
        let masked = graph.scalar(try call.config.number("mask_value") ?? 0)
        let differs = graph.floats(graph.node("Not", [graph.node("Equal", [input.name, masked])]))
        let axis = input.rank - 1
        let isKept = graph.node("ReduceMax", [differs], ["axes": .ints([axis]), "keepdims": 1])
        var result = graph.map("Mul", input, [isKept])
        result.mask = graph.truth(graph.squeezed(isKept, [axis]))
        return result
    }
}
