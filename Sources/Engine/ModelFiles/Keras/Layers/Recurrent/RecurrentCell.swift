import JSON
import ONNX
import Tensors

/// What one step of a recurrent layer computes.
protocol RecurrentCell {
    /// Shape of each state without the batch.
    var stateShapes: [[Int]] { get }

    /// Which state the output is.
    var outputState: Int { get }

    /// Writes one step and returns the new states.
    ///
    /// - Parameters:
    ///   - input: name of the values of the step, `[N, features]`.
    ///   - states: names of the states before the step.
    func step(
        _ input: String, _ states: [String], _ graph: inout KerasGraph
    ) throws(ModelFileError) -> [String]
}

extension RecurrentCell {
    var outputState: Int { 0 }
}

/// The kinds of cells, by the names of the cells and of the layers made of them.
enum RecurrentKind {
    case simple, gru, lstm, cudnnGRU, cudnnLSTM

    init?(_ type: String) {
        switch type {
        case "SimpleRNN", "SimpleRNNCell": self = .simple
        case "GRU", "GRUCell", "GRUV2", "GRUV1": self = .gru
        case "LSTM", "LSTMCell", "LSTMV2", "LSTMV1": self = .lstm
        case "CuDNNGRU": self = .cudnnGRU
        case "CuDNNLSTM": self = .cudnnLSTM
        default: return nil
        }
    }

    /// How many matrices a kernel holds side by side.
    var gates: Int {
        switch self {
        case .simple: 1
        case .gru, .cudnnGRU: 3
        case .lstm, .cudnnLSTM: 4
        }
    }

    var isCuDNN: Bool { self == .cudnnGRU || self == .cudnnLSTM }
}

/// The weights of a standard cell in Keras's order, and how it is activated.
struct StandardCell: RecurrentCell {
    let kind: RecurrentKind
    let units: Int
    /// `[features, gates · units]`.
    let kernel: Tensor
    /// `[units, gates · units]`.
    let recurrentKernel: Tensor
    /// `[gates · units]` each: of the input, and of the state where GRU has one of its own.
    let bias: Tensor?
    let recurrentBias: Tensor?
    /// Whether GRU multiplies with the reset gate after the matrix.
    let resetsAfter: Bool
    let call: KerasLayerCall
    /// Tells the constants of several cells of one layer apart.
    let name: String

    static func weights(_ kind: RecurrentKind, _ config: KerasConfig) throws(ModelFileError) -> [KerasWeight] {
        try [KerasWeight("kernel"), KerasWeight("recurrent_kernel")]
            + (kind.isCuDNN ? [KerasWeight("bias")] : config.biasWeight())
    }

    init(
        _ kind: RecurrentKind, _ call: KerasLayerCall, features: Int?, name: String = "cell"
    ) throws(ModelFileError) {
        self.kind = kind
        self.call = call
        self.name = name
        units = try call.config.count("units")
        let (width, overflow) = units.multipliedReportingOverflow(by: kind.gates)
        guard !overflow else { throw call.config.damaged("has too many units") }
        let kernel = try call.weight("kernel", [features, width])
        let recurrentKernel = try call.weight("recurrent_kernel", [units, width])
        self.kernel = kind.isCuDNN ? kernel.fromCuDNN(gates: kind.gates) : kernel
        self.recurrentKernel =
            kind.isCuDNN ? recurrentKernel.fromCuDNN(gates: kind.gates) : recurrentKernel
        (bias, recurrentBias) = try Self.biases(kind, call, width: width)
        switch kind {
        case .cudnnGRU: resetsAfter = true
        case .gru: resetsAfter = try call.config.bool("reset_after", default: recurrentBias != nil)
        default: resetsAfter = false
        }
    }

    private static func biases(
        _ kind: RecurrentKind, _ call: KerasLayerCall, width: Int
    ) throws(ModelFileError) -> (Tensor?, Tensor?) {
        guard let bias = call.weights["bias"] else { return (nil, nil) }
        if kind == .cudnnLSTM || kind == .cudnnGRU || bias.shape.count == 2 {
            guard bias.values.count == 2 * width else {
                throw call.config.damaged("has a bias of shape \(bias.shape) for \(width) gates")
            }
            return (
                Tensor(shape: [width], values: Array(bias.values[..<width])),
                Tensor(shape: [width], values: Array(bias.values[width...]))
            )
        }
        return (try call.weight("bias", [width]), nil)
    }

    var stateShapes: [[Int]] { Array(repeating: [units], count: kind.gates == 4 ? 2 : 1) }

    /// Whether the activations are those that the operators of ONNX compute.
    var isStandard: Bool {
        let activation = KerasActivation.name(call.config.value("activation")) ?? "linear"
        let recurrent = KerasActivation.name(call.config.value("recurrent_activation")) ?? "linear"
        if kind.isCuDNN { return true }
        return activation == "tanh" && (kind == .simple || recurrent == "sigmoid")
    }

    func step(_ input: String, _ states: [String], _ graph: inout KerasGraph) throws(ModelFileError) -> [String] {
        switch kind {
        case .simple: [try simpleStep(input, states[0], &graph)]
        case .gru, .cudnnGRU: [try gruStep(input, states[0], &graph)]
        case .lstm, .cudnnLSTM: try lstmStep(input, states, &graph)
        }
    }

    private func simpleStep(
        _ input: String, _ state: String, _ graph: inout KerasGraph
    ) throws(ModelFileError) -> String {
        let sum = graph.node("Add", [projected(input, &graph), recurrent(state, 0..<units, &graph)])
        return try activated(sum, "activation", &graph)
    }

    private func lstmStep(
        _ input: String, _ states: [String], _ graph: inout KerasGraph
    ) throws(ModelFileError) -> [String] {
        let sums = graph.node("Add", [projected(input, &graph), recurrent(states[0], 0..<4 * units, &graph)])
        let parts = (0..<4).map { graph.slice(sums, axis: 1, from: $0 * units, to: ($0 + 1) * units) }
        let entrance = try activated(parts[0], "recurrent_activation", &graph)
        let forget = try activated(parts[1], "recurrent_activation", &graph)
        let candidate = try activated(parts[2], "activation", &graph)
        let carry = graph.node(
            "Add", [graph.node("Mul", [forget, states[1]]), graph.node("Mul", [entrance, candidate])])
        let exit = try activated(parts[3], "recurrent_activation", &graph)
        return [graph.node("Mul", [exit, try activated(carry, "activation", &graph)]), carry]
    }

    private func gruStep(_ input: String, _ state: String, _ graph: inout KerasGraph) throws(ModelFileError) -> String {
        let read = projected(input, &graph)
        func part(_ value: String, _ gate: Int) -> String {
            graph.slice(value, axis: 1, from: gate * units, to: (gate + 1) * units)
        }
        let gates = graph.node(
            "Add", [graph.slice(read, axis: 1, from: 0, to: 2 * units), recurrent(state, 0..<2 * units, &graph)])
        let update = try activated(part(gates, 0), "recurrent_activation", &graph)
        let reset = try activated(part(gates, 1), "recurrent_activation", &graph)
        let last = 2 * units..<3 * units
        let remembered =
            resetsAfter
            ? graph.node("Mul", [reset, recurrent(state, last, &graph)])
            : recurrent(graph.node("Mul", [reset, state]), last, &graph)
        let candidate = try activated(graph.node("Add", [part(read, 2), remembered]), "activation", &graph)
        // update · state + (1 − update) · candidate
        let difference = graph.node("Sub", [state, candidate])
        return graph.node("Add", [candidate, graph.node("Mul", [update, difference])])
    }

    /// The input times its matrix, with its bias.
    private func projected(_ input: String, _ graph: inout KerasGraph) -> String {
        let product = graph.node("MatMul", [input, graph.constant("\(name)/kernel") { kernel }])
        guard let bias else { return product }
        return graph.node("Add", [product, graph.constant("\(name)/bias") { bias }])
    }

    /// The state times some columns of its matrix, with their bias.
    private func recurrent(_ state: String, _ columns: Range<Int>, _ graph: inout KerasGraph) -> String {
        let matrix = graph.constant("\(name)/recurrent_kernel_\(columns.lowerBound)_\(columns.count)") {
            recurrentKernel.columns(columns)
        }
        let product = graph.node("MatMul", [state, matrix])
        guard let recurrentBias else { return product }
        let bias = graph.constant("\(name)/recurrent_bias_\(columns.lowerBound)_\(columns.count)") {
            Tensor(shape: [columns.count], values: Array(recurrentBias.values[columns]))
        }
        return graph.node("Add", [product, bias])
    }

    private func activated(
        _ value: String, _ setting: String, _ graph: inout KerasGraph
    ) throws(ModelFileError) -> String {
        let fallback: JSONValue? = kind.isCuDNN ? (setting == "activation" ? "tanh" : "sigmoid") : nil
        return try KerasActivation.apply(
            fallback ?? call.config.value(setting), to: KerasTensor(name: value, shape: [nil, units]), of: call, &graph
        ).name
    }
}

/// `StackedRNNCells`: each cell reads the output of the one before.
struct StackedCells: RecurrentCell {
    let cells: [any RecurrentCell]

    var stateShapes: [[Int]] { cells.flatMap(\.stateShapes) }

    /// The output is that of the last cell.
    var outputState: Int { cells.dropLast().reduce(0) { $0 + $1.stateShapes.count } + (cells.last?.outputState ?? 0) }

    func step(_ input: String, _ states: [String], _ graph: inout KerasGraph) throws(ModelFileError) -> [String] {
        var value = input
        var results: [String] = []
        for cell in cells {
            let own = Array(states[results.count..<results.count + cell.stateShapes.count])
            let new = try cell.step(value, own, &graph)
            value = new[cell.outputState]
            results += new
        }
        return results
    }
}

extension Tensor {
    /// Some columns of a matrix.
    func columns(_ range: Range<Int>) -> Tensor {
        let width = shape[1]
        if range.count == width { return self }
        var result: [Float] = []
        result.reserveCapacity(shape[0] * range.count)
        for row in 0..<shape[0] { result += values[row * width + range.lowerBound..<row * width + range.upperBound] }
        return Tensor(shape: [shape[0], range.count], values: result)
    }

    /// A kernel as NVIDIA's library keeps it, in the usual order.
    ///
    /// Each gate's matrix is stored transposed under the shape of the untransposed one.
    fileprivate func fromCuDNN(gates: Int) -> Tensor {
        let (rows, columns) = (shape[0], shape[1] / gates)
        var result = self
        for gate in 0..<gates {
            for row in 0..<rows {
                for column in 0..<columns {
                    let position = row + column * rows
                    let source = (position / columns) * shape[1] + gate * columns + position % columns
                    result.values[row * shape[1] + gate * columns + column] = values[source]
                }
            }
        }
        return result
    }
}
