import Foundation
import Inference
import JSON
import ModelFiles
import Tensors
import Testing

/// Random models of every layer and option, made by `keras_layers.py` with an installed Keras.
@Suite(
    "A sweep of Keras models agrees with Keras", .serialized,
    .enabled(if: Frameworks.areInstalled, Frameworks.comment))
struct KerasSweepTests {
    /// Names of single models, set by hand to look at these alone.
    static let chosen = (ProcessInfo.processInfo.environment["PRUNELLE_SWEEP"] ?? "").split(separator: ",").map(
        String.init)

    @Test("at least 100 models of every layer and option answer what Keras answers")
    func layers() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "keras-sweep-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let expected = try Frameworks.run("keras_layers.py", into: folder, Self.chosen)
        let models = try #require(expected.objectValue)
        #expect(models.count >= 100 || !Self.chosen.isEmpty)
        let runtime = try InferenceRuntime()
        var graphs = JSONObject()
        for (name, entry) in models {
            for file in entry["files"]?.arrayValue ?? [] {
                let path = folder.appending(path: file.stringValue ?? name)
                guard let graph = await Self.compare(file.stringValue ?? name, path, entry, on: runtime) else {
                    continue
                }
                try Data(graph).write(to: path.appendingPathExtension("onnx"))
                graphs["\(path.lastPathComponent).onnx"] = [
                    "inputs": entry["inputs"] ?? [:], "outputs": entry["outputs"] ?? [],
                    "tolerance": .number(entry["tolerance"]?.doubleValue ?? 1e-4),
                ]
            }
        }
        try Data(JSONValue.object(graphs).bytes()).write(to: folder.appending(path: "graphs.json"))
        let problems = try Frameworks.run("check_graphs.py", into: folder)
        #expect(problems == [:], "graphs that are unsound or that ONNX Runtime runs otherwise")
    }

    /// Compares what an imported model answers, and returns its graph.
    private static func compare(
        _ name: String, _ path: URL, _ entry: JSONValue, on runtime: InferenceRuntime
    ) async -> [UInt8]? {
        do {
            let model = try ModelImporter.read(contentsOf: path)
            if let parameters = entry["parameters"]?.intValue {
                #expect(model.inspection.parameterCount == parameters, "\(name) has other parameters")
            }
            let inputs = (entry["inputs"]?.objectValue ?? JSONObject()).map { ($0, Tensor(golden: $1)) }
            let outputs = try await Engine.predict(model, Dictionary(uniqueKeysWithValues: inputs), on: runtime)
            let answers = (entry["outputs"]?.arrayValue ?? []).map(Tensor.init(golden:))
            #expect(outputs.map(\.shape) == answers.map(\.shape), "\(name) has outputs of other shapes")
            let tolerance = Float(entry["tolerance"]?.doubleValue ?? 1e-4)
            for (index, (output, answer)) in zip(outputs, answers).enumerated() {
                let distance = output.distance(to: answer)
                #expect(distance < tolerance, "output \(index) of \(name) differs by \(distance)")
                let stated = model.inspection.outputs[index].shape
                let fits =
                    stated.count == answer.shape.count && zip(stated, answer.shape).allSatisfy { $0 == nil || $0 == $1 }
                #expect(fits, "output \(index) of \(name) is stated as \(stated), is \(answer.shape)")
            }
            return model.onnx
        } catch {
            Issue.record("\(name): \(error)")
            return nil
        }
    }
}
