import Foundation
import ONNX
import Tensors
import Testing

@testable import Training

@Suite("Weights taken from models")
struct NetworkImportTests {
    private static func weights(_ plan: NetworkPlan) -> [String: Tensor] {
        var random = SeededRandom(seed: 3)
        var tensors: [String: Tensor] = [:]
        func add(_ name: String, _ shape: [Int]) {
            tensors["weight.\(name)"] = Tensor(
                shape: shape, values: (0..<shape.reduce(1, *)).map { _ in random.uniform(-1, 1) })
        }
        for (index, layer) in plan.layers.enumerated() {
            switch layer {
            case .convolution(let inputs, let outputs, let kernel, _, _, let hasBias):
                add("\(index).weight", [outputs, inputs, kernel, kernel])
                if hasBias { add("\(index).bias", [outputs]) }
            case .batchNorm(let channels):
                for part in ["weight", "bias", "running_mean"] { add("\(index).\(part)", [channels]) }
                tensors["weight.\(index).running_var"] = Tensor(
                    shape: [channels], values: (0..<channels).map { _ in random.uniform(0.5, 2) })
            case .dense(let inputs, let outputs):
                add("\(index).weight", [outputs, inputs])
                add("\(index).bias", [outputs])
            default: break
            }
        }
        return tensors
    }

    private static func export(_ recipe: TrainingRecipe) throws -> (NetworkPlan, [String: Tensor], ONNXModel) {
        let plan = NetworkPlan(recipe: recipe, classes: 2)
        let weights = weights(plan)
        return (plan, weights, try plan.export(NetworkWeights(weights), name: "n", classes: ["a", "b"]))
    }

    static let recipes: [TrainingRecipe] = {
        var hidden = SamplePictures.barsRecipe()
        (hidden.network.batchNorm, hidden.network.hidden) = (false, 6)
        return [SampleShapes.recipe(), hidden]
    }()

    @Test("what was exported is read back unchanged", arguments: recipes)
    func roundTrip(recipe: TrainingRecipe) throws {
        let (plan, weights, model) = try Self.export(recipe)
        #expect(try plan.weights(of: ONNXModel(decoding: model.encoded())).tensors == weights)
    }

    @Test("a batch norm that was folded away starts as one that changes nothing")
    func folded() throws {
        let (plan, _, model) = try Self.export(SamplePictures.barsRecipe())
        let weights = try plan.weights(of: model)
        let again = try plan.export(weights, name: "n", classes: ["a", "b"])
        for (first, second) in zip(model.graph.initializers, again.graph.initializers) {
            guard let one = first.floats, let other = second.floats else { continue }
            #expect(zip(one.values, other.values).allSatisfy { abs($0 - $1) <= 1e-6 * max(1, abs($0)) })
        }
    }

    static let changes: [(change: @Sendable (inout TrainingRecipe) -> Void, reason: String)] = [
        (
            { $0.network.blocks.append(BlockRecipe(width: 3)) },
            "layer 6 should be Conv, the model has GlobalAveragePool"
        ),
        ({ $0.network.blocks[0].padding = .same }, "the windows of layer 0 have another size, distance or padding"),
        ({ $0.network.blocks[0].stride = 2 }, "the windows of layer 0 have another size, distance or padding"),
        ({ $0.network.blocks[0].pool = 3 }, "the windows of layer 2 have another size, distance or padding"),
        ({ $0.network.blocks[1].width = 5 }, "layer 3 has no weights of the shape [5, 8, 3, 3]"),
        ({ $0.network.output = .softmax }, "layer 8 has no weights of the shape [2, 12]"),
        ({ $0.network.blocks.removeLast() }, "layer 3 should be GlobalAveragePool, the model has Conv"),
    ]

    @Test("other layers are refused with the place where they differ", arguments: changes.indices)
    func refused(index: Int) throws {
        let (_, _, model) = try Self.export(SampleShapes.recipe())
        var recipe = SampleShapes.recipe()
        Self.changes[index].change(&recipe)
        let plan = NetworkPlan(recipe: recipe, classes: 2)
        let error = try #require(throws: NetworkImportError.self) { try plan.weights(of: model) }
        #expect(error.reason.hasPrefix(Self.changes[index].reason), "\(error)")
    }

    @Test("a graph that is no chain, or scales its input in its own way, is refused")
    func otherGraphs() throws {
        let (plan, _, model) = try Self.export(SampleShapes.recipe())
        var forked = model
        forked.graph.nodes[3].inputs[0] = "input"
        #expect(throws: NetworkImportError("the model is not one chain of layers")) { try plan.weights(of: forked) }
        var scaled = model
        scaled.graph.initializers[0] = ONNXTensor(name: "scale", Tensor(shape: [], values: [1 / 128]))
        #expect(throws: NetworkImportError("the model scales its input by something else than 1/255")) {
            try plan.weights(of: scaled)
        }
    }
}
