import JSON
import ONNX
import Tensors

/// `MaxPool1d`, `MaxPool2d`, `MaxPool3d`.
enum TorchMaxPool: TorchLayerConverter {
    static let settings: Set<String> = [
        "kernel_size", "size", "stride", "padding", "dilation", "return_indices", "ceil_mode",
    ]

    static func convert(
        _ layer: TorchLayer, _ value: TorchLayerValue, _ graph: inout TorchLayerGraph
    ) throws(ModelFileError) -> TorchLayerValue {
        guard try !layer.bool("return_indices", default: false) else {
            throw layer.unsupported("returns indices, which is not supported")
        }
        let (window, spatial) = try layer.pool(over: value)
        return TorchLayerValue(
            name: graph.node("MaxPool", [value.name], window.attributes), shape: [value.shape[0]] + spatial)
    }
}

/// `AvgPool1d`, `AvgPool2d`, `AvgPool3d`.
enum TorchAveragePool: TorchLayerConverter {
    static let settings: Set<String> = [
        "kernel_size", "size", "stride", "padding", "ceil_mode", "count_include_pad", "divisor_override",
    ]

    static func convert(
        _ layer: TorchLayer, _ value: TorchLayerValue, _ graph: inout TorchLayerGraph
    ) throws(ModelFileError) -> TorchLayerValue {
        guard !layer.has("divisor_override") else {
            throw layer.unsupported("has 'divisor_override', which is not supported")
        }
        var (window, spatial) = try layer.pool(over: value)
        var value = value
        if try layer.bool("count_include_pad", default: true), window.before.contains(where: { $0 > 0 }) {
            // The padding counts, but not what ceil_mode adds at the end: so it becomes part of the input.
            let padding = window.before
            value = try TorchPad.pad(layer, value, before: padding, after: padding, mode: "zeros", &graph)
            window.before = padding.map { _ in 0 }
            window.after = zip(window.after, padding).map { max(0, $0 - $1) }
        }
        var attributes = window.attributes
        attributes["count_include_pad"] = 0
        return TorchLayerValue(
            name: graph.node("AveragePool", [value.name], attributes), shape: [value.shape[0]] + spatial)
    }
}

/// `AdaptiveAvgPool1d`, `AdaptiveAvgPool2d`, `AdaptiveAvgPool3d`.
enum TorchAdaptiveAveragePool: TorchLayerConverter {
    static let settings: Set<String> = ["output_size"]

    static func convert(
        _ layer: TorchLayer, _ value: TorchLayerValue, _ graph: inout TorchLayerGraph
    ) throws(ModelFileError) -> TorchLayerValue {
        let size = try layer.adaptiveSize(of: value)
        let shape = [value.shape[0]] + size
        if size.allSatisfy({ $0 == 1 }) {
            return TorchLayerValue(name: graph.node("GlobalAveragePool", [value.name]), shape: shape)
        }
        if let window = TorchWindow(dividing: Array(value.shape.dropFirst()), into: size) {
            return TorchLayerValue(name: graph.node("AveragePool", [value.name], window.attributes), shape: shape)
        }
        guard size.count == 2 else {
            throw layer.unsupported("divides \(value.shape) into \(size) parts of different lengths")
        }
        // Windows of different lengths: each axis is multiplied by the weights of its means.
        let rows = graph.constant(means(of: value.shape[1], parts: size[0], areColumns: false))
        let columns = graph.constant(means(of: value.shape[2], parts: size[1], areColumns: true))
        let narrow = graph.node("MatMul", [value.name, columns])
        return TorchLayerValue(name: graph.node("MatMul", [rows, narrow]), shape: shape)
    }

    /// The matrix that takes means: part i reaches from ⌊i · length ÷ parts⌋ to ⌈(i + 1) · length ÷ parts⌉.
    private static func means(of length: Int, parts: Int, areColumns: Bool) -> Tensor {
        var matrix = Tensor(zeros: areColumns ? [length, parts] : [parts, length])
        for part in 0..<parts {
            let start = part * length / parts
            let end = ((part + 1) * length + parts - 1) / parts
            for index in start..<end {
                matrix.values[areColumns ? index * parts + part : part * length + index] = 1 / Float(end - start)
            }
        }
        return matrix
    }
}

/// `AdaptiveMaxPool1d`, `AdaptiveMaxPool2d`, `AdaptiveMaxPool3d`.
enum TorchAdaptiveMaxPool: TorchLayerConverter {
    static let settings: Set<String> = ["output_size", "return_indices"]

    static func convert(
        _ layer: TorchLayer, _ value: TorchLayerValue, _ graph: inout TorchLayerGraph
    ) throws(ModelFileError) -> TorchLayerValue {
        let size = try layer.adaptiveSize(of: value)
        guard try !layer.bool("return_indices", default: false),
            let window = TorchWindow(dividing: Array(value.shape.dropFirst()), into: size)
        else {
            throw layer.unsupported("divides \(value.shape) into \(size) parts of different lengths")
        }
        return TorchLayerValue(
            name: graph.node("MaxPool", [value.name], window.attributes), shape: [value.shape[0]] + size)
    }
}

extension TorchWindow {
    /// Windows of equal length beside each other; nil where the parts do not divide the lengths.
    fileprivate init?(dividing lengths: [Int], into parts: [Int]) {
        guard zip(lengths, parts).allSatisfy({ $0.isMultiple(of: $1) }) else { return nil }
        let kernel = zip(lengths, parts).map { $0 / $1 }
        self.init(kernel: kernel, stride: kernel, dilation: kernel.map { _ in 1 })
    }
}

extension TorchLayer {
    /// The window of a pool and the lengths of its result.
    fileprivate func pool(over value: TorchLayerValue) throws(ModelFileError) -> (window: TorchWindow, spatial: [Int]) {
        let rank = try spatialRank(of: value)
        let kernel = try ints("kernel_size", "size", rank: rank, least: 1)
        let padding = try ints("padding", rank: rank, default: kernel.map { _ in 0 })
        var window = TorchWindow(
            kernel: kernel, stride: try ints("stride", rank: rank, least: 1, default: kernel),
            dilation: try ints("dilation", rank: rank, least: 1, default: kernel.map { _ in 1 }), before: padding,
            after: padding)
        guard zip(padding, kernel).allSatisfy({ $0 <= $1 / 2 }) else {
            throw misfit("has a padding of \(padding), more than half of its window of \(kernel)")
        }
        let lengths = Array(value.shape.dropFirst())
        if try bool("ceil_mode", default: false) { window.roundUp(for: lengths) }
        return (window, try window.output(of: lengths, self))
    }

    /// The lengths an adaptive pool makes; `None` keeps one.
    fileprivate func adaptiveSize(of value: TorchLayerValue) throws(ModelFileError) -> [Int] {
        let rank = try spatialRank(of: value)
        let lengths = Array(value.shape.dropFirst())
        var size = lengths
        if let parts = settings["output_size"]?.arrayValue, parts.count == rank, parts.contains(where: \.isNull) {
            for (axis, part) in parts.enumerated() where !part.isNull { size[axis] = part.intValue ?? 0 }
        } else {
            size = try ints("output_size", rank: rank, least: 1)
        }
        guard zip(size, lengths).allSatisfy({ $0 >= 1 && $0 <= 1 << 20 && $1 <= 1 << 20 }) else {
            throw misfit("has an impossible 'output_size'")
        }
        // More parts than values are possible, but nobody means that, and the matrices would be large.
        guard zip(size, lengths).allSatisfy({ $0 <= max(64, $1) }) else {
            throw unsupported("makes \(size) of \(lengths), which is not supported")
        }
        return size
    }
}
