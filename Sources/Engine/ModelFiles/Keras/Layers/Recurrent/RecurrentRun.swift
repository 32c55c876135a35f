import ONNX
import Tensors

/// One pass of a cell over a sequence.
struct RecurrentRun {
    /// Values of the sequence, `[N, T, …]`.
    let sequence: KerasTensor
    /// Name of the values of truth `[N, T]`: where they are false, a step is left out.
    let mask: String?
    /// The states before the first step; empty for zeros.
    let initial: [KerasTensor]
    let goesBackwards: Bool
    /// Whether steps left out give zeros rather than the output before.
    let zerosOutputForMask: Bool

    /// What comes out.
    struct Result {
        /// The outputs in the order of time, `[N, T, …]`.
        var sequence: KerasTensor
        /// The output of the step computed last.
        var last: KerasTensor
        var states: [KerasTensor]
    }

    func run(
        _ cell: any RecurrentCell, _ call: KerasLayerCall, _ graph: inout KerasGraph
    ) throws(ModelFileError) -> Result {
        guard initial.isEmpty || initial.count == cell.stateShapes.count,
            zip(initial, cell.stateShapes).allSatisfy({ $0.rank == $1.count + 1 })
        else { throw call.config.damaged("is given \(initial.count) states instead of \(cell.stateShapes.count)") }
        if let cell = cell as? StandardCell, cell.isStandard, mask == nil { return operation(cell, &graph) }
        return try scan(cell, &graph)
    }

    /// The states before the first step, by name.
    private func start(_ shapes: [[Int]], _ graph: inout KerasGraph) -> [String] {
        if !initial.isEmpty { return initial.map { graph.native($0).name } }
        return shapes.map { zeros($0, &graph) }
    }

    /// Zeros of a shape for every element of the batch.
    private func zeros(_ shape: [Int], _ graph: inout KerasGraph) -> String {
        let batch = graph.dimension(0, of: sequence.name)
        return graph.node("ConstantOfShape", [graph.node("Concat", [batch, graph.integers(shape)], ["axis": 0])])
    }

    private func value(_ name: String, _ shape: [Int]) -> KerasTensor { KerasTensor(name: name, shape: [nil] + shape) }

    // MARK: Operators of ONNX

    /// The whole pass as one operator, for cells with the usual activations.
    private func operation(_ cell: StandardCell, _ graph: inout KerasGraph) -> Result {
        let steps = graph.transposed(sequence.name, by: [1, 0, 2])
        var inputs = [steps] + weights(of: cell, &graph) + [""]
        let states = start(cell.stateShapes, &graph).map { graph.unsqueezed($0, [0]) }
        inputs += states
        var attributes: [String: ONNXAttribute] = ["hidden_size": .int(cell.units)]
        if goesBackwards { attributes["direction"] = "reverse" }
        let name: String
        switch cell.kind {
        case .simple: name = "RNN"
        case .gru, .cudnnGRU:
            name = "GRU"
            attributes["linear_before_reset"] = .int(cell.resetsAfter ? 1 : 0)
        case .lstm, .cudnnLSTM: name = "LSTM"
        }
        let results = graph.nodes(name, inputs, attributes, results: 1 + states.count)
        let outputs = graph.transposed(graph.squeezed(results[0], [1]), by: [1, 0, 2])
        let last = results.dropFirst().map { value(graph.squeezed($0, [0]), [cell.units]) }
        return Result(
            sequence: KerasTensor(name: outputs, shape: [nil, sequence.shape[1], cell.units]), last: last[0],
            states: last)
    }

    /// The weights in the order of gates that ONNX wants, names of constants.
    private func weights(of cell: StandardCell, _ graph: inout KerasGraph) -> [String] {
        // Keras: input, forget, candidate, output; ONNX: input, output, forget, candidate. GRU has one order in both.
        let order = cell.kind.gates == 4 ? [0, 3, 1, 2] : Array(0..<cell.kind.gates)
        let units = cell.units
        func blocks(_ matrix: Tensor) -> Tensor {
            let columns = matrix.permuted([1, 0])
            let width = matrix.shape[0]
            let values = order.flatMap { columns.values[$0 * units * width..<($0 + 1) * units * width] }
            return Tensor(shape: [1] + columns.shape, values: values)
        }
        func vector(_ bias: Tensor?) -> [Float] {
            guard let bias else { return Array(repeating: 0, count: order.count * units) }
            return order.flatMap { bias.values[$0 * units..<($0 + 1) * units] }
        }
        return [
            graph.constant("\(cell.name)/onnx_kernel") { blocks(cell.kernel) },
            graph.constant("\(cell.name)/onnx_recurrent_kernel") { blocks(cell.recurrentKernel) },
            graph.constant("\(cell.name)/onnx_bias") {
                Tensor(
                    shape: [1, 2 * order.count * units], values: vector(cell.bias) + vector(cell.recurrentBias))
            },
        ]
    }

    // MARK: Step by step

    /// The pass as a loop over the steps, for everything else.
    private func scan(_ cell: any RecurrentCell, _ graph: inout KerasGraph) throws(ModelFileError) -> Result {
        let shapes = cell.stateShapes
        var starts = start(shapes, &graph)
        let outputShape = shapes[cell.outputState]
        // Where steps may be left out, the output before is carried along.
        if mask != nil { starts.append(zeros(outputShape, &graph)) }
        // Time stays the second axis: the engine mixes up an outer transposition that other operators share.
        var sequences = [sequence.name]
        if let mask {
            // A value of truth for each element of the batch, with as many axes as a state.
            sequences.append(graph.unsqueezed(graph.floats(mask), Array(2..<2 + outputShape.count)))
        }
        let body = try graph.body(inputs: bodyInputs(shapes, outputShape)) { graph, given throws(ModelFileError) in
            try step(cell, given, &graph)
        }
        let direction = goesBackwards ? 1 : 0
        let results = graph.nodes(
            "Scan", starts + sequences,
            [
                "body": .graph(body), "num_scan_inputs": .int(sequences.count),
                "scan_input_directions": .ints(sequences.map { _ in direction }),
                "scan_output_directions": .ints([direction]), "scan_input_axes": .ints(sequences.map { _ in 1 }),
                "scan_output_axes": .ints([1]),
            ], results: starts.count + 1)
        let outputs = results[starts.count]
        let states = zip(results, shapes).map { value($0, $1) }
        let last = mask == nil ? states[cell.outputState] : value(results[shapes.count], outputShape)
        return Result(
            sequence: KerasTensor(name: outputs, shape: [nil, sequence.shape[1]] + outputShape), last: last,
            states: states)
    }

    private func bodyInputs(_ shapes: [[Int]], _ outputShape: [Int]) -> [ONNXValue] {
        func value(_ name: String, _ shape: [Int?]) -> ONNXValue {
            ONNXValue(name: name, shape: ["N"] + shape.map { $0.map(ONNXDimension.fixed) ?? .symbol("") })
        }
        var inputs = shapes.map { value("state", $0) }
        if mask != nil { inputs.append(value("output", outputShape)) }
        inputs.append(value("values", Array(sequence.shape.dropFirst(2))))
        if mask != nil { inputs.append(value("kept", outputShape.map { _ in 1 })) }
        return inputs
    }

    /// One step: the new states, with the output carried along if there is a mask, and the output.
    private func step(
        _ cell: any RecurrentCell, _ given: [String], _ graph: inout KerasGraph
    ) throws(ModelFileError) -> [String] {
        let count = cell.stateShapes.count
        let states = Array(given[..<count])
        guard mask != nil else {
            let new = try cell.step(given[count], states, &graph)
            return new + [new[cell.outputState]]
        }
        let new = try cell.step(given[count + 1], states, &graph)
        let isKept = graph.truth(given[count + 2])
        let kept = zip(new, states).map { graph.node("Where", [isKept, $0, $1]) }
        let output = graph.node("Where", [isKept, new[cell.outputState], given[count]])
        guard zerosOutputForMask else { return kept + [output, output] }
        return kept + [output, graph.node("Where", [isKept, new[cell.outputState], graph.scalar(0)])]
    }
}
