import ONNX
import Tensors

/// `AdaptiveAveragePooling…` and `AdaptiveMaxPooling…`: as many windows as results are wanted.
protocol AdaptivePoolingLayer: SingleOutputLayer {
    static var spatialRank: Int { get }
    static var isMaximum: Bool { get }
}

protocol AdaptiveAveragePoolingLayer: AdaptivePoolingLayer {}
extension AdaptiveAveragePoolingLayer { static var isMaximum: Bool { false } }
enum AdaptiveAveragePoolingLayer1D: AdaptiveAveragePoolingLayer { static let spatialRank = 1 }
enum AdaptiveAveragePoolingLayer2D: AdaptiveAveragePoolingLayer { static let spatialRank = 2 }
enum AdaptiveAveragePoolingLayer3D: AdaptiveAveragePoolingLayer { static let spatialRank = 3 }

protocol AdaptiveMaxPoolingLayer: AdaptivePoolingLayer {}
extension AdaptiveMaxPoolingLayer { static var isMaximum: Bool { true } }
enum AdaptiveMaxPoolingLayer1D: AdaptiveMaxPoolingLayer { static let spatialRank = 1 }
enum AdaptiveMaxPoolingLayer2D: AdaptiveMaxPoolingLayer { static let spatialRank = 2 }
enum AdaptiveMaxPoolingLayer3D: AdaptiveMaxPoolingLayer { static let spatialRank = 3 }

extension AdaptivePoolingLayer {
    static func convert(_ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        let config = call.config
        var image = try call.image(&graph, spatialRank: spatialRank)
        let sizes = try config.counts("output_size", rank: spatialRank)
        for (axis, size) in sizes.enumerated() {
            guard let length = image.spatial[axis] else {
                throw config.unsupported("divides an axis whose length is not known, which is not supported")
            }
            // Each result is an operation of its own.
            guard size <= 1024, length <= 1 << 20 else { throw config.unsupported("gives more than 1024 results") }
            let windows = (0..<size).map { index in
                (start: index * length / size, end: ((index + 1) * length + size - 1) / size)
            }
            image.name = pooled(image.name, axis: axis + 2, windows, &graph)
            image.spatial[axis] = size
        }
        return image.tensor
    }

    /// Pools along one axis, which is exact since all windows of an axis lie alike across the others.
    private static func pooled(
        _ name: String, axis: Int, _ windows: [(start: Int, end: Int)], _ graph: inout KerasGraph
    ) -> String {
        let operation = isMaximum ? "ReduceMax" : "ReduceMean"
        let parts = windows.map { window in
            let part = graph.slice(name, axis: axis, from: window.start, to: window.end)
            return graph.node(operation, [part], ["axes": .ints([axis]), "keepdims": 1])
        }
        return parts.count == 1 ? parts[0] : graph.node("Concat", parts, ["axis": .int(axis)])
    }
}
