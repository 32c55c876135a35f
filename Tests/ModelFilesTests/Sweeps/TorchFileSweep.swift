import Foundation
import JSON
import ModelFiles
import Tensors
import TestSupport
import Testing

@Suite("PyTorch files of a whole network", .enabled(if: Frameworks.areInstalled, Frameworks.comment))
struct TorchFileSweep {
    @Test("a network saved in any way answers what PyTorch answers")
    func agreement() async throws {
        let folder = try TemporaryFolder()
        let expected = try Frameworks.run("torch_files.py", into: folder.url)
        let files = (expected["files"]?.arrayValue ?? []).compactMap(\.stringValue)
        #expect(files.count == 12)
        let input = Tensor(shape: [2, 3, 64, 64], values: Self.floats(expected["input"]))
        let reference = Tensor(shape: [2, 4], values: Self.floats(expected["output"]))
        for file in files {
            do {
                let model = try ModelImporter.read(
                    contentsOf: folder.url.appending(path: file),
                    description: try ModelDescription(json: ["input": [3, 64, 64]]))
                let answers = try await Engine.predict(model, ["input": input])
                let answer = try #require(answers.first)
                let distance = answer.distance(to: reference)
                // Weights of 16 bits are other weights.
                #expect(distance < (file == "half.pt" ? 1e-2 : 1e-4), "\(file)")
                #expect(model.inspection.parameterCount == expected["parameters"]?.intValue, "\(file)")
                #expect(model.inspection.preprocessing?.convention == .imageNet, "\(file)")
                #expect(model.inspection.labels == (file == "lightning.ckpt" ? ["a", "b", "c", "d"] : nil), "\(file)")
            } catch {
                Issue.record("\(file): \(error)")
            }
        }
    }

    private static func floats(_ json: JSONValue?) -> [Float] {
        (json?.arrayValue ?? []).compactMap(\.doubleValue).map(Float.init)
    }
}
