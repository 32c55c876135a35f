import ONNX

/// The largest or the mean value of a window.
protocol PoolingLayer: SingleOutputLayer {
    static var spatialRank: Int { get }
    static var operation: String { get }
}

protocol MaxPoolingLayer: PoolingLayer {}
extension MaxPoolingLayer { static var operation: String { "MaxPool" } }
enum MaxPoolingLayer1D: MaxPoolingLayer { static let spatialRank = 1 }
enum MaxPoolingLayer2D: MaxPoolingLayer { static let spatialRank = 2 }
enum MaxPoolingLayer3D: MaxPoolingLayer { static let spatialRank = 3 }

protocol AveragePoolingLayer: PoolingLayer {}
extension AveragePoolingLayer { static var operation: String { "AveragePool" } }
enum AveragePoolingLayer1D: AveragePoolingLayer { static let spatialRank = 1 }
enum AveragePoolingLayer2D: AveragePoolingLayer { static let spatialRank = 2 }
enum AveragePoolingLayer3D: AveragePoolingLayer { static let spatialRank = 3 }

extension PoolingLayer {
    static func convert(_ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        let config = call.config
        var image = try call.image(&graph, spatialRank: spatialRank)
        let size = try config.counts("pool_size", rank: spatialRank)
        let strides = try config.counts("strides", rank: spatialRank, default: size)
        let window = try KerasWindow(config, kernel: size, strides: strides)
        guard !window.isCausal else { throw config.unsupported("has padding 'causal', which is not supported") }
        var attributes = window.attributes(over: image.spatial, hasDilations: false)
        // Keras leaves padding out of the mean, which is what ONNX does by default; stated for the reader.
        if operation == "AveragePool" { attributes["count_include_pad"] = 0 }
        image.name = graph.node(operation, [image.name], attributes)
        image.spatial = try window.output(of: image.spatial, config)
        return image.tensor
    }
}

/// The largest or the mean value of each channel.
protocol GlobalPoolingLayer: SingleOutputLayer {
    static var spatialRank: Int { get }
    static var operation: String { get }
}

protocol GlobalMaxPoolingLayer: GlobalPoolingLayer {}
extension GlobalMaxPoolingLayer { static var operation: String { "GlobalMaxPool" } }
enum GlobalMaxPoolingLayer1D: GlobalMaxPoolingLayer { static let spatialRank = 1 }
enum GlobalMaxPoolingLayer2D: GlobalMaxPoolingLayer { static let spatialRank = 2 }
enum GlobalMaxPoolingLayer3D: GlobalMaxPoolingLayer { static let spatialRank = 3 }

protocol GlobalAveragePoolingLayer: GlobalPoolingLayer {}
extension GlobalAveragePoolingLayer { static var operation: String { "GlobalAveragePool" } }
enum GlobalAveragePoolingLayer1D: GlobalAveragePoolingLayer { static let spatialRank = 1 }
enum GlobalAveragePoolingLayer2D: GlobalAveragePoolingLayer { static let spatialRank = 2 }
enum GlobalAveragePoolingLayer3D: GlobalAveragePoolingLayer { static let spatialRank = 3 }

extension GlobalPoolingLayer {
    static func convert(_ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        if operation == "GlobalAveragePool", spatialRank == 1, let mask = call.mask(&graph) {
            return try masked(call, mask, &graph)
        }
        var image = try call.image(&graph, spatialRank: spatialRank)
        image.name = graph.node(operation, [image.name])
        image.spatial = Array(repeating: 1, count: spatialRank)
        if try call.config.bool("keepdims", default: false) { return image.tensor }
        let name = graph.node("Flatten", [image.name], ["axis": 1])
        return KerasTensor(name: name, shape: [image.batch, image.channels])
    }

    /// The mean of the steps that are not masked.
    private static func masked(
        _ call: KerasLayerCall, _ mask: String, _ graph: inout KerasGraph
    ) throws(ModelFileError) -> KerasTensor {
        let value = graph.native(try call.input())
        guard value.rank == 3 else { throw call.config.damaged("reads a value of \(value.rank) axes instead of 3") }
        let isChannelsFirst = try call.isChannelsFirst()
        let keepsAxes = try call.config.bool("keepdims", default: false)
        let (steps, channels) = isChannelsFirst ? (2, 1) : (1, 2)
        let truth = graph.unsqueezed(mask, [channels])
        let kept = graph.node("Where", [truth, value.name, graph.scalar(0)])
        let sum = graph.sum(kept, axes: [steps], keepsAxes: keepsAxes)
        let count = graph.sum(graph.floats(truth), axes: [steps], keepsAxes: keepsAxes)
        var shape = value.shape
        if keepsAxes { shape[steps] = 1 } else { shape.remove(at: steps) }
        return KerasTensor(name: graph.node("Div", [sum, count]), shape: shape)
    }
}
