import Foundation
import Inference
import JSON
import ONNX
import Tensors
import Testing

@testable import ModelFiles

/// Networks of torchvision, and plain ones, whose weights are all that is left of them.
@Suite(.enabled(if: Frameworks.areInstalled, Frameworks.comment), .serialized)
struct TorchNetworkSweep {
    @Test("networks recognized by their weights answer as PyTorch does", arguments: ["plain", "heads", "backbones"])
    func networks(group: String) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "torch-\(group)-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let cases = try #require(try Frameworks.run("torch_networks.py", into: folder, [group]).arrayValue)
        #expect(cases.count >= 20)
        for json in cases { try await check(try SweepNetwork(json, folder: folder)) }
    }

    private func check(_ network: SweepNetwork) async throws {
        do {
            let recognized = try network.recognized()
            #expect(recognized.architecture == network.architecture, "\(network.file)")
            #expect(recognized.parameterCount == network.parameters, "\(network.file)")
            let scores = try await network.scores(of: recognized)
            let distance = scores.distance(to: network.output)
            #expect(distance < 1e-4, "\(network.file): \(distance)")
        } catch {
            Issue.record("\(network.file): \(error)")
        }
        try? FileManager.default.removeItem(at: network.weights)
    }
}

/// One network of the sweep.
private struct SweepNetwork {
    let file: String
    let weights: URL
    let architecture: String
    let description: ModelDescription
    let input: Tensor
    let output: Tensor
    let parameters: Int

    init(_ json: JSONValue, folder: URL) throws {
        file = try #require(json["file"]?.stringValue)
        weights = folder.appending(path: file)
        architecture = try #require(json["architecture"]?.stringValue)
        var description = ModelDescription()
        description.architecture = json["description"]?["architecture"]
        description.input = json["description"]?["input"]?.arrayValue?.compactMap(\.intValue)
        self.description = description
        let bytes = try Data(contentsOf: folder.appending(path: try #require(json["input"]?["file"]?.stringValue)))
        input = Tensor(
            shape: (json["input"]?["shape"]?.arrayValue ?? []).compactMap(\.intValue),
            values: bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) })
        output = Tensor(
            shape: (json["output"]?["shape"]?.arrayValue ?? []).compactMap(\.intValue),
            values: (json["output"]?["values"]?.arrayValue ?? []).compactMap(\.doubleValue).map(Float.init))
        parameters = try #require(json["parameters"]?.intValue)
    }

    func recognized() throws -> RecognizedNetwork {
        let bytes = try FileBytes(contentsOf: weights, maximumBytes: 1 << 30)
        let named = try SafetensorsFile(bytes, limits: .standard).weights
        return try #require(
            try TorchArchitectures.network(for: named, request: ReadingRequest(description: description)))
    }

    func scores(of network: RecognizedNetwork) async throws -> Tensor {
        let runtime = try InferenceRuntime()
        let loaded = try await runtime.load(.bytes(network.model.encoded()), name: "test")
        return try await #require(loaded.predict(["input": input]).first)
    }
}
