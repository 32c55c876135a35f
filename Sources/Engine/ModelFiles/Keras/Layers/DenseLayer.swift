import Tensors

/// `Dense`: a matrix over the last axis.
enum DenseLayer: KerasLayerConverter {
    static func weights(_ config: KerasConfig) throws(ModelFileError) -> [KerasWeight] {
        try [KerasWeight("kernel")] + (config.bool("use_bias", default: true) ? [KerasWeight("bias")] : [])
    }

    static func convert(_ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        let units = try call.config.count("units")
        let input = graph.native(try call.input())
        guard input.rank >= 2 else { throw call.config.damaged("reads a value without axes") }
        let kernel = try call.weight("kernel", [input.shape[input.rank - 1], units])
        var result = KerasTensor(name: "", shape: input.shape.dropLast() + [units])
        let matrix = graph.constant("kernel") { kernel }
        guard try call.config.bool("use_bias", default: true) else {
            result.name = graph.node("MatMul", [input.name, matrix])
            return try call.activated(result, &graph)
        }
        let values = try call.weight("bias", [units])
        let bias = graph.constant("bias") { values }
        if input.rank == 2 {
            result.name = graph.node("Gemm", [input.name, matrix, bias])
        } else {
            result.name = graph.node("Add", [graph.node("MatMul", [input.name, matrix]), bias])
        }
        return try call.activated(result, &graph)
    }
}
