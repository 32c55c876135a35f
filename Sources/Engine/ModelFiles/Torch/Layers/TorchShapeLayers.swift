import JSON
import ONNX

/// Layers that do nothing outside training.
enum TorchIdentity: TorchLayerConverter {
    static let settings: Set<String> = ["p", "inplace"]

    static func convert(
        _ layer: TorchLayer, _ value: TorchLayerValue, _ graph: inout TorchLayerGraph
    ) throws(ModelFileError) -> TorchLayerValue { value }
}

/// `Flatten`.
enum TorchFlatten: TorchLayerConverter {
    static let settings: Set<String> = ["start_dim", "end_dim"]

    static func convert(
        _ layer: TorchLayer, _ value: TorchLayerValue, _ graph: inout TorchLayerGraph
    ) throws(ModelFileError) -> TorchLayerValue {
        let start = try layer.axis(try layer.int("start_dim", default: 1), of: value) - 1
        let end = try layer.axis(try layer.int("end_dim", default: -1), of: value) - 1
        guard start < end else { return value }
        // The graph has checked that the product of all lengths is small.
        let middle = value.shape[start...end].reduce(1, *)
        let shape = Array(value.shape[..<start]) + [middle] + Array(value.shape[(end + 1)...])
        return graph.reshape(value, to: shape)
    }
}

/// `Unflatten`, and `Reshape` of descriptions, which takes the shape of the whole value without the batch.
enum TorchUnflatten: TorchLayerConverter {
    static let settings: Set<String> = ["dim", "unflattened_size", "shape"]

    static func convert(
        _ layer: TorchLayer, _ value: TorchLayerValue, _ graph: inout TorchLayerGraph
    ) throws(ModelFileError) -> TorchLayerValue {
        let isWhole = layer.type != "Unflatten"
        let axis = isWhole ? 0 : try layer.axis(try layer.int("dim"), of: value) - 1
        let old = isWhole ? value.shape[...] : value.shape[axis...axis]
        var new = try layer.list(isWhole ? "shape" : "unflattened_size")
        let count = old.reduce(1, *)
        guard let known = StoredTensor.product(new.filter { $0 != -1 }), known > 0, known <= count,
            new.count(where: { $0 == -1 }) <= 1, count.isMultiple(of: known)
        else { throw layer.misfit("cannot give \(value.shape) the shape \(new)") }
        if let open = new.firstIndex(of: -1) { new[open] = count / known }
        guard new.reduce(1, *) == count else { throw layer.misfit("cannot give \(value.shape) the shape \(new)") }
        var shape = value.shape
        shape.replaceSubrange(old.indices, with: new)
        return graph.reshape(value, to: shape)
    }
}

/// All layers that pad.
enum TorchPad: TorchLayerConverter {
    static let settings: Set<String> = ["padding", "value"]

    static func convert(
        _ layer: TorchLayer, _ value: TorchLayerValue, _ graph: inout TorchLayerGraph
    ) throws(ModelFileError) -> TorchLayerValue {
        let rank = try layer.spatialRank(of: value)
        // Left and right of the last axis come first.
        let padding = try layer.ints("padding", rank: 2 * rank)
        let before = (0..<rank).map { padding[2 * (rank - 1 - $0)] }
        let after = (0..<rank).map { padding[2 * (rank - 1 - $0) + 1] }
        let mode =
            layer.type.hasPrefix("Reflection")
            ? "reflect" : layer.type.hasPrefix("Replication") ? "replicate" : "zeros"
        let constant = layer.type.hasPrefix("Constant") ? try layer.number("value", default: 0) : 0
        return try pad(layer, value, before: before, after: after, mode: mode, constant: constant, &graph)
    }

    /// Pads the spatial axes, in PyTorch's words for the ways to do so.
    static func pad(
        _ layer: TorchLayer, _ value: TorchLayerValue, before: [Int], after: [Int], mode: String,
        constant: Double = 0, _ graph: inout TorchLayerGraph
    ) throws(ModelFileError) -> TorchLayerValue {
        let modes = ["zeros": "constant", "reflect": "reflect", "replicate": "edge"]
        guard let mode = modes[mode] else {
            throw layer.unsupported("pads in the way '\(mode)', which is not supported")
        }
        let lengths = value.shape.dropFirst()
        guard mode != "reflect" || zip(lengths, zip(before, after)).allSatisfy({ $0 > max($1.0, $1.1) }) else {
            throw layer.misfit("reflects more than the \(value.shape) it reads")
        }
        let pads = graph.integers([0, 0] + before + [0, 0] + after)
        let inputs = [value.name, pads] + (mode == "constant" ? [graph.scalar(constant)] : [])
        let spatial = zip(lengths, zip(before, after)).map { $0 + $1.0 + $1.1 }
        return TorchLayerValue(
            name: graph.node("Pad", inputs, ["mode": .string(mode)]), shape: [value.shape[0]] + spatial)
    }
}

/// `Upsample`, `UpsamplingNearest2d`, `UpsamplingBilinear2d`.
enum TorchUpsample: TorchLayerConverter {
    static let settings: Set<String> = [
        "size", "scale_factor", "mode", "align_corners", "recompute_scale_factor", "name",
    ]

    static func convert(
        _ layer: TorchLayer, _ value: TorchLayerValue, _ graph: inout TorchLayerGraph
    ) throws(ModelFileError) -> TorchLayerValue {
        let rank = value.shape.count - 1
        let standard = layer.type == "UpsamplingBilinear2d" ? "bilinear" : "nearest"
        let mode = try layer.text("mode", default: standard)
        let alignsCorners = try layer.bool("align_corners", default: layer.type == "UpsamplingBilinear2d")
        var attributes: [String: ONNXAttribute] = [
            "coordinate_transformation_mode": alignsCorners ? "align_corners" : "pytorch_half_pixel"
        ]
        switch mode {
        case "nearest":
            attributes = ["mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"]
        case "nearest-exact":
            attributes = [
                "mode": "nearest", "coordinate_transformation_mode": "half_pixel",
                "nearest_mode": "round_prefer_ceil",
            ]
        case "linear", "bilinear", "trilinear": attributes["mode"] = "linear"
        case "bicubic":
            attributes["mode"] = "cubic"
            attributes["cubic_coeff_a"] = -0.75
        default: throw layer.unsupported("has the mode '\(mode)', which is not supported")
        }
        guard (1...3).contains(rank) else { throw layer.misfit("reads pictures, but \(value.shape) came") }
        let lengths = Array(value.shape.dropFirst())
        let size: [Int]
        if layer.has("size") {
            size = try layer.ints("size", rank: rank, least: 1)
        } else {
            let factors = try layer.factors(rank: rank)
            size = zip(lengths, factors).map { Int((Double($0) * $1).rounded(.down)) }
            // Only then do the factors and the sizes say the same, whichever an implementation takes.
            guard zip(zip(lengths, factors), size).allSatisfy({ Double($0.0) * $0.1 == Double($1) }) else {
                throw layer.unsupported("has a 'scale_factor' that makes no whole number of \(lengths)")
            }
        }
        // Sizes rather than factors, which round; that of the batch is known only when the model runs.
        let whole = graph.node("Shape", [value.name])
        let batch = graph.node("Slice", [whole, graph.integers([0]), graph.integers([1])])
        let sizes = graph.node("Concat", [batch, graph.integers([value.shape[0]] + size)], ["axis": 0])
        let name = graph.node("Resize", [value.name, "", "", sizes], attributes)
        return TorchLayerValue(name: name, shape: [value.shape[0]] + size)
    }
}

/// `PixelShuffle`, `PixelUnshuffle`.
enum TorchPixelShuffle: TorchLayerConverter {
    static let settings: Set<String> = ["upscale_factor", "downscale_factor"]

    static func convert(
        _ layer: TorchLayer, _ value: TorchLayerValue, _ graph: inout TorchLayerGraph
    ) throws(ModelFileError) -> TorchLayerValue {
        let factor = try layer.int("upscale_factor", "downscale_factor")
        guard value.shape.count == 3, factor >= 1, factor <= 256 else {
            throw layer.misfit("cannot rearrange \(value.shape) by \(factor)")
        }
        let (channels, height, width) = (value.shape[0], value.shape[1], value.shape[2])
        if layer.type == "PixelShuffle" {
            guard channels.isMultiple(of: factor * factor) else {
                throw layer.misfit("needs a multiple of \(factor * factor) channels, \(value.shape) came")
            }
            return TorchLayerValue(
                name: graph.node("DepthToSpace", [value.name], ["blocksize": .int(factor), "mode": "CRD"]),
                shape: [channels / (factor * factor), height * factor, width * factor])
        }
        guard height.isMultiple(of: factor), width.isMultiple(of: factor) else {
            throw layer.misfit("needs sides that \(factor) divides, \(value.shape) came")
        }
        // ONNX has only the other order of channels.
        let parts = [0, channels, height / factor, factor, width / factor, factor]
        let split = graph.node("Reshape", [value.name, graph.integers(parts)])
        let turned = graph.node("Transpose", [split], ["perm": [0, 1, 3, 5, 2, 4]])
        let shape = [channels * factor * factor, height / factor, width / factor]
        return TorchLayerValue(name: graph.node("Reshape", [turned, graph.integers([0] + shape)]), shape: shape)
    }
}

extension TorchLayerGraph {
    /// The same elements under another shape.
    fileprivate mutating func reshape(_ value: TorchLayerValue, to shape: [Int]) -> TorchLayerValue {
        TorchLayerValue(name: node("Reshape", [value.name, integers([0] + shape)]), shape: shape)
    }
}

extension TorchLayer {
    /// The factors of `Upsample`, one for each axis.
    fileprivate func factors(rank: Int) throws(ModelFileError) -> [Double] {
        let value = settings["scale_factor"]
        let numbers =
            value?.doubleValue.map { Array(repeating: $0, count: rank) } ?? value?.arrayValue?.compactMap(\.doubleValue)
        guard let numbers, numbers.count == rank, numbers.allSatisfy({ $0 > 0 && $0 <= 1024 }) else {
            throw unsupported("does not state 'size' or 'scale_factor' for \(rank) axes")
        }
        return numbers
    }
}
