import ModelFiles
import ONNX
import Tensors
import Testing

@Suite("ONNX graphs in which the picture decides")
struct ONNXTaintTests {
    /// A graph of the nodes with the input `x` of shape N × 3, the constants `s`, `i` and `yes`, and the output `y`.
    private static func model(_ nodes: [ONNXNode]) -> ONNXModel {
        let graph = ONNXGraph(
            name: "g", nodes: nodes,
            initializers: [
                ONNXTensor(name: "s", Tensor(shape: [1], values: [2])),
                ONNXTensor(name: "i", Tensor(shape: [1], values: [1])),
            ],
            inputs: [ONNXValue(name: "x", shape: ["N", 3])], outputs: [ONNXValue(name: "y", shape: nil)])
        return ONNXModel(graph: graph, opsetVersion: 17)
    }

    private static func node(_ operation: String, _ inputs: String..., to output: String) -> ONNXNode {
        ONNXNode(operation: operation, inputs: inputs, outputs: [output])
    }

    /// A loop whose body makes `out` of the carried `v` and goes on while `go` says so.
    private static func loop(_ body: [ONNXNode]) -> ONNXNode {
        let graph = ONNXGraph(
            name: "body", nodes: body,
            inputs: [
                ONNXValue(name: "round", shape: nil), ONNXValue(name: "goes", shape: nil),
                ONNXValue(name: "v", shape: nil),
            ], outputs: [ONNXValue(name: "go", shape: nil), ONNXValue(name: "out", shape: nil)])
        return ONNXNode(
            operation: "Loop", inputs: ["s", "i", "x"], outputs: ["y"], attributes: ["body": .graph(graph)])
    }

    private static let hostile: [(String, [ONNXNode])] = [
        ("Expand", [node("Relu", "x", to: "a"), node("Expand", "s", "a", to: "y")]),
        ("Range", [node("Range", "s", "x", "i", to: "y")]),
        ("ConstantOfShape", [node("Cast", "x", to: "a"), node("ConstantOfShape", "a", to: "y")]),
        ("GatherND", [node("Cast", "x", to: "a"), node("GatherND", "s", "a", to: "y")]),
        ("Tile", [node("Mul", "s", "x", to: "a"), node("Tile", "s", "a", to: "y")]),
        ("Loop", [loop([node("Cast", "v", to: "go"), node("Relu", "v", to: "out")])]),
        ("Tile", [loop([node("Identity", "goes", to: "go"), node("Tile", "s", "v", to: "out")])]),
    ]

    @Test("what decides sizes, indices and rounds must not come from the picture", arguments: hostile.indices)
    func refused(index: Int) throws {
        let (operation, nodes) = Self.hostile[index]
        let error = try #require(ONNXReaderTests.refusal(Self.model(nodes)))
        #expect(error.kind == .refused)
        #expect("\(error)".contains("\(operation) '"), "\(error)")
    }

    /// A file of a real exporter with an `If` on the largest score.
    static let branch = "onnx_branch.onnx"

    @Test("a branch that the picture chooses is refused, since a trial sees only one of the two")
    func branches() throws {
        let error = try #require(HostileFileTests.refusal(try GoldenModel.bytes(of: Self.branch)))
        #expect(error.kind == .refused)
        #expect("\(error)".contains("If 'y'"), "\(error)")
    }

    private static let sound: [[ONNXNode]] = [
        [node("Shape", "x", to: "a"), node("Expand", "s", "a", to: "y")],
        [node("Expand", "x", "s", to: "y")],
        [node("Relu", "x", to: "a"), node("Shape", "a", to: "b"), node("ConstantOfShape", "b", to: "y")],
        [loop([node("Identity", "goes", to: "go"), node("Relu", "v", to: "out")])],
        [loop([node("Less", "round", "s", to: "go"), node("Relu", "v", to: "out")])],
    ]

    @Test("shapes and constants may decide anything", arguments: sound.indices)
    func allowed(index: Int) throws {
        #expect(ONNXReaderTests.refusal(Self.model(Self.sound[index])) == nil)
    }
}
