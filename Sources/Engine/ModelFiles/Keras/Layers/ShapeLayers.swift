import JSON
import ONNX
import Tensors

/// Layers that do nothing once a model is trained.
enum PassingLayer: KerasLayerConverter {
    static func convert(_ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        try call.input()
    }
}

/// `Flatten`: all axes but the batch become one, channels fastest.
enum FlattenLayer: KerasLayerConverter {
    static func convert(_ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        var input = graph.native(try call.input())
        if try call.isChannelsFirst(), input.rank > 2 {
            let order = [0] + Array(2..<input.rank) + [1]
            input = KerasTensor(
                name: graph.node("Transpose", [input.name], ["perm": .ints(order)]),
                shape: order.map { input.shape[$0] })
        }
        let length = try product(input.shape.dropFirst(), call.config)
        if input.rank == 2 { return input }
        let name = graph.node("Reshape", [input.name, graph.integers([0, length ?? -1])])
        return KerasTensor(name: name, shape: [input.shape[0], length])
    }
}

/// `Reshape` to a target that may leave one axis open.
enum ReshapeLayer: KerasLayerConverter {
    static func convert(_ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        let config = call.config
        let input = graph.native(try call.input())
        guard let target = try config.list("target_shape"), target.count < 8,
            target.allSatisfy({ $0 > 0 || $0 == -1 }), target.count(where: { $0 == -1 }) <= 1
        else { throw config.damaged("has a target shape that makes no sense") }
        let length = try product(input.shape.dropFirst(), config)
        let known = try product(target.filter { $0 > 0 }.map { $0 }, config) ?? 1
        var shape: [Int?] = target
        if let open = target.firstIndex(of: -1) {
            shape[open] = try length.map { length throws(ModelFileError) in
                guard length % known == 0 else { throw mismatch(config, length, target) }
                return length / known
            }
        } else if let length, length != known {
            throw mismatch(config, length, target)
        }
        let name = graph.node("Reshape", [input.name, graph.integers([0] + shape.map { $0 ?? -1 })])
        return KerasTensor(name: name, shape: [input.shape[0]] + shape)
    }

    private static func mismatch(_ config: KerasConfig, _ length: Int, _ target: [Int]) -> ModelFileError {
        config.damaged("cannot give \(length) elements the shape \(target)")
    }
}

/// The product of lengths; nil where one is not known.
private func product(_ lengths: some Sequence<Int?>, _ config: KerasConfig) throws(ModelFileError) -> Int? {
    var result = 1
    for length in lengths {
        guard let length else { return nil }
        let (product, overflow) = result.multipliedReportingOverflow(by: length)
        guard !overflow else { throw config.damaged("reads a value of impossible size") }
        result = product
    }
    return result
}

/// `Permute`: the axes behind the batch in another order, counted from 1.
enum PermuteLayer: KerasLayerConverter {
    static func convert(_ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        let input = graph.native(try call.input())
        let axes = try call.config.list("dims") ?? []
        guard axes.sorted() == Array(1..<max(1, input.rank)) else {
            throw call.config.damaged("has an order of axes \(axes) for an input of \(input.rank) axes")
        }
        let order = [0] + axes
        let name = graph.node("Transpose", [input.name], ["perm": .ints(order)])
        return KerasTensor(name: name, shape: order.map { input.shape[$0] })
    }
}

/// `ZeroPadding2D`.
enum ZeroPaddingLayer: KerasLayerConverter {
    static func convert(_ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        var image = try call.image(&graph, spatialRank: 2)
        let borders = try call.borders("padding", default: 1)
        let pads = [0, 0] + borders.map(\.before) + [0, 0] + borders.map(\.after)
        image.name = graph.node("Pad", [image.name, graph.integers(pads)], ["mode": "constant"])
        image.spatial = zip(image.spatial, borders).map { length, border in
            length.map { $0 + border.before + border.after }
        }
        return image.tensor
    }
}

/// `Cropping2D`.
enum CroppingLayer: KerasLayerConverter {
    static func convert(_ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        var image = try call.image(&graph, spatialRank: 2)
        let borders = try call.borders("cropping", default: 0)
        let ends = borders.map { $0.after == 0 ? Int(Int32.max) : -$0.after }
        image.name = graph.node(
            "Slice",
            [image.name, graph.integers(borders.map(\.before)), graph.integers(ends), graph.integers([2, 3])])
        for (axis, border) in borders.enumerated() {
            guard let length = image.spatial[axis] else { continue }
            let rest = length - border.before - border.after
            guard rest > 0 else { throw call.config.damaged("cuts everything off an axis of length \(length)") }
            image.spatial[axis] = rest
        }
        return image.tensor
    }
}

/// `UpSampling2D`: pictures enlarged by whole factors.
enum UpSamplingLayer: KerasLayerConverter {
    static func convert(_ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        var image = try call.image(&graph, spatialRank: 2)
        let factors = try call.config.counts("size", rank: 2, default: [2, 2])
        var attributes: [String: ONNXAttribute] = [
            "mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor",
        ]
        switch try call.config.text("interpolation", default: "nearest") {
        case "nearest": break
        case "bilinear":
            // Keras 2 on its own called an older function of TensorFlow, which measures from the corner of pixels.
            let mode = call.version.isMultiBackend2 ? "asymmetric" : "half_pixel"
            attributes = ["mode": "linear", "coordinate_transformation_mode": .string(mode)]
        case let other: throw call.config.unsupported("has interpolation '\(other)', which is not supported")
        }
        let scales = graph.constant("scales") { .init(shape: [4], values: [1, 1] + factors.map(Float.init)) }
        image.name = graph.node("Resize", [image.name, "", scales], attributes)
        image.spatial = zip(image.spatial, factors).map { length, factor in length.map { $0 * factor } }
        return image.tensor
    }
}

extension KerasLayerCall {
    /// Widths before and after each of two axes: a number, a pair, or a pair of pairs.
    fileprivate func borders(
        _ key: String, default fallback: Int
    ) throws(ModelFileError) -> [(before: Int, after: Int)] {
        guard let value = config.value(key) else { return Array(repeating: (fallback, fallback), count: 2) }
        let pairs: [(Int?, Int?)] =
            if let number = value.intValue {
                [(number, number), (number, number)]
            } else {
                (value.arrayValue ?? []).map { element in
                    element.intValue.map { ($0, $0) } ?? (element[0]?.intValue, element[1]?.intValue)
                }
            }
        let borders = pairs.compactMap { before, after -> (before: Int, after: Int)? in
            guard let before, let after, (0...1 << 24).contains(before), (0...1 << 24).contains(after) else {
                return nil
            }
            return (before, after)
        }
        guard pairs.count == 2, borders.count == 2 else { throw config.damaged("'\(key)' is \(value.text())") }
        return borders
    }
}
