import Foundation
import JSON
import ONNX
import Testing

@testable import ModelFiles

struct PlainNetworkTests {
    private static let lenet = WeightShapes.stack(channels: [1, 6, 16], kernel: 5, widths: [400, 120, 84, 10])

    // MARK: Perceptrons

    @Test("a perceptron reads a row, grey or colour by its length", arguments: [784, 3072, 100, 30])
    func rows(width: Int) throws {
        let network = try #require(try ArchitectureTests.recognize(.perceptron([width, 16, 4])))
        #expect(network.architecture == "mlp")
        #expect(network.inputs[0].shape == [nil, width])
        #expect(network.outputs[0].shape == [nil, 4])
        let channels = network.preprocessing?.convention.channels
        #expect(channels == [784: .gray, 3072: .rgb, 100: .gray][width])
        if width != 30 { #expect(network.preprocessing?.certainty == .assumed) }
        #expect(network.notes.count == 2)
        #expect(network.model.graph.nodes.count { $0.operation == "Relu" } == 1)
    }

    @Test("layers run in the order of their numbers, not of the alphabet")
    func numbers() throws {
        let widths = [64] + Array(repeating: 16, count: 11) + [3]
        let shapes = WeightShapes.perceptron(widths) { "layers.\(2 * $0)" }
        var sorted = WeightShapes()
        sorted.shapes = shapes.shapes.sorted { $0.name < $1.name }
        let network = try #require(try ArchitectureTests.recognize(sorted))
        #expect(network.layers.map(\.name) == (0..<12).map { "layers.\(2 * $0)" })
    }

    @Test("layers without a gap in their numbers have nothing in between")
    func gaps() throws {
        let network = try #require(
            try ArchitectureTests.recognize(.perceptron([64, 16, 8, 3]) { ["0", "1", "3"].map { "net." + $0 }[$0] }))
        #expect(network.model.graph.nodes.map(\.operation) == ["Gemm", "Gemm", "Relu", "Gemm", "Identity"])
    }

    @Test("a picture is flattened where the description says it is one")
    func flattened() throws {
        let shapes = WeightShapes.perceptron([784, 10])
        #expect(try ArchitectureTests.recognize(shapes, input: [28, 28])?.inputs[0].shape == [nil, 28, 28])
        #expect(
            ArchitectureTests.refusal(shapes, input: [3, 28, 28])
                == "in the description, \"input\" is [3, 28, 28], but the first layer 'fc1' reads 784 values")
    }

    @Test(
        "weights that are no chain are not recognized",
        arguments: [
            ["fc1.weight": [16, 64], "fc2.weight": [3, 17]], ["embedding.weight": [64, 100], "fc.weight": [3, 64]],
            ["lstm.weight_ih_l0": [64, 16], "lstm.bias_ih_l0": [64]], ["conv.weight": [4, 3, 3, 5]], [:],
            ["alpha": [1]],
        ] as [WeightShapes])
    func others(shapes: WeightShapes) throws {
        #expect(try ArchitectureTests.recognize(shapes) == nil)
    }

    // MARK: Convolutions

    @Test("the network of PyTorch's MNIST example is recognized")
    func example() throws {
        let shapes = WeightShapes.stack(channels: [1, 32, 64], kernel: 3, widths: [9216, 128, 10])
        let network = try #require(try ArchitectureTests.recognize(shapes))
        #expect(network.architecture == "cnn")
        #expect(network.inputs[0].shape == [nil, 1, 28, 28])
        #expect(
            network.model.graph.nodes.map(\.operation)
                == ["Conv", "Relu", "Conv", "Relu", "MaxPool", "Flatten", "Gemm", "Relu", "Gemm", "Identity"])
        #expect(network.preprocessing?.convention == .unit(.gray))
        #expect(network.preprocessing?.reason.contains("0.1307") == true)
        #expect(network.notes.first?.hasPrefix("The weights fit pictures of 28×28, padding 0, 2×2 pooling") == true)
    }

    @Test("LeNet, which is made for 28×28 with padding and for 32×32 without, is asked about")
    func lenetSizes() throws {
        #expect(
            ArchitectureTests.refusal(Self.lenet)
                == "the weights are those of 2 convolutions and 3 further layers that fit several sizes of pictures; "
                + "say which in the description. pictures of 28×28, padding [2, 0], 2×2 pooling after 'conv1', "
                + #"'conv2': give {"input": [1, 28, 28]}; pictures of 32×32, padding 0, 2×2 pooling after 'conv1', "#
                + #"'conv2': give {"input": [1, 32, 32]}"#)
        for side in [28, 32] {
            let network = try #require(try ArchitectureTests.recognize(Self.lenet, input: [1, side, side]))
            let convolution = try #require(network.model.graph.nodes.first)
            #expect(convolution.attributes["pads"] == .ints(Array(repeating: side == 28 ? 2 : 0, count: 4)))
        }
    }

    @Test("an arrangement that is not clear is asked about with the layers to write")
    func ambiguous() throws {
        let shapes = WeightShapes.stack(channels: [3, 4, 8], kernel: 3, widths: [8 * 16 * 16, 2])
        let text = try #require(ArchitectureTests.refusal(shapes, input: [3, 32, 32]))
        #expect(
            text
                == "the weights are those of 2 convolutions and 1 further layers that may be arranged in 2 ways, such as "
                + "pictures of 32×32, padding 1, 2×2 pooling after 'conv2' or pictures of 32×32, padding 1, "
                + "2×2 pooling after 'conv1': describe the layers, changing this where it is wrong: "
                + #"{"input": [3, 32, 32], "architecture": {"layers": [{"type": "Conv2d", "weights": "conv1", "#
                + #""padding": 1}, {"type": "ReLU"}, {"type": "Conv2d", "weights": "conv2", "padding": 1}, "#
                + #"{"type": "ReLU"}, {"type": "MaxPool2d", "size": 2}, {"type": "Flatten"}, "#
                + #"{"type": "Linear", "weights": "fc1"}]}}"#)
    }

    @Test("grey pictures with as many classes as faces have feelings may have 48×48, those of ten classes are digits")
    func faces() throws {
        func shapes(_ classes: Int) -> WeightShapes {
            .stack(channels: [1, 8, 16, 32], kernel: 3, widths: [32 * 6 * 6, classes])
        }
        let text = try #require(ArchitectureTests.refusal(shapes(7)))
        #expect(
            text.contains("such as pictures of 48×48, padding 1, 2×2 pooling after 'conv1', 'conv2', 'conv3'"),
            "\(text)")
        #expect(text.contains(#"state the size of yours as "input" in a description"#))
        #expect(ArchitectureTests.refusal(shapes(10))?.contains("48×48") != true)
    }

    @Test("sizes of small data sets are thought of where no usual one fits")
    func small() throws {
        var shapes = WeightShapes()
        shapes.addConvolution("features.0", 1, 8, 3)
        shapes.addConvolution("features.3", 8, 16, 3)
        shapes = shapes.with(.perceptron([16 * 16, 10]))
        let text = try #require(ArchitectureTests.refusal(shapes))
        #expect(
            text.contains("such as pictures of 16×16, padding 1, 2×2 pooling after 'features.0', 'features.3'"),
            "\(text)")
        let network = try #require(try ArchitectureTests.recognize(shapes, input: [1, 24, 24]))
        #expect(network.inputs[0].shape == [nil, 1, 24, 24])
    }

    @Test("the layers to write, as the error gives them, make the network", arguments: [nil, [3, 32, 32]] as [[Int]?])
    func answered(input: [Int]?) throws {
        var shapes = WeightShapes()
        shapes.addConvolution("conv1", 3, 4, 3)
        shapes.addNorm("bn1", 4)
        shapes.addConvolution("conv2", 4, 8, 3)
        shapes.addNorm("bn2", 8)
        shapes = shapes.with(.perceptron([8 * 16 * 16, 12, 2]))
        let text = try #require(ArchitectureTests.refusal(shapes, input: input))
        let json = try JSONValue(parsing: String(text[try #require(text.firstIndex(of: "{"))...]))
        let request = ReadingRequest(description: try ModelDescription(json: json))
        let model = try TorchConversion.convert(shapes.weights, format: .pytorch, framework: nil, request)
        #expect(model.inspection.outputs[0].shape == [nil, 2])
        #expect(model.inspection.parameterCount == shapes.weights.weights.reduce(0) { $0 + $1.shape.reduce(1, *) } - 2)
    }

    @Test("shapes that fit no usual arrangement are told so")
    func unfitting() throws {
        let shapes = WeightShapes.stack(channels: [1, 4], kernel: 3, widths: [4 * 1000, 2])
        let text = try #require(ArchitectureTests.refusal(shapes))
        #expect(text.contains("no usual padding and pooling makes the 4000 values that 'fc1' reads"))
        #expect(text.contains(#"state the size of yours in a description, {"input": [1, HEIGHT, WIDTH]}, or describe"#))
        let json = try JSONValue(parsing: try #require(text.components(separatedBy: "wrong: ").last))
        #expect(json["architecture"]?["layers"]?.arrayValue?.count == 5)
        #expect(ArchitectureTests.refusal(shapes, input: [1, 30, 30])?.contains("'fc1' reads: describe") == true)
    }

    @Test("a normalization of the pictures may come before the first convolution")
    func normalizedPictures() throws {
        var shapes = WeightShapes()
        shapes.addNorm("batchnorm", 3)
        shapes = shapes.with(WeightShapes.stack(channels: [3, 4, 8], kernel: 3, widths: [8 * 6 * 3, 2]))
        let network = try #require(try ArchitectureTests.recognize(shapes, input: [3, 32, 20]))
        #expect(
            network.model.graph.nodes.map(\.operation)
                == [
                    "BatchNormalization", "Conv", "Relu", "MaxPool", "Conv", "Relu", "MaxPool", "Flatten", "Gemm",
                    "Identity",
                ])
        // As wide as the convolution writes, it may also follow that.
        var unclear = WeightShapes()
        unclear.addNorm("batchnorm", 3)
        unclear = unclear.with(WeightShapes.stack(channels: [3, 3], kernel: 3, widths: [3 * 15 * 9, 2]))
        #expect(try ArchitectureTests.recognize(unclear, input: [3, 32, 20]) == nil)
    }

    @Test("numbers left out in names tell where pooling may be")
    func numbered() throws {
        // 0 conv, 1 ReLU, 2 conv, 3 ReLU, 4 pool, 5 flatten, 6 linear.
        var shapes = WeightShapes()
        shapes.addConvolution("0", 3, 4, 3)
        shapes.addConvolution("2", 4, 8, 3)
        shapes.addLinear("6", 8 * 16 * 16, 2)
        let network = try #require(try ArchitectureTests.recognize(shapes, input: [3, 32, 32]))
        #expect(
            network.model.graph.nodes.map(\.operation)
                == ["Conv", "Relu", "Conv", "Relu", "MaxPool", "Flatten", "Gemm", "Identity"])
    }

    @Test("cnn, said by the user, means a pooling after each convolution")
    func named() throws {
        // Three poolings with padding, or two without, make 3×3 of 28×28.
        let shapes = WeightShapes.stack(channels: [1, 4, 8, 16], kernel: 3, widths: [144, 10])
        #expect(ArchitectureTests.refusal(shapes, input: [1, 28, 28])?.contains("2 ways") == true)
        let network = try #require(
            try ArchitectureTests.recognize(shapes, architecture: "cnn", input: [1, 28, 28]))
        #expect(network.model.graph.nodes.count { $0.operation == "MaxPool" } == 3)
    }
}

struct TorchNameTests {
    @Test(
        "numbers in names count as numbers",
        arguments: [
            ("2", "10"), ("fc2", "fc10"), ("layer1.9.weight", "layer1.10.weight"), ("conv1", "fc1"), ("a", "b"),
            ("fc9", "fc99999999999999999999999"), ("fc", "fc1"), ("1.2", "1.2.0"),
        ])
    func order(smaller: String, larger: String) {
        #expect(NaturalOrder.precedes(smaller, larger))
        #expect(!NaturalOrder.precedes(larger, smaller))
        #expect(!NaturalOrder.precedes(larger, larger))
    }

    @Test(
        "numbers left out are layers without weights",
        arguments: [
            ("0", "1", 0, true), ("0", "3", 2, true), ("net.0", "net.2", 1, true), ("fc1", "fc2", 0, false),
            ("c.3", "c.6.1", 3, true), ("c.6.1", "c.7", 0, false), ("a.0", "b.3", 0, false), ("3", "1", 0, false),
            ("c.0", "c.2.norm", 1, false), ("0", "99999999999999999999", 0, false),
        ])
    func gap(left: String, right: String, minimum: Int, isExact: Bool) {
        #expect(TorchGap(from: left, to: right) == TorchGap(minimum: minimum, isExact: isExact))
    }
}
