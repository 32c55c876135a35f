import JSON
import ONNX
import Tensors

/// Writes the operations of one type of layer.
///
/// A new layer is a new converter and a line in `KerasLayers.groups`.
protocol KerasLayerConverter: SendableMetatype {
    /// Whether the mask of the first input is that of the first output too.
    ///
    /// Layers that make a mask set it on their outputs; others lose it, as in Keras.
    static var passesMask: Bool { get }

    /// The weights that a layer of these settings has, in the order in which Keras saves them.
    static func weights(_ config: KerasConfig) throws(ModelFileError) -> [KerasWeight]

    /// Writes one call of a layer and returns its outputs.
    static func outputs(of call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> [KerasTensor]
}

extension KerasLayerConverter {
    static var passesMask: Bool { false }

    static func weights(_ config: KerasConfig) throws(ModelFileError) -> [KerasWeight] { [] }
}

/// A layer of one output.
protocol SingleOutputLayer: KerasLayerConverter {
    /// Writes one call of a layer.
    static func convert(_ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor
}

extension SingleOutputLayer {
    static func outputs(of call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> [KerasTensor] {
        [try convert(call, &graph)]
    }
}

/// One call of a layer: its settings, what it reads, its weights.
struct KerasLayerCall {
    let config: KerasConfig
    /// The inputs in the narrow sense, without their masks.
    let inputs: [KerasTensor]
    let weights: [String: Tensor]
    let version: KerasVersion
    /// The masks of the inputs.
    var masks: [String?] = []
    /// How the call hands its values over.
    var arguments = KerasArguments()
    /// Everything the call reads, with masks, by the positions that `arguments` name.
    var values: [KerasTensor] = []

    /// The value that a layer of one input reads.
    func input() throws(ModelFileError) -> KerasTensor {
        guard inputs.count == 1, let input = inputs.first else {
            throw config.damaged("reads \(inputs.count) values instead of one")
        }
        return input
    }

    /// The values of an argument that is given by name.
    func tensors(_ keyword: String) -> [KerasTensor] {
        (arguments.keywords[keyword]?.tensors ?? []).map { values[$0] }
    }

    /// The masks that a call states, each in its place; nil for inputs without one.
    func statedMasks(_ graph: inout KerasGraph) -> [String?] {
        guard let argument = arguments.keywords["mask"], !argument.isNull else { return [] }
        let elements = if case .list(let elements) = argument { elements } else { [argument] }
        return elements.map { element in
            element.tensors.first.map { graph.truth(graph.native(values[$0]).name) }
        }
    }

    /// A value of truth that a call states, such as `use_causal_mask`.
    func flag(_ keyword: String) -> Bool {
        guard case .constant(let value)? = arguments.keywords[keyword] else { return false }
        return value.boolValue ?? false
    }

    /// The mask of the first input: one that is stated, or the one that the input carries.
    func mask(_ graph: inout KerasGraph) -> String? {
        if let stated = tensors("mask").first { return graph.truth(graph.native(stated).name) }
        return masks.first.flatMap(\.self)
    }

    /// The same call of another layer, whose weights have a part's name in front.
    func part(_ part: String, _ config: KerasConfig, inputs: [KerasTensor]) -> KerasLayerCall {
        let prefix = part + "/"
        var inner: [String: Tensor] = [:]
        for (name, tensor) in weights where name.hasPrefix(prefix) {
            inner[String(name.dropFirst(prefix.count))] = tensor
        }
        return KerasLayerCall(config: config, inputs: inputs, weights: inner, version: version)
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

    /// A weight of a shape if the layer has it.
    func optionalWeight(_ name: String, _ shape: [Int?]) throws(ModelFileError) -> Tensor? {
        weights[name] == nil ? nil : try weight(name, shape)
    }

    /// An axis of a value as a position from 0, from a setting that may count from the end.
    func axis(_ axis: Int, of value: KerasTensor) throws(ModelFileError) -> Int {
        let position = axis < 0 ? axis + value.rank : axis
        guard (0..<value.rank).contains(position) else {
            throw config.damaged("has axis \(axis), but its input has \(value.rank) axes")
        }
        return position
    }

    /// Different axes of a value, sorted, from a setting that may count from the end.
    func axes(_ setting: [Int], of value: KerasTensor) throws(ModelFileError) -> [Int] {
        var axes: [Int] = []
        for axis in setting { axes.append(try self.axis(axis, of: value)) }
        guard Set(axes).count == axes.count else { throw config.damaged("names an axis twice") }
        return axes.sorted()
    }

    /// Applies the layer's activation to its result.
    func activated(_ value: KerasTensor, _ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        try KerasActivation.apply(config.value("activation"), to: value, of: self, &graph)
    }
}
