import ONNX
import Tensors

/// `Conv1D`, `Conv2D`, `Conv3D`.
protocol ConvolutionLayer: SingleOutputLayer {
    static var spatialRank: Int { get }
}

enum ConvolutionLayer1D: ConvolutionLayer { static let spatialRank = 1 }
enum ConvolutionLayer2D: ConvolutionLayer { static let spatialRank = 2 }
enum ConvolutionLayer3D: ConvolutionLayer { static let spatialRank = 3 }

extension ConvolutionLayer {
    static func weights(_ config: KerasConfig) throws(ModelFileError) -> [KerasWeight] {
        try [KerasWeight("kernel")] + config.biasWeight()
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
        let inputs = [image.name, weights] + (try call.bias(filters, &graph))
        var attributes = window.attributes(over: image.spatial, hasDilations: true)
        attributes["group"] = .int(groups)
        image.name = graph.node("Conv", inputs, attributes)
        image.spatial = try window.output(of: image.spatial, config)
        image.channels = filters
        return try call.activated(image.tensor, &graph)
    }
}

/// `DepthwiseConv1D`, `DepthwiseConv2D`: filters of their own for each channel.
protocol DepthwiseLayer: SingleOutputLayer {
    static var spatialRank: Int { get }
}

enum DepthwiseLayer1D: DepthwiseLayer { static let spatialRank = 1 }
enum DepthwiseLayer2D: DepthwiseLayer { static let spatialRank = 2 }

extension DepthwiseLayer {
    static func weights(_ config: KerasConfig) throws(ModelFileError) -> [KerasWeight] {
        // Keras 3 calls it "kernel"; names matter only where the number of weights does not tell.
        try [KerasWeight("depthwise_kernel")] + config.biasWeight()
    }

    static func convert(_ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        var image = try call.image(&graph, spatialRank: spatialRank)
        try call.depthwise(&image, &graph, hasBias: true)
        return try call.activated(image.tensor, &graph)
    }
}

/// `SeparableConv1D`, `SeparableConv2D`: depthwise, then a convolution of one pixel across the channels.
protocol SeparableLayer: SingleOutputLayer {
    static var spatialRank: Int { get }
}

enum SeparableLayer1D: SeparableLayer { static let spatialRank = 1 }
enum SeparableLayer2D: SeparableLayer { static let spatialRank = 2 }

extension SeparableLayer {
    static func weights(_ config: KerasConfig) throws(ModelFileError) -> [KerasWeight] {
        try [KerasWeight("depthwise_kernel"), KerasWeight("pointwise_kernel")] + config.biasWeight()
    }

    static func convert(_ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        let filters = try call.config.count("filters")
        var image = try call.image(&graph, spatialRank: spatialRank)
        try call.depthwise(&image, &graph, hasBias: false)
        let ones = Array(repeating: 1, count: spatialRank)
        let kernel = try call.weight("pointwise_kernel", ones + [image.channels, filters])
        let weights = graph.constant("pointwise_kernel") { kernel.convolutionOrder() }
        let inputs = [image.name, weights] + (try call.bias(filters, &graph))
        image.name = graph.node("Conv", inputs, ["kernel_shape": .ints(ones)])
        image.channels = filters
        return try call.activated(image.tensor, &graph)
    }
}

extension KerasConfig {
    /// The weight of the bias, if the layer has one.
    func biasWeight() throws(ModelFileError) -> [KerasWeight] {
        try bool("use_bias", default: true) ? [KerasWeight("bias")] : []
    }
}

extension KerasLayerCall {
    /// The bias as a further input of an operation; nothing if the layer has none.
    func bias(_ length: Int, _ graph: inout KerasGraph) throws(ModelFileError) -> [String] {
        guard try config.bool("use_bias", default: true) else { return [] }
        let bias = try weight("bias", [length])
        return [graph.constant("bias") { bias }]
    }

    /// Convolves every channel with filters of its own.
    fileprivate func depthwise(
        _ image: inout KerasImage, _ graph: inout KerasGraph, hasBias: Bool
    ) throws(ModelFileError) {
        let multiplier = try config.count("depth_multiplier", default: 1)
        let rank = image.spatial.count
        let window = try KerasWindow(convolution: config, rank: rank)
        let kernel = try weight("depthwise_kernel", window.kernel + [image.channels, multiplier])
        let channels = kernel.shape[rank]
        let (results, overflow) = channels.multipliedReportingOverflow(by: multiplier)
        guard !overflow else { throw config.damaged("has too many channels") }
        let weights = graph.constant("depthwise_kernel") {
            kernel.permuted([rank, rank + 1] + Array(0..<rank)).reshaped([results, 1] + window.kernel)
        }
        let inputs = [image.name, weights] + (hasBias ? try bias(results, &graph) : [])
        var attributes = window.attributes(over: image.spatial, hasDilations: true)
        attributes["group"] = .int(channels)
        image.name = graph.node("Conv", inputs, attributes)
        image.spatial = try window.output(of: image.spatial, config)
        image.channels = results
    }
}

extension KerasWindow {
    /// The window of a convolution.
    init(convolution config: KerasConfig, rank: Int) throws(ModelFileError) {
        try self.init(
            config, kernel: try config.counts("kernel_size", rank: rank),
            strides: try config.counts("strides", rank: rank, default: Array(repeating: 1, count: rank)))
    }
}

extension Tensor {
    /// A kernel `[…, in, out]` of Keras as `[out, in, …]` of ONNX, or `[…, out, in]` as `[in, out, …]`.
    func convolutionOrder() -> Tensor {
        let rank = shape.count
        return permuted([rank - 1, rank - 2] + Array(0..<rank - 2))
    }
}
