import Foundation
import TestSupport
import Testing

@Suite("Graphs that bring the engine down", .timeLimit(.minutes(10)))
struct HostileGraphTests {
    /// An ONNX file whose constants do the harm; each is sound by the rules of its format.
    struct Graph: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let base64: String
    }

    private static let graphs = [
        Graph(
            testDescription: "the quotient of the lowest number and −1, which traps",
            base64:
                "CAgSADqMAQoOCgFhCgFtEgFxIgNEaXYKFwoBcRIBYiIEQ2FzdCoJCgJ0bxgBoAECCg4KAXgKAWISAXkiA0FkZBIBZyoRCAEQB0IB"
                + "YUoIAAAAAAAAAIAqEQgBEAdCAW1KCP//////////WhMKAXgSDgoMCAESCAoCCAEKAggEYhMKAXkSDgoMCAESCAoCCAEKAggEQgQK"
                + "ABAR"),
        Graph(
            testDescription: "a constant of 16 GiB",
            base64:
                "CAgSADqfAQoRCgFvCgFzEgFlIgZFeHBhbmQKIwoBZRIBYiIKUmVkdWNlTWVhbioPCghrZWVwZGltcxgAoAECCg4KAXgKAWISAXki"
                + "A0FkZBIBZyoNCAEQAUIBb0oEAACAPyoZCAIQB0IBc0oQAAABAAAAAAAAAAEAAAAAAFoTCgF4Eg4KDAgBEggKAggBCgIIBGITCgF5"
                + "Eg4KDAgBEggKAggBCgIIBEIECgAQEQ=="),
        Graph(
            testDescription: "an index far beyond its tensor, which the engine reads",
            base64:
                "CAgSADqAAQoTCgFvCgFzEgFiIghHYXRoZXJORAoOCgF4CgFiEgF5IgNBZGQSAWcqDwgBCAEQAUIBb0oEAACAPyobCAEIAhAHQgFz"
                + "ShAAAABAAAAAAAAAAEAAAAAAWhMKAXgSDgoMCAESCAoCCAEKAggEYhMKAXkSDgoMCAESCAoCCAEKAggEQgQKABAR"),
    ]

    @Test("such a graph is refused by the trial with one line, and nothing is written", arguments: graphs)
    func refused(graph: Graph) async throws {
        let work = try Workplace()
        try work.folder.write([UInt8](#require(Data(base64Encoded: graph.base64))), to: "model.onnx")
        let outcome = try await work.run("models", "convert", "model.onnx", "out.onnx")
        outcome.expectRefusal(65)
        #expect(outcome.errors.contains("model"), "\(outcome.errors)")
        #expect(try work.folder.files().filter { $0.contains("out") } == [])
    }

    @Test("a wrong description of the file is refused as the file would be", arguments: [#"{"input": [-1, 2]}"#, "[]"])
    func description(text: String) async throws {
        let work = try Workplace()
        let graph = try #require(Self.graphs.first)
        try work.folder.write([UInt8](#require(Data(base64Encoded: graph.base64))), to: "model.onnx")
        try work.folder.write(Array(text.utf8), to: "model.onnx.json")
        try await work.run("models", "convert", "model.onnx", "out.onnx").expectRefusal(65)
    }
}
