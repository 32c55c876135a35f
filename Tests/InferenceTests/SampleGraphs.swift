/// The graphs that the tests run, with results simple enough to be worked out by hand or in a few lines.
enum SampleGraphs {
    /// y = scale · x for rows of three; the scale tells which model answered.
    static func scaling(by scale: Float, rows: Int? = nil) -> [UInt8] {
        var graph = GraphBuilder()
        graph.input("x", [rows, 3])
        graph.constant("scale", [1], [scale])
        graph.node("Mul", ["x", "scale"], ["y"])
        graph.output("y", [rows, 3])
        return graph.file
    }

    /// softmax(relu(x · w + b)) for rows of two.
    static var denseSoftmax: [UInt8] {
        var graph = GraphBuilder()
        graph.input("x", [1, 2])
        graph.constant("w", [2, 3], [1, 2, 3, 4, 5, 6])
        graph.constant("b", [3], [0, -1, -100])
        graph.node("Gemm", ["x", "w", "b"], ["g"])
        graph.node("Relu", ["g"], ["r"])
        graph.node("Softmax", ["r"], ["y"], ["axis": .int(1)])
        graph.output("y", [1, 3])
        return graph.file
    }

    /// The sum of the 3 × 3 neighbourhood of each pixel, zeros around the picture.
    static func neighbourSum(side: Int) -> [UInt8] {
        var graph = GraphBuilder()
        graph.input("x", [1, 1, side, side])
        graph.constant("w", [1, 1, 3, 3], [Float](repeating: 1, count: 9))
        graph.node("Conv", ["x", "w"], ["y"], ["kernel_shape": .ints([3, 3]), "pads": .ints([1, 1, 1, 1])])
        graph.output("y", [1, 1, side, side])
        return graph.file
    }

    /// sum = a + b and difference = a − b.
    static var sumAndDifference: [UInt8] {
        var graph = GraphBuilder()
        graph.input("a", [2])
        graph.input("b", [2])
        graph.node("Add", ["a", "b"], ["sum"])
        graph.node("Sub", ["a", "b"], ["difference"])
        graph.output("sum", [2])
        graph.output("difference", [2])
        return graph.file
    }

    /// y = x for four elements of a type.
    static func copy(of type: GraphBuilder.DataType) -> [UInt8] {
        var graph = GraphBuilder()
        graph.input("x", [4], type)
        graph.node("Identity", ["x"], ["y"])
        graph.output("y", [4], type)
        return graph.file
    }

    /// y = x for an input of any shape given, huge ones too.
    static func copy(shape: [Int?]) -> [UInt8] {
        var graph = GraphBuilder()
        graph.input("x", shape)
        graph.node("Relu", ["x"], ["y"])
        graph.output("y", shape)
        return graph.file
    }

    /// The sum over all rows, so that a batch cannot be taken apart again.
    static var sumOverRows: [UInt8] {
        var graph = GraphBuilder()
        graph.input("x", [nil, 2])
        graph.node("ReduceSum", ["x"], ["y"], ["keepdims": .int(0)])
        graph.output("y", [])
        return graph.file
    }

    /// A digit classifier of the usual size: two convolutions, two dense layers, pseudo-random weights, 420 kB.
    static func digits(rows: Int? = nil, seed: UInt64 = 1) -> [UInt8] {
        var random = SplitMix(state: seed)
        var graph = GraphBuilder()
        func weights(_ name: String, _ shape: [Int]) {
            let count = shape.reduce(1, *)
            graph.constant(name, shape, (0..<count).map { _ in random.next() * 0.2 })
        }
        graph.input("x", [rows, 1, 28, 28])
        weights("w1", [16, 1, 3, 3])
        weights("w2", [32, 16, 3, 3])
        weights("w3", [1568, 64])
        weights("w4", [64, 10])
        let conv: [String: GraphBuilder.Attribute] = ["kernel_shape": .ints([3, 3]), "pads": .ints([1, 1, 1, 1])]
        let pool: [String: GraphBuilder.Attribute] = ["kernel_shape": .ints([2, 2]), "strides": .ints([2, 2])]
        graph.node("Conv", ["x", "w1"], ["c1"], conv)
        graph.node("Relu", ["c1"], ["r1"])
        graph.node("MaxPool", ["r1"], ["p1"], pool)
        graph.node("Conv", ["p1", "w2"], ["c2"], conv)
        graph.node("Relu", ["c2"], ["r2"])
        graph.node("MaxPool", ["r2"], ["p2"], pool)
        graph.node("Flatten", ["p2"], ["f"])
        graph.node("Gemm", ["f", "w3"], ["g1"])
        graph.node("Relu", ["g1"], ["r3"])
        graph.node("Gemm", ["r3", "w4"], ["g2"])
        graph.node("Softmax", ["g2"], ["y"], ["axis": .int(1)])
        graph.output("y", [rows, 10])
        return graph.file
    }
}

/// The SplitMix64 generator, for weights and inputs that are the same in every run.
struct SplitMix {
    var state: UInt64

    /// The next value, between −1 and 1.
    mutating func next() -> Float {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        bits ^= bits >> 31
        return Float(bits >> 40) / Float(1 << 23) - 1
    }
}
