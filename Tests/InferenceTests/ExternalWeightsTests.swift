import Foundation
import Inference
import Tensors
import Testing

/// A tensor of an ONNX file can name another file as the place of its values, by an absolute path too, and the
/// inference library reads it: a model uploaded by a stranger could print any file of the server as its output.
/// Every way to say so must be refused before the library sees the model.
@Suite("Weights outside of the model file")
struct ExternalWeightsTests {
    enum Place: CaseIterable {
        case initializer, constantNode, subgraph
    }

    /// y = x · w with w in a file of twelve bytes.
    private static func model(location: String, place: Place) -> [UInt8] {
        var graph = GraphBuilder()
        graph.input("x", [nil, 3])
        graph.output("y", [nil, 3])
        switch place {
        case .initializer:
            graph.externalConstant("w", [3], location: location)
            graph.node("Mul", ["x", "w"], ["y"])
        case .constantNode:
            graph.node("Constant", [], ["w"], ["value": .externalTensor([3], location: location)])
            graph.node("Mul", ["x", "w"], ["y"])
        case .subgraph:
            var branch = GraphBuilder(name: "branch")
            branch.externalConstant("w", [3], location: location)
            branch.node("Mul", ["x", "w"], ["z"])
            branch.output("z", [nil, 3])
            graph.constant("condition", [1], [1])
            graph.node("Cast", ["condition"], ["flag"], ["to": .int(9)])
            graph.node("If", ["flag"], ["y"], ["then_branch": .graph(branch), "else_branch": .graph(branch)])
        }
        return graph.file
    }

    private static func expectRefusal(_ source: ModelSource, on runtime: InferenceRuntime) async {
        guard
            case .invalidModel(let reason) = await inferenceError({ try await runtime.load(source, name: "spy").name })
        else {
            Issue.record("the model was taken")
            return
        }
        #expect(reason.contains("another file"), "\(reason)")
        #expect(!reason.contains("secret"))
    }

    @Test("are refused, wherever the tensor is and whatever the path", arguments: Place.allCases)
    func refused(place: Place) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "weights-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let secret = folder.appending(path: "secret.bin")
        try Data(repeating: 0x40, count: 12).write(to: secret)
        let runtime = try makeRuntime()
        defer { runtime.stop() }
        for location in [secret.path, "secret.bin", "../secret.bin"] {
            let bytes = Self.model(location: location, place: place)
            await Self.expectRefusal(.bytes(bytes), on: runtime)
            for name in ["model.onnx", "0123456789abcdef"] {
                let file = folder.appending(path: name)
                try Data(bytes).write(to: file)
                await Self.expectRefusal(.file(file), on: runtime)
            }
        }
    }

    @Test("a file without a telling name is read as ONNX")
    func namelessFile() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(SampleGraphs.scaling(by: 2)).write(to: file)
        let runtime = try makeRuntime()
        defer { runtime.stop() }
        let model = try await runtime.load(.file(file), name: "nameless")
        #expect(try await model.predict(Tensor(shape: [1, 3], values: [1, 2, 3]))[0].values == [2, 4, 6])
    }

    @Test("graphs nested beyond all reason are refused")
    func nesting() async throws {
        var graph = GraphBuilder(name: "innermost")
        for level in 0..<200 {
            var outer = GraphBuilder(name: "level \(level)")
            outer.node("If", ["flag"], ["y"], ["then_branch": .graph(graph), "else_branch": .int(0)])
            graph = outer
        }
        let runtime = try makeRuntime()
        defer { runtime.stop() }
        let bytes = graph.file
        #expect(
            await inferenceError { try await runtime.load(.bytes(bytes), name: "deep").name }
                == .invalidModel(reason: "its graphs are nested too deeply"))
    }
}
