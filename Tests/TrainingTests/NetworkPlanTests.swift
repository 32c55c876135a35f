import Inference
import ONNX
import Tensors
import Testing

@testable import Training

@Suite("Network plans")
struct NetworkPlanTests {
    @Test("layers, parameters and multiplications follow from the recipe")
    func layout() {
        var recipe = SamplePictures.barsRecipe()
        recipe.network.hidden = 5
        let plan = NetworkPlan(recipe: recipe, classes: 2)
        #expect(
            plan.layers == [
                .convolution(inputs: 1, outputs: 4, kernel: 3, stride: 1, padding: 1, hasBias: false),
                .batchNorm(channels: 4),
                .relu, .convolution(inputs: 4, outputs: 8, kernel: 3, stride: 2, padding: 1, hasBias: false),
                .batchNorm(channels: 8), .relu, .maxPool(size: 2), .flatten, .dense(inputs: 72, outputs: 5), .relu,
                .dropout(rate: 0.1), .dense(inputs: 5, outputs: 2),
            ])
        #expect(plan.parameters == 36 + 8 + 288 + 16 + 73 * 5 + 12)
        #expect(plan.multiplications == 144 * 36 + 36 * 288 + 360 + 10)
        #expect(plan.problem == nil)
    }

    /// A network of one convolution of 1 × 1, so that the result can be worked out by hand.
    private static func tiny(batchNorm: Bool) -> (plan: NetworkPlan, weights: [String: Tensor]) {
        var recipe = TrainingRecipe()
        (recipe.input.width, recipe.input.height, recipe.input.channels) = (4, 4, 3)
        recipe.network.blocks = [BlockRecipe(width: 2, kernel: 1)]
        recipe.network.batchNorm = batchNorm
        let plan = NetworkPlan(recipe: recipe, classes: 2)
        let dense = plan.layers.count - 1
        var weights = [
            "weight.0.weight": Tensor(shape: [2, 3, 1, 1], values: [1, 0, 0, 0, 2, 0]),
            "weight.\(dense).weight": Tensor(shape: [2, 2], values: [1, 0, 0, 1]),
            "weight.\(dense).bias": Tensor(shape: [2], values: [0.25, 0]),
        ]
        if batchNorm {
            weights["weight.1.weight"] = Tensor(shape: [2], values: [3, 1])
            weights["weight.1.bias"] = Tensor(shape: [2], values: [0.5, 0])
            weights["weight.1.running_mean"] = Tensor(shape: [2], values: [0.1, 0.2])
            weights["weight.1.running_var"] = Tensor(shape: [2], values: [4, 1])
        } else {
            weights["weight.0.bias"] = Tensor(shape: [2], values: [0.5, 0])
        }
        return (plan, weights)
    }

    @Test("the exported graph computes what the layers say", arguments: [true, false])
    func export(batchNorm: Bool) async throws {
        let (plan, weights) = Self.tiny(batchNorm: batchNorm)
        let model = try plan.export(NetworkWeights(weights), name: "tiny", classes: ["a", "b"])
        #expect(model.metadata.first { $0.key == "labels" }?.value == #"["a","b"]"#)
        let runtime = try InferenceRuntime()
        defer { runtime.stop() }
        let loaded = try await runtime.load(.bytes(model.encoded()), name: "tiny")
        #expect(loaded.inputs[0].shape == [nil, 4, 4, 3])
        let colour: [Float] = [0.8, 0.6, 0.4]
        let input = Tensor(shape: [1, 4, 4, 3], values: (0..<16).flatMap { _ in colour })
        let output = try await loaded.predict(input)[0]
        let first: Float = batchNorm ? (0.8 - 0.1) / (4 + 1e-5 as Float).squareRoot() * 3 + 0.5 : 1.3
        let second: Float = batchNorm ? (1.2 - 0.2) / (1 + 1e-5 as Float).squareRoot() : 1.2
        let odds = Evaluation.odds(first + 0.25, second)
        #expect(abs(output.values[0] - odds) < 1e-5)
        #expect(abs(output.values[0] + output.values[1] - 1) < 1e-5)
    }

    @Test("missing and diverged weights are refused by the layer's number")
    func badWeights() throws {
        var (plan, weights) = Self.tiny(batchNorm: true)
        weights["weight.1.running_var"]?.values[1] = .nan
        let diverged = try #require(throws: NetworkExportError.self) {
            try plan.export(NetworkWeights(weights), name: "tiny", classes: ["a", "b"])
        }
        #expect(diverged.reason.contains("running_var of layer 1") && diverged.reason.contains("diverged"))
        weights["weight.1.running_var"] = nil
        let missing = try #require(throws: NetworkExportError.self) {
            try plan.export(NetworkWeights(weights), name: "tiny", classes: ["a", "b"])
        }
        #expect(missing.reason == "layer 1 has no running_var")
    }
}
