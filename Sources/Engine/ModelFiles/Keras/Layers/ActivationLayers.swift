import ONNX
import Tensors

/// `Activation`: a function by name.
enum ActivationLayer: SingleOutputLayer {
    static let passesMask = true

    static func convert(_ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        try call.activated(try call.input(), &graph)
    }
}

/// `ReLU` with an upper limit, a slope below and a threshold.
enum ReLULayer: SingleOutputLayer {
    static let passesMask = true

    static func convert(_ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        let limit = try call.config.number("max_value")
        let slope = try call.config.number("negative_slope") ?? 0
        let threshold = try call.config.number("threshold") ?? 0
        let input = try call.input()
        if threshold == 0, slope == 0, let limit {
            return graph.map("Clip", input, [graph.scalar(0), graph.scalar(limit)])
        }
        var result = input
        if threshold == 0 {
            result = slope == 0 ? graph.map("Relu", input) : graph.leaky(input, slope)
        } else {
            let border = graph.scalar(threshold)
            let below = graph.map("Mul", graph.map("Sub", input, [border]), [graph.scalar(slope)])
            let isAbove = graph.node("Greater", [input.name, border])
            result.name = graph.node("Where", [isAbove, input.name, below.name])
        }
        return limit.map { graph.map("Min", result, [graph.scalar($0)]) } ?? result
    }
}

/// `LeakyReLU`: a slope below zero.
enum LeakyReLULayer: SingleOutputLayer {
    static let passesMask = true

    static func convert(_ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        // Keras 3 has renamed the setting.
        let new = try call.config.number("negative_slope")
        let old = try call.config.number("alpha")
        return graph.leaky(try call.input(), new ?? old ?? 0.3)
    }
}

/// `ELU`: exponential below zero.
enum ELULayer: SingleOutputLayer {
    static let passesMask = true

    static func convert(_ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        let alpha = try call.config.number("alpha") ?? 1
        return graph.map("Elu", try call.input(), [], ["alpha": .float(Float(alpha))])
    }
}

/// `ThresholdedReLU`: zero up to a threshold.
enum ThresholdedReLULayer: SingleOutputLayer {
    static let passesMask = true

    static func convert(_ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        let threshold = try call.config.number("theta") ?? 1
        return graph.map("ThresholdedRelu", try call.input(), [], ["alpha": .float(Float(threshold))])
    }
}

/// `PReLU`: a trained slope below zero for each element, or shared along axes.
enum PReLULayer: SingleOutputLayer {
    static let passesMask = true

    static func weights(_ config: KerasConfig) throws(ModelFileError) -> [KerasWeight] { [KerasWeight("alpha")] }

    static func convert(_ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        let input = try call.input()
        var shape: [Int?] = Array(input.shape.dropFirst())
        for axis in try call.config.list("shared_axes") ?? [] {
            guard shape.indices.contains(axis - 1) else {
                throw call.config.damaged("shares slopes along axis \(axis)")
            }
            shape[axis - 1] = 1
        }
        let alpha = try call.weight("alpha", shape)
        let slopes = graph.constant("alpha", alpha.reshaped([1] + alpha.shape), along: input)
        return graph.map("PRelu", input, [slopes])
    }
}

/// `Softmax` along one axis or several.
enum SoftmaxLayer: SingleOutputLayer {
    static func convert(_ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        let input = try call.input()
        var axes: [Int] = []
        for axis in try call.config.list("axis") ?? [-1] { axes.append(try call.axis(axis, of: input)) }
        guard let mask = call.mask(&graph) else { return graph.softmax(input, axes: axes) }
        let native = graph.native(input)
        var kept = native
        kept.name = graph.node("Where", [mask, native.name, graph.scalar(-1e9)])
        var result = graph.softmax(kept, axes: axes)
        // Newer versions give zeros where nothing at all counts; elsewhere these are zeros already.
        if call.version.major >= 3 { result.name = graph.node("Where", [mask, result.name, graph.scalar(0)]) }
        result.mask = call.masks.first.flatMap(\.self)
        return result
    }
}

extension KerasGraph {
    mutating func leaky(_ value: KerasTensor, _ slope: Double) -> KerasTensor {
        map("LeakyRelu", value, [], ["alpha": .float(Float(slope))])
    }

    /// Softmax along axes of Keras's shape, counted from 0.
    mutating func softmax(_ value: KerasTensor, axes: [Int]) -> KerasTensor {
        let physical = axes.map(value.physicalAxis)
        if let axis = physical.first, physical.count == 1 { return map("Softmax", value, [], ["axis": .int(axis)]) }
        // Subtracting the largest value keeps the exponentials finite.
        let largest = node("ReduceMax", [value.name], ["axes": .ints(physical), "keepdims": 1])
        let powers = map("Exp", map("Sub", value, [largest]))
        let sum = node("ReduceSum", [powers.name, integers(physical)], ["keepdims": 1])
        return map("Div", powers, [sum])
    }
}
