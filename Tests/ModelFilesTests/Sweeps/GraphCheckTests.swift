import Foundation
import JSON
import ModelFiles
import Tensors
import TestSupport
import Testing

/// The graphs are not for our engine alone: they follow the standard, and ONNX Runtime answers alike.
@Suite("Graphs in other engines", .enabled(if: Frameworks.areInstalled, Frameworks.comment))
struct GraphCheckTests {
    @Test("every golden Keras model becomes a sound ONNX file that ONNX Runtime runs as Keras ran the model")
    func keras() throws {
        let folder = try TemporaryFolder()
        var cases = JSONObject()
        for (number, golden) in GoldenModel.all.enumerated() {
            let name = "\(number)-\(golden.file).onnx"
            try folder.write(try ModelImporter.read(try golden.bytes()).onnx, to: name)
            cases[name] = [
                "inputs": .object(JSONObject(golden.inputs.map { ($0, $1.json) })),
                "outputs": golden.outputs.map(\.json).json,
                "tolerance": .number(golden.file.contains("half") ? 5e-3 : 1e-4),
            ]
        }
        try folder.write(JSONValue.object(cases).bytes(), to: "graphs.json")
        let problems = try Frameworks.run("check_graphs.py", into: folder.url)
        #expect(problems == [:])
    }
}

extension Tensor {
    var json: JSONValue { ["shape": shape.json, "values": values.map(Double.init).json] }
}
