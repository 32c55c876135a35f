import Tensors

/// Writes the operations of one type of layer.
///
/// A new layer is a new converter and a line in `KerasLayers.table`.
protocol KerasLayerConverter: SendableMetatype {
    /// The weights that a layer of these settings has, in the order in which Keras saves them.
    static func weights(_ config: KerasConfig) throws(ModelFileError) -> [KerasWeight]

    /// Writes one call of a layer.
    static func convert(_ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor
}

extension KerasLayerConverter {
    static func weights(_ config: KerasConfig) throws(ModelFileError) -> [KerasWeight] { [] }
}

/// One call of a layer: its settings, what it reads, its weights.
struct KerasLayerCall {
    let config: KerasConfig
    let inputs: [KerasTensor]
    let weights: [String: Tensor]
    let version: KerasVersion

    /// The value that a layer of one input reads.
    func input() throws(ModelFileError) -> KerasTensor {
        guard inputs.count == 1, let input = inputs.first else {
            throw config.damaged("reads \(inputs.count) values instead of one")
        }
        return input
    }

    /// The value that a layer over pictures reads, with channels second.
    ///
    /// - Parameter spatialRank: how many axes there are besides batch and channels.
    func image(_ graph: inout KerasGraph, spatialRank: Int) throws(ModelFileError) -> KerasImage {
        let value = try input()
        guard value.rank == spatialRank + 2 else {
            throw config.damaged("reads a value of \(value.rank) axes instead of \(spatialRank + 2)")
        }
        return graph.image(value, isKerasChannelsFirst: try isChannelsFirst())
    }

    /// Whether the settings put the channels second.
    func isChannelsFirst() throws(ModelFileError) -> Bool {
        switch try config.text("data_format", default: "channels_last") {
        case "channels_last": return false
        case "channels_first": return true
        case let other: throw config.unsupported("has the unknown data format '\(other)'")
        }
    }

    /// A weight of an expected shape; nil stands for any length above 0.
    func weight(_ name: String, _ shape: [Int?]) throws(ModelFileError) -> Tensor {
        guard let tensor = weights[name] else { throw config.damaged("has no weight '\(name)'") }
        let fits =
            tensor.shape.count == shape.count
            && zip(tensor.shape, shape).allSatisfy { $0 > 0 && ($1 == nil || $0 == $1) }
        guard fits else {
            let expected = shape.map { $0.map(String.init) ?? "any" }.joined(separator: ", ")
            throw config.damaged("has weight '\(name)' of shape \(tensor.shape) instead of [\(expected)]")
        }
        return tensor
    }

    /// An axis of a value as a position from 0, from a setting that may count from the end.
    func axis(_ axis: Int, of value: KerasTensor) throws(ModelFileError) -> Int {
        let position = axis < 0 ? axis + value.rank : axis
        guard (0..<value.rank).contains(position) else {
            throw config.damaged("has axis \(axis), but its input has \(value.rank) axes")
        }
        return position
    }

    /// Applies the layer's activation to its result.
    func activated(_ value: KerasTensor, _ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        try KerasActivation.apply(config.value("activation"), to: value, of: self, &graph)
    }
}
