import Inference
import ONNX
import Tensors
import Testing

@Suite("Folding what follows a convolution into its weights")
struct ONNXFoldingTests {
    /// A convolution of two channels into three and what follows it.
    private struct Sample {
        var builder = GraphBuilder(name: "sample")
        var value: String

        init(hasBias: Bool = true) {
            let input = builder.input("pixels", shape: ["N", 2, 4, 4])
            let kernel = builder.constant(
                Tensor(shape: [3, 2, 3, 3], values: (0..<54).map { Float($0 % 7) - 3 }), name: "kernel")
            var inputs = [input, kernel]
            if hasBias { inputs.append(builder.constant(Tensor(shape: [3], values: [1, -2, 0.5]), name: "bias")) }
            value = builder.add("Conv", inputs, ["kernel_shape": [3, 3]])
        }

        mutating func add(_ operation: String, _ values: [Float], shape: [Int] = [1, 3, 1, 1]) {
            let constant = builder.constant(Tensor(shape: shape, values: values))
            value = builder.add(operation, [value, constant])
        }

        /// The model without and with folding, and what operations are left.
        mutating func models() -> (plain: ONNXModel, folded: ONNXModel, operations: [String]) {
            builder.output("scores", from: value, shape: ["N", 3, 2, 2])
            let plain = builder.model()
            var folded = plain
            folded.graph.foldChannelScales()
            return (plain, folded, folded.graph.nodes.map(\.operation))
        }
    }

    private static func predict(_ model: ONNXModel) async throws -> [Float] {
        let runtime = try InferenceRuntime()
        defer { runtime.stop() }
        let input = Tensor(shape: [1, 2, 4, 4], values: (0..<32).map { Float($0 * 5 % 11) / 4 - 1 })
        return try await runtime.load(.bytes(model.encoded()), name: "sample").predict(input)[0].values
    }

    @Test(
        "a factor and a summand of each channel go, and the results stay",
        arguments: [["Mul"], ["Add"], ["Mul", "Add"]], [true, false])
    func folded(operations: [String], hasBias: Bool) async throws {
        var sample = Sample(hasBias: hasBias)
        for operation in operations { sample.add(operation, [0.5, -3, 0]) }
        let (plain, folded, left) = sample.models()
        #expect(left == ["Conv", "Identity"])
        try folded.graph.validate()
        let named = folded.graph.initializers.map(\.name)
        #expect(
            Set(named)
                == Set(folded.graph.nodes.flatMap(\.inputs)).subtracting(["pixels", folded.graph.nodes[1].inputs[0]]))
        let (wanted, found) = (try await Self.predict(plain), try await Self.predict(folded))
        for (wanted, found) in zip(wanted, found) { #expect(abs(wanted - found) < 1e-4) }
    }

    @Test("the summand before the factor is folded alone")
    func order() {
        var sample = Sample()
        sample.add("Add", [1, 2, 3])
        sample.add("Mul", [1, 2, 3])
        #expect(sample.models().operations == ["Conv", "Mul", "Identity"])
    }

    @Test("a value that something else reads too, or the caller, stays")
    func otherReaders() {
        var sample = Sample()
        let first = sample.value
        sample.add("Mul", [1, 2, 3])
        sample.value = sample.builder.add("Sub", [sample.value, first])
        #expect(sample.models().operations == ["Conv", "Mul", "Sub", "Identity"])

        var graph = Sample()
        graph.add("Mul", [1, 2, 3])
        let conv = graph.builder.graph.nodes[0].outputs[0]
        var model = graph.models().plain
        model.graph.outputs.append(ONNXValue(name: conv, elementType: .float, shape: nil))
        model.graph.foldChannelScales()
        #expect(model.graph.nodes.map(\.operation) == ["Conv", "Mul", "Identity"])
    }

    @Test("weights that another convolution uses too stay")
    func sharedWeights() {
        var sample = Sample()
        sample.add("Mul", [1, 2, 3])
        let again = sample.builder.add("Conv", ["pixels", "kernel"], ["kernel_shape": [3, 3]])
        sample.value = sample.builder.add("Sub", [sample.value, again])
        #expect(sample.models().operations == ["Conv", "Mul", "Conv", "Sub", "Identity"])
    }

    @Test("constants of other shapes stay", arguments: [[1, 1, 1, 3], [3], [1, 3]])
    func otherShapes(shape: [Int]) {
        var sample = Sample()
        sample.add("Mul", [1, 2, 3], shape: shape)
        #expect(sample.models().operations == ["Conv", "Mul", "Identity"])
    }

    @Test("nothing is folded that would not be finite", arguments: [Float.infinity, .nan, 3e38])
    func notFinite(factor: Float) {
        var sample = Sample()
        sample.add("Mul", [1, factor, 1])
        let (plain, folded, operations) = sample.models()
        #expect(operations == ["Conv", "Mul", "Identity"])
        #expect(folded.graph.initializers[0] == plain.graph.initializers[0])
    }
}
