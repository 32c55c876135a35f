import ONNX
import Tensors

/// `LayerNormalization` over one axis or several, with the deprecated `rms_scaling`.
enum LayerNormalizationLayer: SingleOutputLayer {
    static let passesMask = true

    static func weights(_ config: KerasConfig) throws(ModelFileError) -> [KerasWeight] {
        let isRootMeanSquare = try config.bool("rms_scaling", default: false)
        var weights: [KerasWeight] = []
        if try config.bool("scale", default: true) || isRootMeanSquare { weights.append(KerasWeight("gamma")) }
        if try config.bool("center", default: true), !isRootMeanSquare { weights.append(KerasWeight("beta")) }
        return weights
    }

    static func convert(_ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        let input = try call.input()
        let axes = try call.axes(try call.config.list("axis") ?? [-1], of: input)
        let physical = axes.map(input.physicalAxis)
        let epsilon = try call.config.number("epsilon") ?? 1e-3
        let mean = graph.mean(input.name, axes: physical, keepsAxes: true)
        let centered = graph.node("Sub", [input.name, mean])
        let variance = graph.mean(graph.square(centered), axes: physical, keepsAxes: true)
        let deviation = graph.node("Sqrt", [graph.plus(variance, epsilon)])
        var result = input
        // Keras divides what is not centred by the deviation here, which is why the setting is deprecated.
        let numerator = try call.config.bool("rms_scaling", default: false) ? input.name : centered
        result.name = graph.node("Div", [numerator, deviation])
        return try graph.scaled(result, call, gamma: "gamma", beta: "beta", axes: axes)
    }
}

/// `RMSNormalization`: divided by the root of the mean square.
enum RMSNormalizationLayer: SingleOutputLayer {
    static func weights(_ config: KerasConfig) throws(ModelFileError) -> [KerasWeight] { [KerasWeight("scale")] }

    static func convert(_ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        let input = try call.input()
        let axes = try call.axes(try call.config.list("axis") ?? [-1], of: input)
        let epsilon = try call.config.number("epsilon") ?? 1e-6
        let mean = graph.mean(graph.square(input.name), axes: axes.map(input.physicalAxis), keepsAxes: true)
        var result = input
        result.name = graph.node("Div", [input.name, graph.node("Sqrt", [graph.plus(mean, epsilon)])])
        return try graph.scaled(result, call, gamma: "scale", beta: "", axes: axes)
    }
}

/// `UnitNormalization`: divided by the Euclidean length.
enum UnitNormalizationLayer: SingleOutputLayer {
    static let passesMask = true

    static func convert(_ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        let input = try call.input()
        let axes = try call.axes(try call.config.list("axis") ?? [-1], of: input)
        let squares = graph.sum(graph.square(input.name), axes: axes.map(input.physicalAxis), keepsAxes: true)
        let length = graph.node("Sqrt", [graph.node("Max", [squares, graph.scalar(1e-12)])])
        return graph.map("Div", input, [length])
    }
}

/// `GroupNormalization`: over groups of channels and all of space.
enum GroupNormalizationLayer: SingleOutputLayer {
    static let passesMask = true

    static func weights(_ config: KerasConfig) throws(ModelFileError) -> [KerasWeight] {
        var weights: [KerasWeight] = []
        if try config.bool("scale", default: true) { weights.append(KerasWeight("gamma")) }
        if try config.bool("center", default: true) { weights.append(KerasWeight("beta")) }
        return weights
    }

    static func convert(_ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        let config = call.config
        let input = try call.input()
        let axis = try call.axis(try config.int("axis", default: -1), of: input)
        guard axis > 0, let channels = input.shape[axis] else {
            throw config.unsupported("normalizes an axis whose length is not known")
        }
        let stated = try config.int("groups", default: 32)
        let groups = stated == -1 ? channels : stated
        guard groups > 0, channels % groups == 0 else {
            throw config.damaged("has \(stated) groups for \(channels) channels")
        }
        let place = input.physicalAxis(axis)
        var shape: [(length: Int?, axis: Int)] = Array(repeating: (nil, 0), count: input.rank)
        for keras in 0..<input.rank {
            shape[input.physicalAxis(keras)] = (input.shape[keras], input.physicalAxis(keras))
        }
        let original = graph.lengths(shape, of: input.name)
        shape.replaceSubrange(place...place, with: [(groups, 0), (channels / groups, 0)])
        let grouped = graph.node("Reshape", [input.name, graph.lengths(shape, of: input.name)])
        let axes = (1...input.rank).filter { $0 != place }
        let centered = graph.node("Sub", [grouped, graph.mean(grouped, axes: axes, keepsAxes: true)])
        let variance = graph.mean(graph.square(centered), axes: axes, keepsAxes: true)
        let epsilon = try config.number("epsilon") ?? 1e-3
        let deviation = graph.node("Sqrt", [graph.plus(variance, epsilon)])
        var result = input
        result.name = graph.node("Reshape", [graph.node("Div", [centered, deviation]), original])
        return try graph.scaled(result, call, gamma: "gamma", beta: "beta", axes: [axis])
    }
}

extension KerasGraph {
    /// Times one weight plus another along axes, as far as the layer has them.
    fileprivate mutating func scaled(
        _ value: KerasTensor, _ call: KerasLayerCall, gamma: String, beta: String, axes: [Int]
    ) throws(ModelFileError) -> KerasTensor {
        let lengths = axes.map { value.shape[$0] }
        var result = value
        for (name, operation) in [(gamma, "Mul"), (beta, "Add")] {
            guard let weight = try call.optionalWeight(name, lengths) else { continue }
            var shape = Array(repeating: 1, count: value.rank)
            for (axis, length) in zip(axes, weight.shape) { shape[axis] = length }
            result = map(operation, result, [constant(name, weight.reshaped(shape), along: value)])
        }
        return result
    }
}
