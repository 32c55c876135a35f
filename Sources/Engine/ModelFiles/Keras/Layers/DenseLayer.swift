import Tensors

/// `Dense`: a matrix over the last axis.
enum DenseLayer: SingleOutputLayer {
    static let passesMask = true

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

/// `EinsumDense`: a product with a kernel as an equation states it.
enum EinsumDenseLayer: SingleOutputLayer {
    static func weights(_ config: KerasConfig) throws(ModelFileError) -> [KerasWeight] {
        [KerasWeight("kernel")] + (config.value("bias_axes") == nil ? [] : [KerasWeight("bias")])
    }

    static func convert(_ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        let input = graph.native(try call.input())
        guard let kernel = call.weights["kernel"], kernel.shape.allSatisfy({ $0 > 0 }) else {
            throw call.config.damaged("has no sensible weight 'kernel'")
        }
        let matrix = KerasTensor(name: graph.constant("kernel") { kernel }, shape: kernel.shape)
        var result = try graph.einsum(try call.config.text("equation", default: ""), [input, matrix], call.config)
        // The file keeps the bias in a shape that broadcasts to the result.
        if let bias = call.weights["bias"] {
            guard bias.shape.count <= result.rank, bias.shape.allSatisfy({ $0 > 0 }) else {
                throw call.config.damaged("has a bias of shape \(bias.shape)")
            }
            result = graph.map("Add", result, [graph.constant("bias") { bias }])
        }
        return try call.activated(result, &graph)
    }
}
