import Foundation
import ModelFiles
import Tensors
import TestSupport
import Testing

@Suite("Checkpoints of other people", .enabled(if: SharedData.isPresent, "needs the shared samples"))
struct SharedArchitectureTests {
    @Test("a small network for colour pictures asks for their size, then runs")
    func bananas() async throws {
        let file = SharedData.file("banana/models/seok_cnn3_legacy_torch.pt")
        do {
            _ = try ModelImporter.read(contentsOf: file)
            Issue.record("the size of the pictures is not clear")
        } catch {
            #expect(error.message.contains(#"give {"input": [3, 32, 32]}"#))
            #expect(error.message.contains(#"give {"input": [3, 64, 64]}"#))
        }
        var description = ModelDescription()
        description.input = [3, 64, 64]
        let model = try ModelImporter.read(contentsOf: file, description: description)
        #expect(model.inspection.layers.map(\.name) == ["conv1", "conv2", "fc1", "fc2", "fc3"])
        let scores = try await Engine.predict(model, ["input": Tensor(zeros: [2, 3, 64, 64])])
        #expect(scores.first?.shape == [2, 3])
    }
}
