import ONNX
import Tensors

/// `BatchNorm1d`, `BatchNorm2d`, `BatchNorm3d` with the statistics found in training.
enum TorchBatchNorm: TorchLayerConverter {
    static let settings: Set<String> = ["num_features", "eps", "momentum", "affine", "track_running_stats"]

    static func convert(
        _ layer: TorchLayer, _ value: TorchLayerValue, _ graph: inout TorchLayerGraph
    ) throws(ModelFileError) -> TorchLayerValue {
        let count = value.shape[0]
        guard graph.shape(layer, "running_mean") != nil || graph.shape(layer, "weight") == nil else {
            throw layer.unsupported("keeps no statistics of the training, so that its results depend on the batch")
        }
        let mean = try graph.weight(layer, "running_mean", shape: [count])
        let variance = try graph.weight(layer, "running_var", shape: [count])
        let (scale, shift) = try graph.scaleAndShift(layer, count: count)
        let epsilon = Float(try layer.number("eps", default: 1e-5))
        return graph.map("BatchNormalization", value, [scale, shift, mean, variance], ["epsilon": .float(epsilon)])
    }
}

/// `InstanceNorm1d`, `InstanceNorm2d`, `InstanceNorm3d`.
enum TorchInstanceNorm: TorchLayerConverter {
    static let settings = TorchBatchNorm.settings

    static func convert(
        _ layer: TorchLayer, _ value: TorchLayerValue, _ graph: inout TorchLayerGraph
    ) throws(ModelFileError) -> TorchLayerValue {
        guard graph.shape(layer, "running_mean") == nil else {
            throw layer.unsupported("normalizes by statistics of the training, which is not supported")
        }
        _ = try layer.spatialRank(of: value)
        let (scale, shift) = try graph.scaleAndShift(layer, count: value.shape[0])
        let epsilon = Float(try layer.number("eps", default: 1e-5))
        return graph.map("InstanceNormalization", value, [scale, shift], ["epsilon": .float(epsilon)])
    }
}

/// `LayerNorm` over the last axes.
enum TorchLayerNorm: TorchLayerConverter {
    static let settings: Set<String> = ["normalized_shape", "eps", "elementwise_affine", "bias"]

    static func convert(
        _ layer: TorchLayer, _ value: TorchLayerValue, _ graph: inout TorchLayerGraph
    ) throws(ModelFileError) -> TorchLayerValue {
        let stated = layer.has("normalized_shape") ? try layer.list("normalized_shape") : nil
        guard let shape = graph.shape(layer, "weight") ?? stated else {
            throw layer.unsupported("does not state 'normalized_shape', which is needed")
        }
        guard !shape.isEmpty, shape.count <= value.shape.count, Array(value.shape.suffix(shape.count)) == shape else {
            throw layer.misfit("normalizes values of shape \(shape), but \(value.shape) come from the layer before")
        }
        let scale =
            graph.shape(layer, "weight") == nil
            ? graph.constant(Tensor(shape: shape, values: [Float](repeating: 1, count: shape.reduce(1, *))))
            : try graph.weight(layer, "weight", shape: shape)
        let shift = graph.shape(layer, "bias") == nil ? [] : [try graph.weight(layer, "bias", shape: shape)]
        let epsilon = Float(try layer.number("eps", default: 1e-5))
        return graph.map(
            "LayerNormalization", value, [scale] + shift, ["axis": .int(-shape.count), "epsilon": .float(epsilon)])
    }
}

/// `GroupNorm`.
enum TorchGroupNorm: TorchLayerConverter {
    static let settings: Set<String> = ["num_groups", "num_channels", "eps", "affine"]

    static func convert(
        _ layer: TorchLayer, _ value: TorchLayerValue, _ graph: inout TorchLayerGraph
    ) throws(ModelFileError) -> TorchLayerValue {
        let groups = try layer.int("num_groups")
        let count = value.shape[0]
        guard groups >= 1, count.isMultiple(of: groups) else {
            throw layer.misfit("has \(groups) groups, which do not divide \(count) channels")
        }
        let epsilon = Float(try layer.number("eps", default: 1e-5))
        // Each group is normalized like one channel of many values.
        let grouped = graph.node("Reshape", [value.name, graph.integers([0, groups, -1])])
        let ones = graph.constant(Tensor(shape: [groups], values: [Float](repeating: 1, count: groups)))
        let zeros = graph.constant(Tensor(zeros: [groups]))
        let normal = graph.node("InstanceNormalization", [grouped, ones, zeros], ["epsilon": .float(epsilon)])
        var name = graph.node("Reshape", [normal, graph.integers([0] + value.shape)])
        let aligned = [count] + Array(repeating: 1, count: value.shape.count - 1)
        if graph.shape(layer, "weight") != nil {
            name = graph.node("Mul", [name, try graph.weight(layer, "weight", shape: [count], as: aligned)])
        }
        if graph.shape(layer, "bias") != nil {
            name = graph.node("Add", [name, try graph.weight(layer, "bias", shape: [count], as: aligned)])
        }
        return TorchLayerValue(name: name, shape: value.shape)
    }
}

/// `LocalResponseNorm`, which ONNX defines alike.
enum TorchLocalResponseNorm: TorchLayerConverter {
    static let settings: Set<String> = ["size", "alpha", "beta", "k"]

    static func convert(
        _ layer: TorchLayer, _ value: TorchLayerValue, _ graph: inout TorchLayerGraph
    ) throws(ModelFileError) -> TorchLayerValue {
        let size = try layer.int("size")
        // For even sizes the two disagree about which neighbour is left out.
        guard size >= 1, !size.isMultiple(of: 2), value.shape.count >= 2 else {
            throw layer.unsupported("has the size \(size), only odd ones are supported")
        }
        return graph.map(
            "LRN", value, [],
            [
                "size": .int(size), "alpha": .float(Float(try layer.number("alpha", default: 1e-4))),
                "beta": .float(Float(try layer.number("beta", default: 0.75))),
                "bias": .float(Float(try layer.number("k", default: 1))),
            ])
    }
}

extension TorchLayerGraph {
    /// What a normalization multiplies by and adds, for each channel; ones and zeros where it has none.
    fileprivate mutating func scaleAndShift(
        _ layer: TorchLayer, count: Int
    ) throws(ModelFileError) -> (scale: String, shift: String) {
        guard shape(layer, "weight") != nil else {
            let scale = constant(Tensor(shape: [count], values: [Float](repeating: 1, count: count)))
            return (scale, constant(Tensor(zeros: [count])))
        }
        return (try weight(layer, "weight", shape: [count]), try weight(layer, "bias", shape: [count]))
    }
}
