import ONNX
import Tensors

/// `UpSampling1D`, `UpSampling2D`, `UpSampling3D`: pictures enlarged by whole factors.
protocol UpSamplingLayer: SingleOutputLayer {
    static var spatialRank: Int { get }
}

enum UpSamplingLayer1D: UpSamplingLayer { static let spatialRank = 1 }
enum UpSamplingLayer2D: UpSamplingLayer { static let spatialRank = 2 }
enum UpSamplingLayer3D: UpSamplingLayer { static let spatialRank = 3 }

extension UpSamplingLayer {
    static func convert(_ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        let config = call.config
        var image = try call.image(&graph, spatialRank: spatialRank)
        let factors = try config.counts("size", rank: spatialRank, default: Array(repeating: 2, count: spatialRank))
        let interpolation = spatialRank == 2 ? try config.text("interpolation", default: "nearest") : "nearest"
        if interpolation == "nearest" {
            for (axis, factor) in factors.enumerated() where factor > 1 {
                image.name = repeated(image.name, axis: axis + 2, factor, image.spatial.count + 2, &graph)
            }
            image.spatial = zip(image.spatial, factors).map { length, factor in length.map { $0 * factor } }
            return image.tensor
        }
        let known = image.spatial.compactMap(\.self)
        let isOldBilinear = interpolation == "bilinear" && call.version.isMultiBackend2
        if known.count == 2, !isOldBilinear {
            let sizes = zip(known, factors).map { $0 * $1 }
            return try graph.resized(image, to: sizes, interpolation, antialias: false, config).tensor
        }
        guard interpolation == "bilinear" else {
            throw config.unsupported("enlarges pictures of unknown size by \(interpolation), which is not supported")
        }
        // Keras 2 on its own called an older function of TensorFlow, which measures from the corner of pixels.
        let mode = call.version.isMultiBackend2 ? "asymmetric" : "half_pixel"
        let scales = graph.constant("scales") { .init(shape: [4], values: [1, 1] + factors.map(Float.init)) }
        image.name = graph.node(
            "Resize", [image.name, "", scales],
            ["mode": "linear", "coordinate_transformation_mode": .string(mode)])
        image.spatial = zip(image.spatial, factors).map { length, factor in length.map { $0 * factor } }
        return image.tensor
    }

    /// Every element of an axis several times.
    private static func repeated(
        _ name: String, axis: Int, _ factor: Int, _ rank: Int, _ graph: inout KerasGraph
    ) -> String {
        var scales = Array(repeating: 1, count: rank + 1)
        scales[axis + 1] = factor
        let tiled = graph.node("Tile", [graph.unsqueezed(name, [axis + 1]), graph.integers(scales)])
        // The two axes become one; the first ones keep their lengths, the last ones are known to the engine.
        let shape = graph.node("Shape", [name])
        let multiples = graph.integers((0..<rank).map { $0 == axis ? factor : 1 })
        return graph.node("Reshape", [tiled, graph.node("Mul", [shape, multiples])])
    }
}

/// `Resizing` to a size, in one of Keras's ways to keep the proportions.
enum ResizingLayer: SingleOutputLayer {
    static func convert(_ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        let config = call.config
        let target = [try config.count("height"), try config.count("width")]
        var image = try call.image(&graph, spatialRank: 2)
        let interpolation = try config.text("interpolation", default: "bilinear").lowercased()
        let antialias = try config.bool("antialias", default: false)
        let crops = try config.bool("crop_to_aspect_ratio", default: false)
        let pads = try config.bool("pad_to_aspect_ratio", default: false)
        let known = image.spatial.compactMap(\.self)
        guard known.count == 2 else {
            guard !crops, !pads, !antialias, ["bilinear", "nearest"].contains(interpolation) else {
                throw config.unsupported(
                    "resizes pictures of unknown size with these options, which is not supported; state the model's input size"
                )
            }
            return graph.stretched(image, to: target, interpolation).tensor
        }
        if crops {
            image = graph.cropped(image, to: target, known)
        } else if pads {
            let fill = try config.number("fill_value") ?? 0
            guard try config.text("fill_mode", default: "constant") == "constant" else {
                throw config.unsupported("fills with another mode than 'constant', which is not supported")
            }
            image = graph.padded(image, to: target, known, fill: fill)
        }
        return try graph.resized(image, to: target, interpolation, antialias: antialias, config).tensor
    }
}

/// `CenterCrop`: the middle of a picture, which is enlarged first where it is too small.
enum CenterCropLayer: SingleOutputLayer {
    static func convert(_ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        let config = call.config
        let target = [try config.count("height"), try config.count("width")]
        var image = try call.image(&graph, spatialRank: 2)
        let known = image.spatial.compactMap(\.self)
        guard known.count == 2 else {
            throw config.unsupported(
                "crops pictures of unknown size, which is not supported; state the model's input size")
        }
        if zip(known, target).allSatisfy({ $0 >= $1 }) {
            for axis in 0..<2 where known[axis] > target[axis] {
                let start = (known[axis] - target[axis]) / 2
                image.name = graph.slice(image.name, axis: axis + 2, from: start, to: start + target[axis])
            }
            image.spatial = target
            return image.tensor
        }
        image = graph.cropped(image, to: target, known)
        return try graph.resized(image, to: target, "bilinear", antialias: false, config).tensor
    }
}

extension KerasGraph {
    /// The largest part in the middle that has the proportions of a target.
    fileprivate mutating func cropped(_ image: KerasImage, to target: [Int], _ known: [Int]) -> KerasImage {
        var image = image
        for axis in 0..<2 {
            let wanted = Int(Double(known[1 - axis] * target[axis]) / Double(target[1 - axis]))
            let kept = max(min(known[axis], wanted), 1)
            let start = Int(Double(known[axis] - kept) / 2)
            image.name = slice(image.name, axis: axis + 2, from: start, to: start + kept)
            image.spatial[axis] = kept
        }
        return image
    }

    /// The picture in the middle of one that has the proportions of a target.
    fileprivate mutating func padded(
        _ image: KerasImage, to target: [Int], _ known: [Int], fill: Double
    ) -> KerasImage {
        var image = image
        let starts = (0..<2).map { axis in
            let wanted = Int(Double(known[1 - axis] * target[axis]) / Double(target[1 - axis]))
            return Int(Double(max(known[axis], wanted) - known[axis]) / 2)
        }
        // Keras adds as much after as before.
        image.name = node(
            "Pad", [image.name, integers([0, 0] + starts + [0, 0] + starts), scalar(fill)], ["mode": "constant"])
        image.spatial = zip(known, starts).map { $0 + 2 * $1 }
        return image
    }

    /// Pictures of any size, in the two ways that the engine computes as Keras does.
    fileprivate mutating func stretched(_ image: KerasImage, to target: [Int], _ interpolation: String) -> KerasImage {
        var image = image
        let shape = node("Shape", [image.name])
        let start = node("Slice", [shape, integers([0]), integers([2]), integers([0])])
        let sizes = node("Concat", [start, integers(target)], ["axis": 0])
        let attributes: [String: ONNXAttribute] =
            interpolation == "bilinear"
            ? ["mode": "linear", "coordinate_transformation_mode": "half_pixel"]
            : [
                "mode": "nearest", "coordinate_transformation_mode": "half_pixel", "nearest_mode": "round_prefer_ceil",
            ]
        image.name = node("Resize", [image.name, "", "", sizes], attributes)
        image.spatial = target
        return image
    }

    /// The picture in another size, as a product with a matrix for each axis: exact for every kind.
    fileprivate mutating func resized(
        _ image: KerasImage, to target: [Int], _ interpolation: String, antialias: Bool, _ config: KerasConfig
    ) throws(ModelFileError) -> KerasImage {
        guard let kernel = ResamplingKernel(rawValue: interpolation) else {
            throw config.unsupported("has interpolation '\(interpolation)', which is not supported")
        }
        if kernel == .bilinear, !antialias { return stretched(image, to: target, interpolation) }
        var image = image
        for axis in [1, 0] {
            guard let length = image.spatial[axis], length != target[axis] else { continue }
            let (elements, overflow) = length.multipliedReportingOverflow(by: target[axis])
            guard !overflow, elements <= 1 << 24 else {
                throw config.unsupported("resizes pictures that are too large")
            }
            let matrix = constant("resize_\(axis)_\(length)") {
                let matrix = kernel.matrix(from: length, to: target[axis], antialias: antialias)
                return axis == 1 ? matrix.permuted([1, 0]) : matrix
            }
            image.name = node("MatMul", axis == 1 ? [image.name, matrix] : [matrix, image.name])
            image.spatial[axis] = target[axis]
        }
        return image
    }
}
