import JSON
import ONNX
import Tensors

/// `SimpleRNN`, `GRU`, `LSTM`, `RNN` with cells, and their older relatives.
enum RecurrentLayer: KerasLayerConverter {
    static func weights(_ config: KerasConfig) throws(ModelFileError) -> [KerasWeight] {
        if let kind = RecurrentKind(config.type) {
            let folders = kind.isCuDNN ? [""] : ["cell", ""]
            return try StandardCell.weights(kind, config).map {
                KerasWeight($0.name, folders: folders)
            }
        }
        if ConvolutionalCell.spatialRank(of: config.type) != nil {
            return try ([KerasWeight("kernel"), KerasWeight("recurrent_kernel")] + config.biasWeight()).map {
                KerasWeight($0.name, folders: ["cell", ""])
            }
        }
        return try RecurrentCells.weights(try RecurrentCells.inner(config, "cell"), config).map {
            $0.inside("cell", folders: ["cell"])
        }
    }

    static func outputs(of call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> [KerasTensor] {
        var result = try pass(call, mask: call.mask(&graph), states(of: call), &graph)
        let isTimeMajor = try call.config.bool("time_major", default: false)
        if isTimeMajor, try call.config.bool("return_sequences", default: false) {
            result.output.name = graph.transposed(
                graph.native(result.output).name, by: [1, 0] + Array(2..<result.output.rank))
            result.output.shape.swapAt(0, 1)
        }
        return [result.output] + result.states
    }

    /// The states that a call gives: as further inputs or by name.
    static func states(of call: KerasLayerCall) -> [KerasTensor] {
        let named = call.tensors("initial_state").map { $0.unmasked() }
        if !named.isEmpty { return named }
        return Array(call.inputs.dropFirst())
    }

    /// What a layer gives in its own order of steps.
    struct Pass {
        /// The sequence in the order in which it was computed, or the last output.
        var output: KerasTensor
        /// Empty unless the layer returns them.
        var states: [KerasTensor]
    }

    /// One pass over the call's first input.
    static func pass(
        _ call: KerasLayerCall, mask: String?, _ initial: [KerasTensor], zerosOutputForMask: Bool? = nil,
        _ graph: inout KerasGraph
    ) throws(ModelFileError) -> Pass {
        let config = call.config
        guard let input = call.inputs.first, call.tensors("constants").isEmpty else {
            throw config.unsupported("is given constants beside its sequence, which is not supported")
        }
        var sequence = graph.native(input)
        if try config.bool("time_major", default: false), sequence.rank >= 3 {
            sequence.name = graph.transposed(sequence.name, by: [1, 0] + Array(2..<sequence.rank))
            sequence.shape.swapAt(0, 1)
        }
        let cell = try RecurrentCells.cell(of: call, &sequence, &graph)
        let zeros = try config.bool("zero_output_for_mask", default: false)
        let run = RecurrentRun(
            sequence: sequence, mask: mask, initial: try RecurrentCells.channelsFirst(initial, call, &graph),
            goesBackwards: try config.bool("go_backwards", default: false),
            zerosOutputForMask: zerosOutputForMask ?? zeros)
        var result = try run.run(cell, call, &graph)
        result = try RecurrentCells.channelsLast(result, call, &graph)
        let returnsSequences = try config.bool("return_sequences", default: false)
        var output = returnsSequences ? result.sequence : result.last
        if returnsSequences, run.goesBackwards { output.name = graph.reversed(output.name, axis: 1) }
        if returnsSequences { output.mask = mask }
        return Pass(
            output: output, states: try config.bool("return_state", default: false) ? result.states : [])
    }
}

/// `Bidirectional`: a recurrent layer and its mirror.
enum BidirectionalLayer: KerasLayerConverter {
    static func weights(_ config: KerasConfig) throws(ModelFileError) -> [KerasWeight] {
        let (forward, backward) = try layers(config)
        return try RecurrentLayer.weights(forward).map { $0.inside("forward", folders: ["forward_layer"]) }
            + RecurrentLayer.weights(backward).map { $0.inside("backward", folders: ["backward_layer"]) }
    }

    /// The settings of both layers.
    private static func layers(_ config: KerasConfig) throws(ModelFileError) -> (KerasConfig, KerasConfig) {
        let forward = try layer(config.value("layer"), config)
        if let stated = config.value("backward_layer") { return (forward, try layer(stated, config)) }
        var values = forward.values
        values["go_backwards"] = .bool(!(try forward.bool("go_backwards", default: false)))
        return (forward, KerasConfig(layer: config.layer, type: forward.type, values: values))
    }

    private static func layer(_ json: JSONValue?, _ config: KerasConfig) throws(ModelFileError) -> KerasConfig {
        guard let type = json?["class_name"]?.stringValue, let values = json?["config"]?.objectValue else {
            throw config.damaged("has no layer inside")
        }
        guard RecurrentKind(type) != nil || type == "RNN" || type.hasPrefix("ConvLSTM") else {
            throw config.unsupported("has a layer of type \(type) inside, which is not supported")
        }
        return KerasConfig(layer: config.layer, type: type, values: values)
    }

    static func outputs(of call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> [KerasTensor] {
        let (forward, backward) = try layers(call.config)
        guard let input = call.inputs.first else { throw call.config.damaged("reads nothing") }
        let mask = call.mask(&graph)
        let initial = RecurrentLayer.states(of: call)
        let half = initial.count / 2
        let returnsSequences = try forward.bool("return_sequences", default: false)
        let scope = graph.scope
        graph.scope = scope + "/forward"
        let ahead = try RecurrentLayer.pass(
            call.part("forward", forward, inputs: [input]), mask: mask, Array(initial[..<half]),
            zerosOutputForMask: returnsSequences, &graph)
        graph.scope = scope + "/backward"
        var back = try RecurrentLayer.pass(
            call.part("backward", backward, inputs: [input]), mask: mask, Array(initial[half...]),
            zerosOutputForMask: returnsSequences, &graph)
        graph.scope = scope
        if returnsSequences { back.output.name = graph.reversed(back.output.name, axis: 1) }
        var outputs = try merged(ahead.output, back.output, call, &graph)
        for index in outputs.indices { outputs[index].mask = returnsSequences ? mask : nil }
        return outputs + ahead.states + back.states
    }

    private static func merged(
        _ ahead: KerasTensor, _ back: KerasTensor, _ call: KerasLayerCall, _ graph: inout KerasGraph
    ) throws(ModelFileError) -> [KerasTensor] {
        // Absent means "concat", null means both as they are.
        guard call.config.values["merge_mode"] == nil || call.config.value("merge_mode") != nil else {
            return [ahead, back]
        }
        let (ahead, back) = (graph.native(ahead), graph.native(back))
        var result = ahead
        switch try call.config.text("merge_mode", default: "concat") {
        case "concat":
            let axis = result.rank - 1
            result.name = graph.node("Concat", [ahead.name, back.name], ["axis": .int(axis)])
            if let left = ahead.shape[axis], let right = back.shape[axis] { result.shape[axis] = left + right }
        case "sum": result.name = graph.node("Add", [ahead.name, back.name])
        case "mul": result.name = graph.node("Mul", [ahead.name, back.name])
        case "ave": result.name = graph.times(graph.node("Add", [ahead.name, back.name]), 0.5)
        case let other: throw call.config.unsupported("merges by '\(other)', which is not supported")
        }
        return [result]
    }
}
