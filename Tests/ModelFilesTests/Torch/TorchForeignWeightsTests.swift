import JSON
import Testing

@testable import ModelFiles

@Suite("Networks of PyTorch that cannot be described")
struct TorchForeignWeightsTests {
    private static func refusal(_ shapes: WeightShapes) -> String? { TorchForeignWeights.refusal(shapes.weights) }

    @Test(
        "weights in parts are refused with the call that puts them together",
        arguments: [
            (["0.weight_g": [8, 1], "0.weight_v": [8, 4]], "layer '0'", "remove_weight_norm(layer)"),
            (["fc.weight_orig": [8, 4], "fc.weight_mask": [8, 4]], "layer 'fc'", "prune.remove(layer"),
            (["fc.weight_orig": [8, 4], "fc.weight_u": [8]], "layer 'fc'", "remove_spectral_norm(layer)"),
            (
                ["net.0.parametrizations.weight.original0": [8, 1]], "layer 'net.0'",
                #"remove_parametrizations(layer, "weight")"#
            ),
        ] as [(WeightShapes, String, String)])
    func parts(shapes: WeightShapes, place: String, remedy: String) throws {
        let text = try #require(Self.refusal(shapes))
        #expect(text.contains(place) && text.contains(remedy), "\(text)")
    }

    @Test(
        "layers whose use stands in code are named, and no description is asked for",
        arguments: [
            (["rnn.weight_ih_l0": [128, 28], "fc.weight": [10, 32]], "'rnn' is a recurrent layer"),
            (["words.embedding.weight": [1000, 32], "fc.weight": [10, 32]], "'words.embedding' is an embedding"),
        ] as [(WeightShapes, String)])
    func coded(shapes: WeightShapes, words: String) throws {
        let text = try #require(Self.refusal(shapes))
        #expect(text.contains(words) && text.contains("torch.onnx.export"), "\(text)")
        #expect(!text.contains("{"))
        #expect(TorchDescriptionTests.message(shapes.weights, [:]) == text)
    }

    @Test("plain layers are no such")
    func plain() {
        #expect(Self.refusal(.perceptron([4, 3, 2])) == nil)
        #expect(Self.refusal(.stack(channels: Array(repeating: 3, count: 17), kernel: 3, widths: [12, 2])) == nil)
    }

    @Test(
        "networks with branches are told by their names or their size, and no list of layers is asked for",
        arguments: [
            ("stages.0.layer_scale", 9, "ConvNeXt"), ("layer1.0.downsample.0", 9, "a residual network"),
            ("mine", 25, "one with branches"),
        ])
    func branched(part: String, count: Int, name: String) throws {
        func shapes(_ count: Int) -> WeightShapes {
            var shapes = WeightShapes()
            for number in 0..<count { shapes.addConvolution("\(part).\(number)", 4, 4, 3) }
            return shapes
        }
        let text = try #require(Self.refusal(shapes(count)))
        #expect(text.contains("those of \(name) (\(count) convolutions)"), "\(text)")
        #expect(text.contains("torch.onnx.export") && !text.contains("{"))
        #expect(Self.refusal(shapes(count - 1)) == nil)
    }

    @Test("a linear layer that is named like an embedding is none")
    func named() { #expect(Self.refusal(["embed.weight": [8, 4], "embed.bias": [8]]) == nil) }
}
