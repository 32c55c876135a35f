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

    @Test("plain layers are no such", arguments: [.resnet18, .perceptron([4, 3, 2])] as [WeightShapes])
    func plain(shapes: WeightShapes) { #expect(Self.refusal(shapes) == nil) }

    @Test("a linear layer that is named like an embedding is none")
    func named() { #expect(Self.refusal(["embed.weight": [8, 4], "embed.bias": [8]]) == nil) }
}
