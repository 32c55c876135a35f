import ModelFiles
import Testing

@Suite("Files of other programs")
struct ForeignFileTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let bytes: [UInt8]
        let advice: String

        init(_ name: String, _ bytes: [UInt8], _ advice: String) {
            (testDescription, self.bytes, self.advice) = (name, bytes, advice)
        }

        init(_ text: String, _ advice: String) { self.init(text, Array(text.utf8), advice) }
    }

    /// A message with a name in it, as nodes of TensorFlow and inputs of Core ML start.
    private static let named: [UInt8] = [0x0A, 0x0E, 0x0A, 0x01, 0x78, 0x12, 0x09] + Array("Const....".utf8)

    static let cases = [
        Case("SavedModel", [0x08, 0x01, 0x12, 0x10] + named, "tf2onnx.convert --saved-model"),
        Case("frozen graph", named, "tf2onnx.convert --graphdef"),
        Case("Core ML", [0x08, 0x04, 0x12, 0x10] + named, "Core ML"),
        Case("Core ML, longer", [0x08, 0x04, 0x12, 0x90, 0x01] + named, "Core ML"),
        Case("array", [0x93] + Array("NUMPY".utf8) + [1, 0], "NumPy array"),
        Case("XGBoost, binary", Array("{L".utf8) + [0, 0, 0, 1], "XGBoost"),
        Case("version https://git-lfs.github.com/spec/v1\noid sha256:00", "git lfs pull"),
        Case("tree\nversion=v4\n", "LightGBM"), Case("import torch\n", "a program in Python"),
        Case("GGUF....", "GGUF"), Case("[net]\nbatch=1", "Darknet"),
        Case("model_checkpoint_path: \"a\"", "checkpoints of TensorFlow"),
        Case(#"{"learner": {}}"#, "XGBoost"), Case(#"{"modelTopology": {}}"#, "TensorFlow.js"),
        Case(#"{"cells": []}"#, "a notebook"), Case(#"{"a": 1}"#, "JSON text"),
        Case(#"{"class_name": "Sequential", "config": {}}"#, "without their weights"),
        Case("<?xml version=\"1.0\"?><PMML>", "PMML"), Case("<html>", "the download may have failed"),
    ]

    @Test("are told by their content, with what to do instead", arguments: cases)
    func told(file: Case) {
        let error = #expect(throws: ModelFileError.self) { try ModelImporter.read(file.bytes) }
        #expect(error?.kind == .unknownFormat)
        #expect(error?.message.contains(file.advice) == true, "\(error?.message ?? "read")")
        #expect(error?.message.contains("\n") == false)
    }
}
