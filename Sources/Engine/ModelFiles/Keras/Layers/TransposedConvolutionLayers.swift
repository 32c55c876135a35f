import ONNX
import Tensors

/// `Conv1DTranspose`, `Conv2DTranspose`, `Conv3DTranspose`.
protocol TransposedConvolutionLayer: SingleOutputLayer {
    static var spatialRank: Int { get }
}

enum TransposedConvolutionLayer1D: TransposedConvolutionLayer { static let spatialRank = 1 }
enum TransposedConvolutionLayer2D: TransposedConvolutionLayer { static let spatialRank = 2 }
enum TransposedConvolutionLayer3D: TransposedConvolutionLayer { static let spatialRank = 3 }

extension TransposedConvolutionLayer {
    static func weights(_ config: KerasConfig) throws(ModelFileError) -> [KerasWeight] {
        try [KerasWeight("kernel")] + config.biasWeight()
    }

    static func convert(_ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        let config = call.config
        let filters = try config.count("filters")
        guard try config.count("groups", default: 1) == 1 else {
            throw config.unsupported("has groups, which are not supported for this layer")
        }
        var image = try call.image(&graph, spatialRank: spatialRank)
        let window = try KerasWindow(convolution: config, rank: spatialRank)
        guard !window.isCausal else { throw config.unsupported("has padding 'causal', which is not supported") }
        let kernel = try call.weight("kernel", window.kernel + [filters, image.channels])
        let weights = graph.constant("kernel") { kernel.convolutionOrder() }
        let inputs = [image.name, weights] + (try call.bias(filters, &graph))
        let edges = try edges(window, config)
        image.name = graph.node(
            "ConvTranspose", inputs,
            [
                "kernel_shape": .ints(window.kernel), "strides": .ints(window.strides),
                "dilations": .ints(window.dilations), "pads": .ints(edges.map(\.before) + edges.map(\.after)),
                "output_padding": .ints(edges.map(\.added)),
            ])
        image.spatial = try image.spatial.enumerated().map { axis, length throws(ModelFileError) in
            guard let length else { return nil }
            let edge = edges[axis]
            let (full, overflow) = (length - 1).multipliedReportingOverflow(by: window.strides[axis])
            let result = overflow ? 0 : full + window.extent(axis) + edge.added - edge.before - edge.after
            guard result > 0 else { throw config.damaged("gives an axis of length \(length) no sensible length") }
            return result
        }
        image.channels = filters
        return try call.activated(image.tensor, &graph)
    }

    /// What is cut off the full result before and after, and added after, on each axis.
    ///
    /// The full result of n values has the length (n − 1) · stride + extent. "Same" wants n · stride, or a length that
    /// follows from `output_padding`; the odd element is cut off after.
    private static func edges(
        _ window: KerasWindow, _ config: KerasConfig
    ) throws(ModelFileError) -> [(before: Int, after: Int, added: Int)] {
        var paddings: [Int?] = Array(repeating: nil, count: window.kernel.count)
        if let stated = try config.list("output_padding") {
            guard stated.count == 1 || stated.count == paddings.count, stated.allSatisfy({ $0 >= 0 }) else {
                throw config.damaged("has an output padding that makes no sense")
            }
            paddings = stated.count == 1 ? paddings.map { _ in stated[0] } : stated
        }
        return paddings.enumerated().map { axis, padding in
            let (extent, stride) = (window.extent(axis), window.strides[axis])
            guard window.isSame else { return (0, 0, padding ?? max(0, stride - extent)) }
            // As in `keras/src/backend/common/backend_utils.py`.
            let kept = padding.map { extent + extent % 2 - 2 + $0 } ?? stride + extent - 2
            let left = min(kept / 2 + kept % 2, extent - 1)
            let after = extent - 1 - (kept - left)
            return (extent - 1 - left, max(0, after), max(0, -after))
        }
    }
}
