import ONNX
import Tensors

extension ConvolutionalNetwork {
    /// Recognises a network in a graph; nil for any graph that has anything else in it.
    init?(_ graph: ONNXGraph) {
        guard let network = ConvolutionalGraphReader(graph)?.network() else { return nil }
        self = network
    }
}

/// Follows a graph from its input to its output, as long as each step is one that a `ConvolutionalNetwork` has.
private struct ConvolutionalGraphReader {
    private let graph: ONNXGraph
    private let constants: [String: ONNXTensor]
    private let inputShape: [Int]

    // What has been read so far.
    private var layout = ConvolutionalNetwork.Layout.channelsFirst
    private var scale: Float = 1
    private var convolutions: [ConvolutionalNetwork.Convolution] = []
    private var hasMean = false
    private var isFlat = false
    private var dense: [ConvolutionalNetwork.Dense] = []

    init?(_ graph: ONNXGraph) {
        self.graph = graph
        let names = graph.initializers.map { ($0.name, $0) }
        constants = Dictionary(names, uniquingKeysWith: { first, _ in first })
        let inputs = graph.inputs.filter { [constants] in constants[$0.name] == nil }
        guard constants.count == names.count, inputs.count == 1, graph.outputs.count == 1,
            let shape = inputs[0].shape, shape.count == 4, inputs[0].elementType == .float
        else { return nil }
        let lengths = shape.dropFirst().compactMap(\.length)
        guard lengths.count == 3, lengths.allSatisfy({ (1...4096).contains($0) }) else { return nil }
        inputShape = lengths
        // Every node must take what the one before it gives.
        var value = inputs[0].name
        for node in graph.nodes {
            guard node.domain.isEmpty, node.inputs.first == value, node.outputs.count == 1, read(node) else {
                return nil
            }
            value = node.outputs[0]
        }
        guard value == graph.outputs[0].name else { return nil }
    }

    func network() -> ConvolutionalNetwork? {
        let isLast = layout == .channelsLast
        let (height, width) = isLast ? (inputShape[0], inputShape[1]) : (inputShape[1], inputShape[2])
        let channels = isLast ? inputShape[2] : inputShape[0]
        guard let first = convolutions.first, first.inputs == channels, hasMean, isFlat, !dense.isEmpty else {
            return nil
        }
        return ConvolutionalNetwork(
            height: height, width: width, channels: channels, layout: layout, convolutions: convolutions, dense: dense)
    }

    private mutating func read(_ node: ONNXNode) -> Bool {
        switch node.operation {
        case "Identity": return true
        case "Mul": return readScale(node)
        case "Transpose":
            guard convolutions.isEmpty, layout == .channelsFirst, node.attributes["perm"] == .ints([0, 3, 1, 2]) else {
                return false
            }
            layout = .channelsLast
            return true
        case "Conv": return readConvolution(node)
        case "Relu": return readRectifier()
        case "MaxPool": return readPooling(node)
        case "GlobalAveragePool":
            defer { hasMean = true }
            return !convolutions.isEmpty && !hasMean
        case "Flatten":
            defer { isFlat = true }
            return hasMean && !isFlat && [nil, .int(1)].contains(node.attributes["axis"])
        case "Gemm": return readDense(node)
        case "Sigmoid": return readActivation(.sigmoid)
        case "Softmax":
            return [nil, .int(1), .int(-1)].contains(node.attributes["axis"]) && readActivation(.softmax)
        default: return false
        }
    }

    /// A factor of the input, which the first convolution takes into its weights.
    private mutating func readScale(_ node: ONNXNode) -> Bool {
        guard convolutions.isEmpty, let factor = floats(node, 1), factor.values.count == 1 else { return false }
        scale *= factor.values[0]
        return scale.isFinite
    }

    private mutating func readConvolution(_ node: ONNXNode) -> Bool {
        let attributes = node.attributes
        guard !hasMean, let weights = floats(node, 1), weights.shape.count == 4, weights.shape[2...] == [3, 3],
            [nil, .ints([3, 3])].contains(attributes["kernel_shape"]),
            [nil, .ints([1, 1])].contains(attributes["strides"]),
            [nil, .ints([1, 1])].contains(attributes["dilations"]), [nil, .int(1)].contains(attributes["group"]),
            [nil, .string("NOTSET")].contains(attributes["auto_pad"])
        else { return false }
        let (outputs, inputs) = (weights.shape[0], weights.shape[1])
        let bias = node.inputs.count > 2 ? floats(node, 2)?.values : [Float](repeating: 0, count: outputs)
        guard let bias, bias.count == outputs, convolutions.isEmpty || convolutions.last?.outputs == inputs else {
            return false
        }
        let padding: Int
        switch attributes["pads"] {
        case nil, .ints([0, 0, 0, 0]): padding = 0
        case .ints([1, 1, 1, 1]): padding = 1
        default: return false
        }
        let factor = convolutions.isEmpty ? scale : 1
        convolutions.append(
            .init(
                inputs: inputs, outputs: outputs, weights: weights.values.map { $0 * factor }, bias: bias,
                padding: padding))
        return true
    }

    private mutating func readRectifier() -> Bool {
        guard !hasMean else { return readActivation(.rectifier) }
        guard let last = convolutions.indices.last else { return false }
        // After pooling it would give the same, for both keep the order of values.
        convolutions[last].rectifies = true
        return true
    }

    private mutating func readPooling(_ node: ONNXNode) -> Bool {
        let attributes = node.attributes
        guard let last = convolutions.indices.last, !hasMean, !convolutions[last].pools,
            attributes["kernel_shape"] == .ints([2, 2]), attributes["strides"] == .ints([2, 2]),
            [nil, .ints([0, 0, 0, 0])].contains(attributes["pads"]), [nil, .int(0)].contains(attributes["ceil_mode"]),
            [nil, .ints([1, 1])].contains(attributes["dilations"]),
            [nil, .string("NOTSET"), .string("VALID")].contains(attributes["auto_pad"])
        else { return false }
        convolutions[last].pools = true
        return true
    }

    private mutating func readDense(_ node: ONNXNode) -> Bool {
        let attributes = node.attributes
        guard isFlat, let matrix = floats(node, 1), matrix.shape.count == 2,
            [nil, .int(0)].contains(attributes["transA"]), [nil, .float(1)].contains(attributes["alpha"]),
            [nil, .float(1)].contains(attributes["beta"])
        else { return false }
        let isTransposed = attributes["transB"] == .int(1)
        guard isTransposed || [nil, .int(0)].contains(attributes["transB"]) else { return false }
        let (inputs, outputs) =
            isTransposed ? (matrix.shape[1], matrix.shape[0]) : (matrix.shape[0], matrix.shape[1])
        let bias = node.inputs.count > 2 ? floats(node, 2)?.values : [Float](repeating: 0, count: outputs)
        guard let bias, bias.count == outputs, inputs == dense.last?.outputs ?? convolutions.last?.outputs else {
            return false
        }
        var weights = matrix.values
        if isTransposed {
            for input in 0..<inputs {
                for output in 0..<outputs {
                    weights[input * outputs + output] = matrix.values[output * inputs + input]
                }
            }
        }
        dense.append(.init(inputs: inputs, outputs: outputs, weights: weights, bias: bias))
        return true
    }

    private mutating func readActivation(_ activation: ConvolutionalNetwork.Activation) -> Bool {
        guard let last = dense.indices.last, dense[last].activation == .none else { return false }
        dense[last].activation = activation
        return true
    }

    /// The constant that is an input of a node.
    private func floats(_ node: ONNXNode, _ index: Int) -> (shape: [Int], values: [Float])? {
        guard node.inputs.count > index, let tensor = constants[node.inputs[index]]?.floats else { return nil }
        return (tensor.shape, tensor.values)
    }
}
