import Foundation
import ONNX
import Tensors
import TestSupport
import Testing

@Suite("ONNX models")
struct ONNXTests {
    /// A graph with every kind of attribute and every form of constant.
    static func sample() -> ONNXModel {
        var builder = GraphBuilder(name: "sample")
        let input = builder.input("pixels", shape: ["N", 2, .symbol("")])
        let weights = builder.constant(Tensor(shape: [2, 2], values: [1, -2, 0.5, .infinity]), name: "weights")
        let shape = builder.constant([0, -1], name: "shape")
        let scale = builder.constant(0.25)
        let product = builder.add("MatMul", [input, weights])
        let scaled = builder.add("Mul", [product, scale, ""], ["alpha": 0.5, "axis": -1, "mode": "naïve"])
        let branch = ONNXGraph(
            name: "then", nodes: [ONNXNode(operation: "Neg", inputs: [scaled], outputs: ["negative"])],
            outputs: [ONNXValue(name: "negative", shape: nil)])
        let result = builder.add(
            "Reshape", [scaled, shape],
            [
                "ints": [1, -2, 3], "floats": .floats([0.5, -1]), "strings": .strings(["a", "", "é"]),
                "tensor": .tensor(ONNXTensor(name: "", integers: [1, 2])), "graph": .graph(branch),
                "tensors": .tensors([ONNXTensor(name: "t", Tensor(shape: [], values: [1]))]),
                "texts": .tensor(ONNXTensor(name: "", shape: [2], elementType: .string, contents: .texts(["x", "y"]))),
                "graphs": .graphs([branch, branch]),
            ], name: "pixels")
        builder.output("scores", from: result, shape: ["N", 2])
        var model = builder.model(metadata: [(key: "labels", value: "[\"a\"]"), (key: "k", value: "")])
        model.otherOpsets = ["ai.onnx.ml": 3]
        return model
    }

    @Test("a model that is written and read again says the same")
    func roundTrip() throws {
        let model = Self.sample()
        let bytes = model.encoded()
        let read = try ONNXModel(decoding: bytes)
        #expect(read.encoded() == bytes)
        #expect(read.irVersion == 8 && read.opsetVersion == 17 && read.producer == "prunelle")
        #expect(read.otherOpsets == ["ai.onnx.ml": 3])
        #expect(read.metadata.map(\.key) == ["labels", "k"] && read.metadata.map(\.value) == ["[\"a\"]", ""])
        #expect(read.graph.inputs == model.graph.inputs && read.graph.outputs == model.graph.outputs)
        #expect(read.graph.nodes.map(\.operation) == ["MatMul", "Mul", "Reshape", "Identity"])
        #expect(read.graph.nodes[1].inputs == ["MatMul", "constant", ""])
        #expect(read.graph.nodes[1].attributes == ["alpha": 0.5, "axis": -1, "mode": "naïve"])
        #expect(read.graph.initializers[0].floats?.values == [1, -2, 0.5, .infinity])
        #expect(read.graph.nodes[2].attributes["ints"] == [1, -2, 3])
        #expect(read.graph.nodes[2].attributes["floats"] == .floats([0.5, -1]))
        #expect(read.graph.nodes[2].attributes["strings"] == .strings(["a", "", "é"]))
        try read.graph.validate()
    }

    @Test("a name taken by another value is made unique")
    func uniqueNames() {
        let graph = Self.sample().graph
        #expect(graph.nodes[2].outputs == ["pixels_1"])
    }

    @Test("the model of another exporter is read", .enabled(if: SharedData.isPresent, "needs the shared samples"))
    func foreignModel() throws {
        let file = try Data(contentsOf: SharedData.file("mnist/models/nharish_cnn.onnx"))
        let model = try ONNXModel(decoding: [UInt8](file))
        #expect(model.producer == "keras2onnx" && model.opsetVersion == 13)
        #expect(model.graph.inputs.first?.shape?.dropFirst() == [28, 28, 1])
        #expect(model.graph.nodes.contains { $0.operation == "Conv" })
        try model.graph.validate()
    }

    /// Writes one field of wire type 2.
    static func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
        precondition(number < 16 && content.count < 128)
        return [number << 3 | 2, UInt8(content.count)] + content
    }

    /// A model whose graph has one constant of the given fields.
    static func model(constant: [UInt8]) -> [UInt8] {
        [8, 8] + field(7, field(5, constant))
    }

    @Test("elements are read from every field that may hold them")
    func elementFields() throws {
        func constant(_ fields: [UInt8]) throws -> ONNXTensor? {
            try ONNXModel(decoding: Self.model(constant: fields)).graph.initializers.first
        }
        let packed = try constant([8, 2, 16, 1] + Self.field(4, [0, 0, 128, 63, 0, 0, 0, 192]))
        #expect(packed?.floats?.values == [1, -2])
        let single = try constant([8, 2, 16, 1, 37, 0, 0, 128, 63, 37, 0, 0, 0, 192])
        #expect(single?.floats?.values == [1, -2])
        let bytes = try constant([8, 2, 16, 2] + Self.field(5, [7, 200, 1]))
        #expect(bytes?.contents == .bytes([7, 200]))
        let longs = try constant([8, 1, 16, 7] + Self.field(7, [255, 255, 255, 255, 255, 255, 255, 255, 255, 1]))
        #expect(longs?.contents == .bytes([255, 255, 255, 255, 255, 255, 255, 255]))
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let bytes: [UInt8]
        let reason: String

        init(_ name: String, _ bytes: [UInt8], _ reason: String) {
            testDescription = name
            self.bytes = bytes
            self.reason = reason
        }
    }

    static let refusals = [
        Refusal("empty", [], "no graph"),
        Refusal("no graph", [8, 8], "no graph"),
        Refusal("no version", field(7, []), "no format version"),
        Refusal("two graphs", [8, 8] + field(7, []) + field(7, []), "two graphs"),
        Refusal("external data", model(constant: [0x6A, 0]), "in another file"),
        Refusal("external location", model(constant: [0x70, 1]), "in another file"),
        Refusal(
            "external data in an attribute",
            [8, 8] + field(7, field(1, field(4, [65]) + field(5, field(1, [66]) + field(5, [0x70, 1, 0xA0, 1, 4])))),
            "in another file"),
        Refusal("too few elements", model(constant: [8, 2, 16, 1, 37, 0, 0, 128, 63]), "but 1 elements"),
        Refusal("too many elements", model(constant: [8, 1, 16, 1] + field(9, [0, 0, 0, 0, 0])), "but 1 elements"),
        Refusal(
            "negative length",
            model(constant: [8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1, 16, 1]), "impossible shape"),
        Refusal(
            "overflowing shape",
            model(constant: [8, 128, 128, 128, 128, 32, 8, 128, 128, 128, 128, 32, 16, 1]), "impossible shape"),
        Refusal("unknown element type", model(constant: [16, 99]), "unknown element type 99"),
        Refusal("sparse constant", [8, 8] + field(7, field(15, [])), "sparse"),
        Refusal("part beyond the end", [8, 8, 58, 100, 0], "beyond its end"),
        Refusal("huge part", [58] + [UInt8](repeating: 255, count: 9) + [1], "beyond its end"),
        Refusal("endless number", [8] + [UInt8](repeating: 255, count: 20), "middle of a number"),
        Refusal("group", [11, 12], "wire type 3"),
        Refusal("field zero", [0, 0], "numbered 0"),
    ]

    @Test("what cannot be used is refused with its reason", arguments: refusals)
    func refusal(_ refusal: Refusal) {
        let error = #expect(throws: ONNXError.self) { try ONNXModel(decoding: refusal.bytes) }
        #expect(error?.reason.contains(refusal.reason) == true, "\(error?.reason ?? "no error")")
    }

    @Test("graphs nested beyond the limit are refused")
    func nesting() {
        var graph = ONNXGraph(name: "inner")
        for _ in 0..<20 {
            let node = ONNXNode(operation: "If", inputs: [], outputs: [], attributes: ["then": .graph(graph)])
            graph = ONNXGraph(name: "outer", nodes: [node])
        }
        let bytes = ONNXModel(graph: graph).encoded()
        let error = #expect(throws: ONNXError.self) { try ONNXModel(decoding: bytes) }
        #expect(error?.reason.contains("deeper than 8") == true)
    }

    @Test("a graph that reads what nothing wrote, or writes twice, is refused")
    func validation() {
        let cycle = ONNXGraph(
            name: "cycle",
            nodes: [
                ONNXNode(operation: "Neg", inputs: ["b"], outputs: ["a"]),
                ONNXNode(operation: "Neg", inputs: ["a"], outputs: ["b"]),
            ], outputs: [ONNXValue(name: "b", shape: nil)])
        #expect(throws: ONNXError("operation Neg '' reads 'b', which nothing has written")) { try cycle.validate() }
        var twice = cycle
        twice.inputs = [ONNXValue(name: "b", shape: nil)]
        twice.nodes[1].outputs = ["a"]
        #expect(throws: ONNXError("two operations write the value 'a'")) { try twice.validate() }
        twice.nodes.removeLast()
        twice.outputs[0].name = "c"
        #expect(throws: ONNXError("the output 'c' is written by no operation")) { try twice.validate() }
    }

    @Test("a file cut anywhere or with flipped bits is read or refused, never a crash", arguments: 0..<8)
    func damage(seed: Int) {
        let bytes = Self.sample().encoded()
        var random = RepeatableRandom(seed: seed)
        for length in 0..<bytes.count where length % 8 == seed { _ = try? ONNXModel(decoding: Array(bytes[..<length])) }
        for _ in 0..<200 {
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                damaged[Int.random(in: 0..<bytes.count, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            }
            if let model = try? ONNXModel(decoding: damaged) { try? model.graph.validate() }
        }
    }
}
