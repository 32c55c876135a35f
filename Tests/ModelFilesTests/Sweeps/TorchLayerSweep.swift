import Foundation
import JSON
import ModelFiles
import Tensors
import TestSupport
import Testing

@Suite("PyTorch layers", .enabled(if: Frameworks.areInstalled, Frameworks.comment))
struct TorchLayerSweep {
    @Test("every layer and option answers what PyTorch answers, as a whole network and as a description")
    func agreement() async throws {
        let folder = try TemporaryFolder()
        let expected = try Frameworks.run("torch_layers.py", into: folder.url)
        let entries = try #require(expected.arrayValue)
        #expect(entries.count >= 80)
        for entry in entries {
            let name = try #require(entry["name"]?.stringValue)
            let shape = Self.lengths(entry["input_shape"])
            let input = Tensor(shape: shape, values: Self.floats(entry["input"]))
            let reference = Tensor(
                shape: Self.lengths(entry["output_shape"]),
                values: Self.floats(entry["output"]))
            let lengths = JSONValue.array(shape.dropFirst().map(\.json))
            let described: JSONValue = ["input": lengths, "architecture": ["layers": entry["layers"] ?? .null]]
            let descriptions = [("\(name).weights.pt", described), ("\(name).module.pt", ["input": lengths])]
            for (file, json) in descriptions {
                do {
                    let model = try ModelImporter.read(
                        contentsOf: folder.url.appending(path: file), description: try ModelDescription(json: json))
                    let answers = try await Engine.predict(model, ["input": input])
                    let answer = try #require(answers.first)
                    let distance = answer.distance(to: reference)
                    #expect(distance < 1e-4, "\(file)")
                } catch {
                    Issue.record("\(file): \(error)")
                }
            }
        }
    }

    private static func lengths(_ json: JSONValue?) -> [Int] { (json?.arrayValue ?? []).compactMap(\.intValue) }

    private static func floats(_ json: JSONValue?) -> [Float] {
        (json?.arrayValue ?? []).compactMap(\.doubleValue).map(Float.init)
    }
}
