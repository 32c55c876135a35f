import ONNX
import Tensors
import Testing

@Suite("Where weights lie in an ONNX file")
struct ONNXAlignmentTests {
    @Test("large constants begin at lines of memory, and the file says the same", arguments: [0, 1, 17, 61])
    func aligned(nameLength: Int) throws {
        var builder = GraphBuilder(name: "sample" + String(repeating: "x", count: nameLength))
        var value = builder.input("x", shape: ["N", 1500])
        var marks: [Float] = []
        for index in 0..<5 {
            let mark = Float(index) + 0.372_91
            marks.append(mark)
            let name = "weights" + String(repeating: "y", count: index * 3)
            value = builder.add(
                "Add",
                [
                    value,
                    builder.constant(
                        Tensor(shape: [1500], values: [mark] + [Float](repeating: 1, count: 1499)), name: name),
                ])
        }
        builder.output("y", from: value, shape: ["N", 1500])
        let model = builder.model()
        let bytes = model.encoded()
        for mark in marks {
            let wanted = withUnsafeBytes(of: mark.bitPattern.littleEndian) { Array($0) }
            let place = try #require((0..<bytes.count - 4).first { bytes[$0..<$0 + 4].elementsEqual(wanted) })
            #expect(place % 64 == 0)
        }
        let read = try ONNXModel(decoding: bytes)
        #expect(read.graph.initializers.map(\.floats) == model.graph.initializers.map(\.floats))
        #expect(read.graph.nodes == model.graph.nodes)
    }
}
