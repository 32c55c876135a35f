import ONNX
import Tensors

/// `Conv1D`, `Conv2D`, `Conv3D`.
protocol ConvolutionLayer: KerasLayerConverter {
    static var spatialRank: Int { get }
}

enum ConvolutionLayer1D: ConvolutionLayer { static let spatialRank = 1 }
enum ConvolutionLayer2D: ConvolutionLayer { static let spatialRank = 2 }
enum ConvolutionLayer3D: ConvolutionLayer { static let spatialRank = 3 }

extension ConvolutionLayer {
    static func weights(_ config: KerasConfig) throws(ModelFileError) -> [KerasWeight] {
        try [KerasWeight("kernel")] + (config.bool("use_bias", default: true) ? [KerasWeight("bias")] : [])
    }

    static func convert(_ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        let config = call.config
        let filters = try config.count("filters")
        let groups = try config.count("groups", default: 1)
        var image = try call.image(&graph, spatialRank: spatialRank)
        let window = try KerasWindow(convolution: config, rank: spatialRank)
        guard filters % groups == 0, (image.channels ?? groups) % groups == 0 else {
            throw config.damaged("has \(groups) groups, which divide neither channels nor filters")
        }
        let kernel = try call.weight("kernel", window.kernel + [image.channels.map { $0 / groups }, filters])
        let weights = graph.constant("kernel") { kernel.convolutionOrder() }
        var inputs = [image.name, weights]
        if try config.bool("use_bias", default: true) {
            let bias = try call.weight("bias", [filters])
            inputs.append(graph.constant("bias") { bias })
        }
        var attributes = window.attributes(over: image.spatial, hasDilations: true)
        attributes["group"] = .int(groups)
        image.name = graph.node("Conv", inputs, attributes)
        image.spatial = try window.output(of: image.spatial, config)
        image.channels = filters
        return try call.activated(image.tensor, &graph)
    }
}

/// `DepthwiseConv2D`: filters of their own for each channel.
enum DepthwiseConvolutionLayer: KerasLayerConverter {
    static func weights(_ config: KerasConfig) throws(ModelFileError) -> [KerasWeight] {
        try [KerasWeight("depthwise_kernel")] + (config.bool("use_bias", default: true) ? [KerasWeight("bias")] : [])
    }

    static func convert(_ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        var image = try call.image(&graph, spatialRank: 2)
        try call.depthwise(&image, &graph, hasBias: try call.config.bool("use_bias", default: true))
        return try call.activated(image.tensor, &graph)
    }
}

/// `SeparableConv2D`: depthwise, then a convolution of one pixel across the channels.
enum SeparableConvolutionLayer: KerasLayerConverter {
    static func weights(_ config: KerasConfig) throws(ModelFileError) -> [KerasWeight] {
        try [KerasWeight("depthwise_kernel"), KerasWeight("pointwise_kernel")]
            + (config.bool("use_bias", default: true) ? [KerasWeight("bias")] : [])
    }

    static func convert(_ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        let filters = try call.config.count("filters")
        var image = try call.image(&graph, spatialRank: 2)
        try call.depthwise(&image, &graph, hasBias: false)
        let kernel = try call.weight("pointwise_kernel", [1, 1, image.channels, filters])
        var inputs = [image.name, graph.constant("pointwise_kernel") { kernel.convolutionOrder() }]
        if try call.config.bool("use_bias", default: true) {
            let bias = try call.weight("bias", [filters])
            inputs.append(graph.constant("bias") { bias })
        }
        image.name = graph.node("Conv", inputs, ["kernel_shape": [1, 1]])
        image.channels = filters
        return try call.activated(image.tensor, &graph)
    }
}

extension KerasLayerCall {
    /// Convolves every channel with filters of its own.
    fileprivate func depthwise(
        _ image: inout KerasImage, _ graph: inout KerasGraph, hasBias: Bool
    ) throws(ModelFileError) {
        let multiplier = try config.count("depth_multiplier", default: 1)
        let window = try KerasWindow(convolution: config, rank: 2)
        let kernel = try weight("depthwise_kernel", window.kernel + [image.channels, multiplier])
        let channels = kernel.shape[2]
        let (results, overflow) = channels.multipliedReportingOverflow(by: multiplier)
        guard !overflow else { throw config.damaged("has too many channels") }
        let weights = graph.constant("depthwise_kernel") {
            kernel.permuted([2, 3, 0, 1]).reshaped([results, 1] + window.kernel)
        }
        var inputs = [image.name, weights]
        if hasBias {
            let bias = try weight("bias", [results])
            inputs.append(graph.constant("bias") { bias })
        }
        var attributes = window.attributes(over: image.spatial, hasDilations: true)
        attributes["group"] = .int(channels)
        image.name = graph.node("Conv", inputs, attributes)
        image.spatial = try window.output(of: image.spatial, config)
        image.channels = results
    }
}

extension KerasWindow {
    /// The window of a convolution.
    fileprivate init(convolution config: KerasConfig, rank: Int) throws(ModelFileError) {
        try self.init(
            config, kernel: try config.counts("kernel_size", rank: rank),
            strides: try config.counts("strides", rank: rank, default: Array(repeating: 1, count: rank)))
    }
}

extension Tensor {
    /// A kernel `[…, in, out]` of Keras as `[out, in, …]` of ONNX.
    fileprivate func convolutionOrder() -> Tensor {
        let rank = shape.count
        return permuted([rank - 1, rank - 2] + Array(0..<rank - 2))
    }
}
