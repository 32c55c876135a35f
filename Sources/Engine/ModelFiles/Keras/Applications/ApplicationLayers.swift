import Tensors

/// `CustomScaleLayer` of Inception-ResNet-v2: the first value plus the second times a number.
enum CustomScaleLayer: SingleOutputLayer {
    static func convert(_ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        guard call.inputs.count == 2, let scale = try call.config.number("scale") else {
            throw call.config.damaged("must read two values and have a scale")
        }
        let values = try graph.aligned(call.inputs, call.config)
        var result = values[0]
        let scaled = graph.node("Mul", [values[1].name, graph.scalar(scale)])
        result.name = graph.node("Add", [values[0].name, scaled])
        return result
    }
}

/// `LayerScale` of ConvNeXt: a trained factor for each channel.
enum LayerScaleLayer: SingleOutputLayer {
    static func weights(_ config: KerasConfig) throws(ModelFileError) -> [KerasWeight] { [KerasWeight("gamma")] }

    static func convert(_ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        let input = try call.input()
        let gamma = try call.weight("gamma", [input.shape[input.rank - 1]])
        let shape = Array(repeating: 1, count: input.rank - 1) + gamma.shape
        return graph.map("Mul", input, [graph.constant("gamma", gamma.reshaped(shape), along: input)])
    }
}
