import JSON
import ModelFiles
import Tensors
import TestSupport
import Testing

/// A model that some program wrote (see `Golden/make_formats.py`), an input, and what its interpreter answered.
struct FormatGolden: Sendable, CustomTestStringConvertible {
    let file: String
    let inputs: [String: Tensor]
    let outputs: [Tensor]
    /// Allowed difference, larger where the interpreter computes in whole numbers.
    let tolerance: Float

    var testDescription: String { file }

    static func all(_ tag: String) -> [FormatGolden] {
        guard let bytes = try? GoldenModel.bytes(of: "formats_\(tag).json"), let json = try? JSONValue(parsing: bytes)
        else { return [] }
        return (json.objectValue ?? JSONObject()).flatMap { _, entry in
            (entry["files"]?.arrayValue ?? []).map { file in
                FormatGolden(
                    file: file.stringValue ?? "",
                    inputs: Dictionary(
                        uniqueKeysWithValues: (entry["inputs"]?.objectValue ?? JSONObject()).map {
                            ($0, Tensor(golden: $1))
                        }),
                    outputs: (entry["outputs"]?.arrayValue ?? []).map(Tensor.init(golden:)),
                    tolerance: Float(entry["tolerance"]?.doubleValue ?? 0))
            }
        }
    }

    /// One has a branch that the picture chooses, which is refused.
    static let onnx = all("onnx").filter { $0.file != ONNXTaintTests.branch }
    static let tflite = all("tflite")
    static let openVINO = all("openvino")
}

@Suite("Files that the engine reads itself agree with their own interpreter")
struct FormatGoldenTests {
    @Test("the golden models are there")
    func present() {
        #expect(FormatGolden.onnx.count >= 25)
        #expect(FormatGolden.tflite.count == 7)
        #expect(FormatGolden.openVINO.count == 4)
    }

    @Test(
        "an imported model answers what its interpreter answered",
        arguments: FormatGolden.onnx + FormatGolden.tflite + FormatGolden.openVINO)
    func agreement(golden: FormatGolden) async throws {
        let model = try ModelImporter.read(try GoldenModel.bytes(of: golden.file))
        #expect(Set(model.inspection.inputs.map(\.name)) == Set(golden.inputs.keys))
        let outputs = try await Engine.predict(model, golden.inputs)
        #expect(outputs.map(\.shape) == golden.outputs.map(\.shape))
        for (index, (output, expected)) in zip(outputs, golden.outputs).enumerated() {
            let distance = output.distance(to: expected)
            #expect(distance < golden.tolerance, "output \(index) differs by \(distance)")
        }
    }

    @Test(
        "the stated inputs and outputs are those that go in and come out",
        arguments: FormatGolden.onnx + FormatGolden.tflite + FormatGolden.openVINO)
    func shapes(golden: FormatGolden) throws {
        let model = try ModelImporter.read(try GoldenModel.bytes(of: golden.file))
        let inputs = model.inspection.inputs.map { ($0, golden.inputs[$0.name]?.shape) }
        let outputs = zip(model.inspection.outputs, golden.outputs.map(\.shape)).map { ($0, Optional($1)) }
        // An output of a branch has no stated rank.
        for (spec, shape) in inputs + outputs where !spec.shape.isEmpty {
            #expect(spec.shape.count == shape?.count, "\(spec.name)")
            for (stated, length) in zip(spec.shape, shape ?? []) { #expect(stated == nil || stated == length) }
        }
        #expect(!model.inspection.layers.isEmpty)
        #expect(model.inspection.parameterCount > 0)
    }
}
