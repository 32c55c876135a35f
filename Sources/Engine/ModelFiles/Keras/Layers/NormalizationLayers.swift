import JSON
import Tensors

/// `BatchNormalization` with the means and variances found in training.
enum BatchNormalizationLayer: SingleOutputLayer {
    static let passesMask = true

    static func weights(_ config: KerasConfig) throws(ModelFileError) -> [KerasWeight] {
        guard try !config.bool("renorm", default: false) else {
            throw config.unsupported("has 'renorm', which is not supported")
        }
        var weights: [KerasWeight] = []
        if try config.bool("scale", default: true) { weights.append(KerasWeight("gamma")) }
        if try config.bool("center", default: true) { weights.append(KerasWeight("beta")) }
        return weights + [
            KerasWeight("moving_mean", isTrainable: false), KerasWeight("moving_variance", isTrainable: false),
        ]
    }

    static func convert(_ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        let config = call.config
        let input = try call.input()
        let axes = try config.list("axis") ?? [-1]
        guard axes.count == 1, let setting = axes.first else {
            throw config.unsupported("normalizes over the axes \(axes); a single axis is supported")
        }
        let axis = try call.axis(setting, of: input)
        let mean = try call.weight("moving_mean", [input.shape[axis]])
        let length = mean.values.count
        let variance = try call.weight("moving_variance", [length])
        let gamma = try call.weights["gamma"].map { _ throws(ModelFileError) in try call.weight("gamma", [length]) }
        let beta = try call.weights["beta"].map { _ throws(ModelFileError) in try call.weight("beta", [length]) }
        let epsilon = try config.number("epsilon") ?? 1e-3
        var scale = [Float](repeating: 0, count: length)
        var shift = scale
        for index in 0..<length {
            let factor = Double(gamma?.values[index] ?? 1) / (Double(variance.values[index]) + epsilon).squareRoot()
            scale[index] = Float(factor)
            shift[index] = Float(Double(beta?.values[index] ?? 0) - Double(mean.values[index]) * factor)
        }
        var shape = Array(repeating: 1, count: input.rank)
        shape[axis] = length
        return graph.affine(
            input, scale: Tensor(shape: shape, values: scale), shift: Tensor(shape: shape, values: shift))
    }
}

/// `Normalization`: minus the mean, divided by the standard deviation, of whole values or along axes.
enum NormalizationLayer: SingleOutputLayer {
    static let passesMask = true

    static func weights(_ config: KerasConfig) throws(ModelFileError) -> [KerasWeight] {
        guard config.value("mean") == nil else { return [] }
        return [
            KerasWeight("mean", isTrainable: false), KerasWeight("variance", isTrainable: false),
            KerasWeight("count", isTrainable: false, isUsed: false),
        ]
    }

    /// The smallest standard deviation that is divided by: `keras.backend.epsilon()`.
    private static let epsilon = 1e-7

    static func convert(_ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        let config = call.config
        let input = try call.input()
        var shape = Array(repeating: 1, count: input.rank)
        for setting in try axes(config) {
            let axis = try call.axis(setting, of: input)
            guard let length = input.shape[axis] else {
                throw config.unsupported("normalizes an axis whose length is not known")
            }
            shape[axis] = length
        }
        let count = shape.reduce(1, *)
        let means = try values("mean", call, count: count)
        let variances = try values("variance", call, count: count)
        var scale = [Float](repeating: 0, count: count)
        var shift = scale
        let isInverted = try config.bool("invert", default: false)
        for index in 0..<count {
            let deviation = max(variances[index].squareRoot(), epsilon)
            scale[index] = Float(isInverted ? deviation : 1 / deviation)
            shift[index] = Float(isInverted ? means[index] : -means[index] / deviation)
        }
        return graph.affine(
            input, scale: Tensor(shape: shape, values: scale), shift: Tensor(shape: shape, values: shift))
    }

    private static func axes(_ config: KerasConfig) throws(ModelFileError) -> [Int] {
        // Absent means the last axis, null means one mean for everything.
        config.values["axis"] == nil ? [-1] : try config.list("axis") ?? []
    }

    private static func values(
        _ name: String, _ call: KerasLayerCall, count: Int
    ) throws(ModelFileError) -> [Double] {
        let stated = try call.config.numbers(name)
        let values = stated ?? call.weights[name]?.values.map(Double.init) ?? []
        if values.count == 1 { return Array(repeating: values[0], count: count) }
        guard values.count == count else {
            throw call.config.damaged("has \(values.count) values of '\(name)' instead of \(count)")
        }
        return values
    }
}

/// `Rescaling`: times a scale plus an offset, each a number or one number for each channel.
enum RescalingLayer: SingleOutputLayer {
    static let passesMask = true

    static func convert(_ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        let input = try call.input()
        return graph.affine(
            input, scale: try tensor("scale", call, input, neutral: 1),
            shift: try tensor("offset", call, input, neutral: 0))
    }

    private static func tensor(
        _ name: String, _ call: KerasLayerCall, _ input: KerasTensor, neutral: Double
    ) throws(ModelFileError) -> Tensor? {
        let values = try call.config.numbers(name) ?? [neutral]
        guard values.contains(where: { $0 != neutral }) else { return nil }
        if values.count == 1 { return Tensor(shape: [], values: [Float(values[0])]) }
        guard input.shape[input.rank - 1] == values.count else {
            throw call.config.damaged("has \(values.count) values of '\(name)' for another number of channels")
        }
        let shape = Array(repeating: 1, count: input.rank - 1) + [values.count]
        return Tensor(shape: shape, values: values.map(Float.init))
    }
}

extension KerasGraph {
    /// Times a scale plus a shift; nil leaves a step out.
    fileprivate mutating func affine(_ value: KerasTensor, scale: Tensor?, shift: Tensor?) -> KerasTensor {
        var result = value
        if let scale { result = map("Mul", result, [constant("scale", scale, along: value)]) }
        if let shift { result = map("Add", result, [constant("shift", shift, along: value)]) }
        return result
    }
}
