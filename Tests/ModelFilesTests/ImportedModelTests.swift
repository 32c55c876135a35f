import Foundation
import ModelFiles
import Testing

@Suite("Writing an imported model")
struct ImportedModelTests {
    @Test("the file has the bytes of the graph, and replaces one of the name", arguments: ["keras3_nested.h5"])
    func write(file: String) throws {
        let model = try ModelImporter.read(try GoldenModel.bytes(of: file))
        let folder = FileManager.default.temporaryDirectory.appending(path: "imported-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let output = folder.appending(path: "model.onnx")
        try Data("old".utf8).write(to: output)
        try model.write(to: output)
        #expect(try [UInt8](Data(contentsOf: output)) == model.onnx)
        // What has been read again is kept as it is.
        let again = try ModelImporter.read(contentsOf: output)
        try again.write(to: output)
        #expect(try [UInt8](Data(contentsOf: output)) == model.onnx)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["model.onnx"])
    }

    @Test("a place that cannot be written is an error without the path")
    func unwritable() throws {
        let model = try ModelImporter.read(try GoldenModel.bytes(of: "keras3_nested.h5"))
        let error = #expect(throws: ModelFileError.self) {
            try model.write(to: URL(filePath: "/nonexistent/secret/model.onnx"))
        }
        #expect(error?.kind == .unreadable)
        #expect(error?.message.contains("secret") == false)
    }
}
