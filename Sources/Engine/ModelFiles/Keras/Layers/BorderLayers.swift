import JSON
import ONNX

/// `ZeroPadding1D`, `ZeroPadding2D`, `ZeroPadding3D`.
protocol ZeroPaddingLayer: SingleOutputLayer {
    static var spatialRank: Int { get }
}

enum ZeroPaddingLayer1D: ZeroPaddingLayer { static let spatialRank = 1 }
enum ZeroPaddingLayer2D: ZeroPaddingLayer { static let spatialRank = 2 }
enum ZeroPaddingLayer3D: ZeroPaddingLayer { static let spatialRank = 3 }

extension ZeroPaddingLayer {
    static func convert(_ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        var image = try call.image(&graph, spatialRank: spatialRank)
        let borders = try call.borders("padding", rank: spatialRank, default: 1)
        let pads = [0, 0] + borders.map(\.before) + [0, 0] + borders.map(\.after)
        image.name = graph.node("Pad", [image.name, graph.integers(pads)], ["mode": "constant"])
        image.spatial = zip(image.spatial, borders).map { length, border in
            length.map { $0 + border.before + border.after }
        }
        return image.tensor
    }
}

/// `Cropping1D`, `Cropping2D`, `Cropping3D`.
protocol CroppingLayer: SingleOutputLayer {
    static var spatialRank: Int { get }
}

enum CroppingLayer1D: CroppingLayer { static let spatialRank = 1 }
enum CroppingLayer2D: CroppingLayer { static let spatialRank = 2 }
enum CroppingLayer3D: CroppingLayer { static let spatialRank = 3 }

extension CroppingLayer {
    static func convert(_ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        var image = try call.image(&graph, spatialRank: spatialRank)
        let borders = try call.borders("cropping", rank: spatialRank, default: spatialRank == 2 ? 0 : 1)
        let ends = borders.map { $0.after == 0 ? Int(Int32.max) : -$0.after }
        image.name = graph.node(
            "Slice",
            [
                image.name, graph.integers(borders.map(\.before)), graph.integers(ends),
                graph.integers(Array(2..<2 + spatialRank)),
            ])
        for (axis, border) in borders.enumerated() {
            guard let length = image.spatial[axis] else { continue }
            let rest = length - border.before - border.after
            guard rest > 0 else { throw call.config.damaged("cuts everything off an axis of length \(length)") }
            image.spatial[axis] = rest
        }
        return image.tensor
    }
}

extension KerasLayerCall {
    /// Widths before and after each axis: a number for all, a number for each, or a pair for each.
    fileprivate func borders(
        _ key: String, rank: Int, default fallback: Int
    ) throws(ModelFileError) -> [(before: Int, after: Int)] {
        guard let value = config.value(key) else { return Array(repeating: (fallback, fallback), count: rank) }
        let elements = value.arrayValue ?? []
        let pairs: [(Int?, Int?)] =
            if let number = value.intValue {
                Array(repeating: (number, number), count: rank)
            } else if rank == 1, elements.count == 2, let before = elements[0].intValue {
                // A pair for the only axis.
                [(before, elements[1].intValue)]
            } else {
                elements.map { element in
                    element.intValue.map { ($0, $0) } ?? (element[0]?.intValue, element[1]?.intValue)
                }
            }
        let borders = pairs.compactMap { before, after -> (before: Int, after: Int)? in
            guard let before, let after, (0...1 << 24).contains(before), (0...1 << 24).contains(after) else {
                return nil
            }
            return (before, after)
        }
        guard pairs.count == rank, borders.count == rank else { throw config.damaged("'\(key)' is \(value.text())") }
        return borders
    }
}
