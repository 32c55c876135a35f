import CKernels
import ONNX
import Tensors
import Testing

@testable import Inference

/// The kernels for convolutions against the inference library, over the shapes and options that they take.
@Suite("Convolutions", .enabled(if: kernels_have_avx512(), "this processor has no AVX-512"))
struct ConvolutionTests {
    /// A network in the words of ONNX; changed by tests.
    struct Sample: Sendable, CustomTestStringConvertible {
        var name: String
        var height = 30
        var width = 26
        var isChannelsLast = true
        var channels = 3
        var filters = [32, 64]
        var padding = 0
        var pools = true
        var rectifies = true
        var hidden: Int?
        var classes = 1
        var ending = "Sigmoid"
        /// A node between convolutions that is not known.
        var extra: String?

        var testDescription: String { name }

        var file: [UInt8] {
            var random = SplitMix(state: 7)
            var graph = GraphBuilder()
            func weights(_ name: String, _ shape: [Int], _ size: Float) {
                graph.constant(name, shape, (0..<shape.reduce(1, *)).map { _ in random.next() * size })
            }
            let sides = [height, width]
            graph.input("x", [nil] + (isChannelsLast ? sides + [channels] : [channels] + sides))
            graph.constant("scale", [], [1 / 255])
            graph.node("Mul", ["x", "scale"], ["v0"])
            var value = "v0"
            if isChannelsLast {
                graph.node("Transpose", [value], ["t"], ["perm": .ints([0, 3, 1, 2])])
                value = "t"
            }
            var inputs = channels
            for (index, outputs) in filters.enumerated() {
                weights("w\(index)", [outputs, inputs, 3, 3], 2 / Float(inputs * 9).squareRoot())
                weights("b\(index)", [outputs], 0.2)
                graph.node(
                    "Conv", [value, "w\(index)", "b\(index)"], ["c\(index)"],
                    ["kernel_shape": .ints([3, 3]), "pads": .ints([Int](repeating: padding, count: 4))])
                value = "c\(index)"
                if rectifies {
                    graph.node("Relu", [value], ["r\(index)"])
                    value = "r\(index)"
                }
                if pools {
                    let sizes: [String: GraphBuilder.Attribute] = [
                        "kernel_shape": .ints([2, 2]), "strides": .ints([2, 2]),
                    ]
                    graph.node("MaxPool", [value], ["p\(index)"], sizes)
                    value = "p\(index)"
                }
                if let extra, index == 0 {
                    graph.node(extra, [value], ["e"])
                    value = "e"
                }
                inputs = outputs
            }
            graph.node("GlobalAveragePool", [value], ["g"])
            graph.node("Flatten", ["g"], ["f"], ["axis": .int(1)])
            value = "f"
            if let hidden {
                weights("h", [hidden, inputs], 0.3)
                weights("hb", [hidden], 0.1)
                graph.node("Gemm", [value, "h", "hb"], ["h1"], ["transB": .int(1)])
                graph.node("Relu", ["h1"], ["h2"])
                (value, inputs) = ("h2", hidden)
            }
            weights("d", [inputs, classes], 2)
            weights("db", [classes], 0.1)
            graph.node("Gemm", [value, "d", "db"], ["s"])
            graph.node(ending, ["s"], ["y"])
            graph.output("y", [nil, classes])
            return graph.file
        }
    }

    static let known: [Sample] = [
        Sample(name: "pooled, channels last"),
        Sample(name: "three layers of the original's size", height: 128, width: 128, filters: [32, 64, 128]),
        Sample(name: "channels first", isChannelsLast: false),
        Sample(name: "padded", padding: 1),
        Sample(name: "not pooled", pools: false),
        Sample(name: "padded, not pooled", height: 11, width: 13, padding: 1, pools: false),
        Sample(name: "not rectified", rectifies: false),
        Sample(name: "32 and 96 maps", filters: [32, 32, 96], padding: 1),
        Sample(name: "odd sides", height: 27, width: 33, padding: 1),
        Sample(name: "a row of tiles and more", height: 20, width: 450, filters: [32, 32]),
        Sample(name: "a grey picture", channels: 1),
        Sample(name: "many channels at once", channels: 16, filters: [64, 32]),
        Sample(name: "hidden layer and softmax", hidden: 24, classes: 3, ending: "Softmax"),
        Sample(name: "the smallest result", height: 10, width: 10),
    ]

    @Test("the kernels give the values of the inference library", arguments: known)
    func same(sample: Sample) async throws {
        let model = try ONNXModel(decoding: sample.file)
        let network = try #require(ConvolutionalNetwork(model.graph))
        let engine = try #require(ConvolutionEngine(network))
        let runtime = try makeRuntime()
        let loaded = try await runtime.load(.bytes(sample.file), name: "sample")
        let shape = loaded.inputs[0].shape.map { $0 ?? 1 }
        var random = SplitMix(state: 3)
        let buffers = engine.makeBuffers()
        for _ in 0..<3 {
            let values = (0..<shape.reduce(1, *)).map { _ in (random.next() + 1) * 127.5 }
            let expected = try loaded.runLibrary([[Tensor(shape: shape, values: values)]], on: 0)[0][0]
            let found = buffers.run(values)
            #expect(found.count == expected.values.count)
            for (value, expected) in zip(found, expected.values) { #expect(abs(value - expected) < 2e-5) }
        }
        #expect(loaded.usesShortcut)
    }

    @Test("several pictures at once give a row each")
    func rows() async throws {
        let sample = Sample(name: "rows", height: 12, width: 12)
        let runtime = try makeRuntime()
        let loaded = try await runtime.load(.bytes(sample.file), name: "sample")
        #expect(loaded.usesShortcut)
        var random = SplitMix(state: 5)
        let pictures = (0..<3).map { _ in (0..<12 * 12 * 3).map { _ in (random.next() + 1) * 127.5 } }
        let together = try await loaded.predict(Tensor(shape: [3, 12, 12, 3], values: pictures.flatMap(\.self)))
        #expect(together[0].shape == [3, 1])
        for (index, picture) in pictures.enumerated() {
            let alone = try await loaded.predict(Tensor(shape: [1, 12, 12, 3], values: picture))
            #expect(alone[0].values == [together[0].values[index]])
        }
    }

    @Test(
        "another network is left to the library",
        arguments: [
            Sample(name: "an unknown function", extra: "Tanh"),
            Sample(name: "24 maps", filters: [32, 24]),
            Sample(name: "one convolution of few channels", filters: [32]),
            Sample(name: "an unknown ending", ending: "Tanh"),
        ])
    func unknown(sample: Sample) async throws {
        let loaded = try await makeRuntime().load(.bytes(sample.file), name: "sample")
        #expect(!loaded.usesShortcut)
    }

    @Test("a picture that is too small is left to the library, which refuses it")
    func tooSmall() throws {
        let model = try ONNXModel(decoding: Sample(name: "too small", height: 6, width: 6).file)
        let network = try #require(ConvolutionalNetwork(model.graph))
        #expect(ConvolutionEngine(network) == nil)
    }

    @Test("values unlike the library's keep the kernels away")
    func disagreement() async throws {
        let sample = Sample(name: "sample")
        let loaded = try await makeRuntime().load(.bytes(sample.file), name: "sample")
        let model = try ONNXModel(decoding: sample.file)
        let network = try #require(ConvolutionalNetwork(model.graph))
        let engine = try #require(ConvolutionEngine(network))
        let shortcut = try #require(
            ConvolutionShortcut(engine, inputs: loaded.inputs, outputs: loaded.outputs, workers: 1))
        #expect(shortcut.agrees { try loaded.runLibrary([$0], on: 0).first })
        #expect(
            !shortcut.agrees {
                var outputs = try loaded.runLibrary([$0], on: 0).first
                outputs?[0].values[0] += 0.001
                return outputs
            })
        #expect(!shortcut.agrees { _ in nil })
    }

    @Test("16-bit arithmetic is done by the library, which has it")
    func bf16() async throws {
        let loaded = try await makeRuntime().load(
            .bytes(Sample(name: "sample").file), precision: .bf16, name: "sample")
        #expect(!loaded.usesShortcut)
    }
}
