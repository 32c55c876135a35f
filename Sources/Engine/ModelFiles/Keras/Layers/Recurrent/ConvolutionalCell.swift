import JSON
import ONNX
import Tensors

/// The cell of `ConvLSTM1D`, `ConvLSTM2D`, `ConvLSTM3D`: an LSTM whose matrices are convolutions.
struct ConvolutionalCell: RecurrentCell {
    private let call: KerasLayerCall
    private let filters: Int
    private let window: KerasWindow
    private let spatial: [Int]
    private let result: [Int]
    private let kernel: Tensor
    private let recurrentKernel: Tensor
    private let bias: Tensor?

    /// How many axes of space a type has; nil for other types.
    static func spatialRank(of type: String) -> Int? {
        switch type {
        case "ConvLSTM1D": 1
        case "ConvLSTM2D": 2
        case "ConvLSTM3D": 3
        default: nil
        }
    }

    /// The sequence `[N, T, …]` with channels third.
    static func channelsFirst(
        _ sequence: KerasTensor, rank: Int, _ call: KerasLayerCall, _ graph: inout KerasGraph
    ) throws(ModelFileError) -> KerasTensor {
        guard sequence.rank == rank + 3 else {
            throw call.config.damaged("reads a value of \(sequence.rank) axes instead of \(rank + 3)")
        }
        if try call.isChannelsFirst() { return sequence }
        let order = [0, 1, sequence.rank - 1] + Array(2..<sequence.rank - 1)
        return KerasTensor(
            name: graph.transposed(sequence.name, by: order), shape: order.map { sequence.shape[$0] })
    }

    /// - Parameter sequence: with channels third.
    init(_ call: KerasLayerCall, rank: Int, _ sequence: KerasTensor) throws(ModelFileError) {
        let config = call.config
        self.call = call
        filters = try config.count("filters")
        window = try KerasWindow(convolution: config, rank: rank)
        let known = sequence.shape.dropFirst(3).compactMap(\.self)
        guard known.count == rank else {
            throw config.unsupported("reads pictures of unknown size, which is not supported")
        }
        spatial = known
        result = try window.output(of: known, config).compactMap(\.self)
        let (width, overflow) = filters.multipliedReportingOverflow(by: 4)
        guard !overflow else { throw config.damaged("has too many filters") }
        kernel = try call.weight("kernel", window.kernel + [sequence.shape[2], width])
        recurrentKernel = try call.weight("recurrent_kernel", window.kernel + [filters, width])
        bias = try call.optionalWeight("bias", [width])
    }

    var stateShapes: [[Int]] { [[filters] + result, [filters] + result] }

    func step(_ input: String, _ states: [String], _ graph: inout KerasGraph) throws(ModelFileError) -> [String] {
        let weights = graph.constant("kernel") { kernel.convolutionOrder() }
        let biases = bias.map { bias in [graph.constant("bias") { bias }] } ?? []
        let read = graph.node(
            "Conv", [input, weights] + biases, window.attributes(over: spatial, hasDilations: true))
        let inner = try KerasWindow(
            KerasConfig(layer: call.config.layer, type: call.config.type, values: JSONObject([("padding", "same")])),
            kernel: window.kernel, strides: window.kernel.map { _ in 1 })
        let remembered = graph.node(
            "Conv", [states[0], graph.constant("recurrent_kernel") { recurrentKernel.convolutionOrder() }],
            inner.attributes(over: result, hasDilations: true))
        let sums = graph.node("Add", [read, remembered])
        let parts = (0..<4).map { graph.slice(sums, axis: 1, from: $0 * filters, to: ($0 + 1) * filters) }
        let entrance = try activated(parts[0], "recurrent_activation", &graph)
        let forget = try activated(parts[1], "recurrent_activation", &graph)
        let candidate = try activated(parts[2], "activation", &graph)
        let carry = graph.node(
            "Add", [graph.node("Mul", [forget, states[1]]), graph.node("Mul", [entrance, candidate])])
        let exit = try activated(parts[3], "recurrent_activation", &graph)
        return [graph.node("Mul", [exit, try activated(carry, "activation", &graph)]), carry]
    }

    private func activated(
        _ value: String, _ setting: String, _ graph: inout KerasGraph
    ) throws(ModelFileError) -> String {
        let tensor = KerasTensor(name: value, shape: [nil, filters] + result)
        return try KerasActivation.apply(call.config.value(setting), to: tensor, of: call, &graph).name
    }
}
