import ONNX

/// `Linear`, along the last axis.
enum TorchLinear: TorchLayerConverter {
    static let settings: Set<String> = ["in_features", "out_features", "bias"]

    static func convert(
        _ layer: TorchLayer, _ value: TorchLayerValue, _ graph: inout TorchLayerGraph
    ) throws(ModelFileError) -> TorchLayerValue {
        let shape = try graph.shape(layer, "weight", rank: 2)
        guard value.shape.last == shape[1] else {
            throw layer.misfit("reads \(shape[1]) values, but \(value.shape) come from the layer before")
        }
        let weight = try graph.weight(layer, "weight", shape: shape)
        let hasBias = graph.shape(layer, "bias") != nil
        let bias = hasBias ? [try graph.weight(layer, "bias", shape: [shape[0]])] : []
        let result = Array(value.shape.dropLast()) + [shape[0]]
        if value.shape.count == 1 {
            return TorchLayerValue(
                name: graph.node("Gemm", [value.name, weight] + bias, ["transB": 1]), shape: result)
        }
        let turned = graph.node("Transpose", [weight], ["perm": [1, 0]])
        var name = graph.node("MatMul", [value.name, turned])
        if hasBias { name = graph.node("Add", [name] + bias) }
        return TorchLayerValue(name: name, shape: result)
    }
}

/// `Conv1d`, `Conv2d`, `Conv3d`.
enum TorchConvolution: TorchLayerConverter {
    static let settings: Set<String> = [
        "in_channels", "out_channels", "kernel_size", "stride", "padding", "dilation", "groups", "bias", "padding_mode",
    ]

    static func convert(
        _ layer: TorchLayer, _ value: TorchLayerValue, _ graph: inout TorchLayerGraph
    ) throws(ModelFileError) -> TorchLayerValue {
        let rank = try layer.spatialRank(of: value)
        let shape = try graph.shape(layer, "weight", rank: rank + 2)
        let groups = try layer.groups(dividing: value.shape[0])
        guard value.shape[0] == shape[1] * groups, shape[0].isMultiple(of: groups) else {
            throw layer.misfit(
                "reads \(shape[1] * groups) channels, but \(value.shape) come from the layer before")
        }
        let kernel = Array(shape.dropFirst(2))
        var window = TorchWindow(
            kernel: kernel, stride: try layer.ints("stride", rank: rank, least: 1, default: ones(rank)),
            dilation: try layer.ints("dilation", rank: rank, least: 1, default: ones(rank)))
        switch layer.optionalText("padding") {
        case "same":
            for axis in 0..<rank {
                let total = window.extent(axis) - 1
                window.before[axis] = total / 2
                window.after[axis] = total - total / 2
            }
        case "valid": break
        case let other?: throw layer.unsupported("has the padding '\(other)', which is not known")
        case nil:
            let padding = try layer.ints("padding", rank: rank, default: zeros(rank))
            window.before = padding
            window.after = padding
        }
        var value = value
        let mode = try layer.text("padding_mode", default: "zeros")
        if mode != "zeros" {
            value = try TorchPad.pad(layer, value, before: window.before, after: window.after, mode: mode, &graph)
            window.before = zeros(rank)
            window.after = zeros(rank)
        }
        var inputs = [value.name, try graph.weight(layer, "weight", shape: shape)]
        if graph.shape(layer, "bias") != nil { inputs.append(try graph.weight(layer, "bias", shape: [shape[0]])) }
        var attributes = window.attributes
        attributes["group"] = .int(groups)
        let spatial = try window.output(of: Array(value.shape.dropFirst()), layer)
        return TorchLayerValue(name: graph.node("Conv", inputs, attributes), shape: [shape[0]] + spatial)
    }
}

/// `ConvTranspose1d`, `ConvTranspose2d`, `ConvTranspose3d`.
enum TorchTransposedConvolution: TorchLayerConverter {
    static let settings = TorchConvolution.settings.union(["output_padding"])

    static func convert(
        _ layer: TorchLayer, _ value: TorchLayerValue, _ graph: inout TorchLayerGraph
    ) throws(ModelFileError) -> TorchLayerValue {
        let rank = try layer.spatialRank(of: value)
        let shape = try graph.shape(layer, "weight", rank: rank + 2)
        let groups = try layer.groups(dividing: value.shape[0])
        guard value.shape[0] == shape[0] else {
            throw layer.misfit("reads \(shape[0]) channels, but \(value.shape) come from the layer before")
        }
        guard try layer.text("padding_mode", default: "zeros") == "zeros" else {
            throw layer.unsupported("has a padding_mode that is not supported")
        }
        let padding = try layer.ints("padding", rank: rank, default: zeros(rank))
        let extra = try layer.ints("output_padding", rank: rank, default: zeros(rank))
        let window = TorchWindow(
            kernel: Array(shape.dropFirst(2)),
            stride: try layer.ints("stride", rank: rank, least: 1, default: ones(rank)),
            dilation: try layer.ints("dilation", rank: rank, least: 1, default: ones(rank)), before: padding,
            after: padding)
        let (filters, isTooMany) = shape[1].multipliedReportingOverflow(by: groups)
        guard !isTooMany else { throw layer.misfit("has an impossible number of channels") }
        var inputs = [value.name, try graph.weight(layer, "weight", shape: shape)]
        if graph.shape(layer, "bias") != nil { inputs.append(try graph.weight(layer, "bias", shape: [filters])) }
        var attributes = window.attributes
        attributes["group"] = .int(groups)
        attributes["output_padding"] = .ints(extra)
        let spatial = (0..<rank).map { axis in
            (value.shape[axis + 1] - 1) * window.stride[axis] - 2 * padding[axis] + window.extent(axis) + extra[axis]
        }
        return TorchLayerValue(name: graph.node("ConvTranspose", inputs, attributes), shape: [filters] + spatial)
    }
}

/// `PReLU`: one slope, or one for each channel.
enum TorchPReLU: TorchLayerConverter {
    static let settings: Set<String> = ["num_parameters", "init"]

    static func convert(
        _ layer: TorchLayer, _ value: TorchLayerValue, _ graph: inout TorchLayerGraph
    ) throws(ModelFileError) -> TorchLayerValue {
        let shape = try graph.shape(layer, "weight", rank: 1)
        guard shape == [1] || shape == [value.shape[0]] else {
            throw layer.misfit("has \(shape[0]) slopes for values of shape \(value.shape)")
        }
        let aligned = shape + Array(repeating: 1, count: value.shape.count - 1)
        return graph.map("PRelu", value, [try graph.weight(layer, "weight", shape: shape, as: aligned)])
    }
}

private func ones(_ rank: Int) -> [Int] { Array(repeating: 1, count: rank) }
private func zeros(_ rank: Int) -> [Int] { Array(repeating: 0, count: rank) }

extension TorchLayer {
    /// Number of the layer's spatial axes, which is the digit in the name of its class; checks the value's axes.
    func spatialRank(of value: TorchLayerValue) throws(ModelFileError) -> Int {
        guard let rank = type.dropLast().last?.wholeNumberValue, (1...3).contains(rank) else {
            throw unsupported("has a name without the number of its axes")
        }
        guard value.shape.count == rank + 1 else {
            let wanted = ["[channels, length]", "[channels, height, width]", "[channels, depth, height, width]"][
                rank - 1]
            throw misfit("reads \(wanted), but \(value.shape) comes from the layer before")
        }
        return rank
    }

    fileprivate func groups(dividing channels: Int) throws(ModelFileError) -> Int {
        let groups = try int("groups", default: 1)
        guard groups >= 1, channels.isMultiple(of: groups) else {
            throw misfit("has \(groups) groups, which do not divide \(channels) channels")
        }
        return groups
    }
}
