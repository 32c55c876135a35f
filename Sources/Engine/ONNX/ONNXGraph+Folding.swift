import Tensors

extension ONNXGraph {
    /// Brings factors and summands of whole channels behind a convolution into its weights.
    ///
    /// That is what a normalization behind a convolution comes to once it is trained. Engines do the same when they
    /// compile, with a second copy of all weights; here the weights are changed where they are.
    ///
    /// Folded are `Mul`, `Add` and `Mul` before `Add` where nothing else reads the values in between and their constants
    /// have one element for each channel. Nothing is folded that would make a weight infinite or not a number.
    public mutating func foldChannelScales() {
        var folding = ChannelScaleFolding(self)
        // The folding holds the only copy of the weights meanwhile, so that they can be changed in place.
        self = ONNXGraph(name: name)
        folding.run()
        self = folding.graph
    }
}

/// The work of `ONNXGraph.foldChannelScales()`.
private struct ChannelScaleFolding {
    private(set) var graph: ONNXGraph
    /// How often each value is read: by operations, those in bodies of loops too, and by the caller.
    private var readers: [String: Int] = [:]
    /// The operation that reads a value, for values read once and not in a body.
    private var followers: [String: Int] = [:]
    /// Places of the constants.
    private var constants: [String: Int] = [:]
    private var removed: Set<Int> = []

    init(_ graph: ONNXGraph) {
        self.graph = graph
        for (index, tensor) in graph.initializers.enumerated() { constants[tensor.name] = index }
        count(graph)
        for (index, node) in graph.nodes.enumerated() {
            for input in node.inputs where readers[input] == 1 { followers[input] = index }
        }
    }

    private mutating func count(_ graph: ONNXGraph) {
        for node in graph.nodes {
            for input in node.inputs { readers[input, default: 0] += 1 }
            for attribute in node.attributes.values { for body in attribute.graphs { count(body) } }
        }
        for output in graph.outputs { readers[output.name, default: 0] += 1 }
    }

    mutating func run() {
        for index in graph.nodes.indices where graph.nodes[index].operation == "Conv" {
            for operation in ["Mul", "Add"] { fold(operation, behind: index) }
        }
        guard !removed.isEmpty else { return }
        graph.nodes = graph.nodes.indices.filter { !removed.contains($0) }.map { graph.nodes[$0] }
        graph.initializers.removeAll { readers[$0.name] == 0 }
    }

    /// Folds the operation that follows a convolution, if it is of this kind and can be folded.
    private mutating func fold(_ operation: String, behind index: Int) {
        let convolution = graph.nodes[index]
        guard convolution.domain.isEmpty, convolution.inputs.count >= 2, convolution.outputs.count == 1,
            let next = followers[convolution.outputs[0]]
        else { return }
        let follower = graph.nodes[next]
        guard follower.operation == operation, follower.domain.isEmpty, follower.inputs.count == 2,
            follower.outputs.count == 1,
            let operand = follower.inputs.first(where: { $0 != convolution.outputs[0] }),
            let kernel = constants[convolution.inputs[1]],
            let values = channelValues(operand, of: graph.initializers[kernel]),
            operation == "Mul" ? scale(index, kernel, by: values) : shift(index, by: values)
        else { return }
        graph.nodes[index].outputs = follower.outputs
        removed.insert(next)
        readers[operand, default: 1] -= 1
    }

    /// The elements of a constant with one for each channel of a convolution; nil for any other value.
    private func channelValues(_ name: String, of kernel: ONNXTensor) -> [Float]? {
        guard let index = constants[name], kernel.shape.count > 2, let channels = kernel.shape.first else { return nil }
        let tensor = graph.initializers[index]
        let shape = [1, channels] + [Int](repeating: 1, count: kernel.shape.count - 2)
        return tensor.shape == shape ? tensor.floats?.values : nil
    }

    private mutating func scale(_ node: Int, _ kernel: Int, by factors: [Float]) -> Bool {
        let name = graph.initializers[kernel].name
        guard readers[name] == 1, case .floats(var weights) = graph.initializers[kernel].contents,
            !factors.isEmpty, weights.count % factors.count == 0,
            let bias = bias(of: node, channels: factors.count)
        else { return false }
        let scaledBias = bias.values.map { zip($0, factors).map { $0 * $1 } } ?? []
        guard (weights.largestMagnitude * factors.largestMagnitude).isFinite,
            scaledBias.largestMagnitude.isFinite
        else { return false }
        graph.initializers[kernel].contents = .floats([])
        let size = weights.count / factors.count
        weights.withUnsafeMutableBufferPointer { weights in
            for (channel, factor) in factors.enumerated() {
                for position in channel * size..<(channel + 1) * size { weights[position] *= factor }
            }
        }
        graph.initializers[kernel].contents = .floats(weights)
        if let place = bias.place { graph.initializers[place].contents = .floats(scaledBias) }
        return true
    }

    private mutating func shift(_ node: Int, by summands: [Float]) -> Bool {
        guard let bias = bias(of: node, channels: summands.count) else { return false }
        let values = bias.values.map { zip($0, summands).map { $0 + $1 } } ?? summands
        guard values.largestMagnitude.isFinite else { return false }
        if let place = bias.place {
            graph.initializers[place].contents = .floats(values)
            return true
        }
        let name = "\(graph.nodes[node].inputs[1])_bias"
        guard readers[name] == nil, constants[name] == nil else { return false }
        constants[name] = graph.initializers.count
        readers[name] = 1
        graph.initializers.append(
            ONNXTensor(name: name, shape: [values.count], elementType: .float, contents: .floats(values)))
        graph.nodes[node].inputs = graph.nodes[node].inputs.prefix(2) + [name]
        return true
    }

    /// What a convolution adds to its channels, and the constant it lies in; both nil where it adds nothing.
    ///
    /// - Returns: nil where it adds what cannot be changed.
    private func bias(of node: Int, channels: Int) -> (place: Int?, values: [Float]?)? {
        let inputs = graph.nodes[node].inputs
        guard inputs.count > 2, !inputs[2].isEmpty else { return (nil, nil) }
        guard let place = constants[inputs[2]], readers[inputs[2]] == 1,
            let values = graph.initializers[place].floats?.values, values.count == channels
        else { return nil }
        return (place, values)
    }
}

extension [Float] {
    /// The largest value without its sign, 0 of none; not a number or infinite where any value is.
    fileprivate var largestMagnitude: Float {
        // Bits without the sign are in the order of magnitudes, those of no numbers at the end.
        Float(bitPattern: reduce(UInt32(0)) { Swift.max($0, $1.bitPattern & 0x7FFF_FFFF) })
    }
}
