import ONNX

/// The largest or the mean value of a window.
protocol PoolingLayer: KerasLayerConverter {
    static var spatialRank: Int { get }
    static var operation: String { get }
}

enum MaxPoolingLayer1D: PoolingLayer {
    static let spatialRank = 1
    static let operation = "MaxPool"
}

enum MaxPoolingLayer2D: PoolingLayer {
    static let spatialRank = 2
    static let operation = "MaxPool"
}

enum AveragePoolingLayer1D: PoolingLayer {
    static let spatialRank = 1
    static let operation = "AveragePool"
}

enum AveragePoolingLayer2D: PoolingLayer {
    static let spatialRank = 2
    static let operation = "AveragePool"
}

extension PoolingLayer {
    static func convert(_ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        let config = call.config
        var image = try call.image(&graph, spatialRank: spatialRank)
        let size = try config.counts("pool_size", rank: spatialRank)
        let strides = try config.counts("strides", rank: spatialRank, default: size)
        let window = try KerasWindow(config, kernel: size, strides: strides)
        var attributes = window.attributes(over: image.spatial, hasDilations: false)
        // Keras leaves padding out of the mean, which is what ONNX does by default; stated for the reader.
        if operation == "AveragePool" { attributes["count_include_pad"] = 0 }
        image.name = graph.node(operation, [image.name], attributes)
        image.spatial = try window.output(of: image.spatial, config)
        return image.tensor
    }
}

/// The largest or the mean value of each channel.
protocol GlobalPoolingLayer: KerasLayerConverter {
    static var spatialRank: Int { get }
    static var operation: String { get }
}

enum GlobalMaxPoolingLayer1D: GlobalPoolingLayer {
    static let spatialRank = 1
    static let operation = "GlobalMaxPool"
}

enum GlobalMaxPoolingLayer2D: GlobalPoolingLayer {
    static let spatialRank = 2
    static let operation = "GlobalMaxPool"
}

enum GlobalAveragePoolingLayer1D: GlobalPoolingLayer {
    static let spatialRank = 1
    static let operation = "GlobalAveragePool"
}

enum GlobalAveragePoolingLayer2D: GlobalPoolingLayer {
    static let spatialRank = 2
    static let operation = "GlobalAveragePool"
}

extension GlobalPoolingLayer {
    static func convert(_ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        var image = try call.image(&graph, spatialRank: spatialRank)
        image.name = graph.node(operation, [image.name])
        image.spatial = Array(repeating: 1, count: spatialRank)
        if try call.config.bool("keepdims", default: false) { return image.tensor }
        let name = graph.node("Flatten", [image.name], ["axis": 1])
        return KerasTensor(name: name, shape: [image.batch, image.channels])
    }
}
