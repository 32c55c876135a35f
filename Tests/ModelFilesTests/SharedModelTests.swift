import Foundation
import JSON
import ModelFiles
import Tensors
import TestSupport
import Testing

@Suite("Digit models of other people", .enabled(if: SharedData.isPresent, "needs the shared samples"))
struct SharedModelTests {
    static let files = [
        "mamun_functional_tfkeras211.h5", "moonflower_cnn_keras311.h5", "moonflower_cnn_keras311.keras",
        "nharish_cnn.onnx", "nharish_cnn_tfkeras230.h5", "ryecatcher_lenet_keras231_input255.h5",
        "jithsg_mlp_lightning209.ckpt", "jithsg_mlp_state_dict.pt",
    ]

    @Test("they answer what their framework answered, within 1e-4", arguments: files)
    func agreement(file: String) async throws {
        let expected = try JSONValue(parsing: try Data(contentsOf: SharedData.file("mnist/expected.json")))
        let entry = try #require(expected["models"]?["models/\(file)"])
        let model = try ModelImporter.read(contentsOf: SharedData.file("mnist/models/\(file)"))
        let input = try #require(model.inspection.inputs.first)
        let scale: Float = entry["input"] == "x" ? 1 : 1 / 255
        let images = try Self.images().map { Float($0) * scale }
        let shape = [1000] + input.shape.dropFirst().compactMap(\.self)
        let output = try #require(
            try await Engine.predict(model, [input.name: Tensor(shape: shape, values: images)]).first)

        let rows = try #require(entry["output_first5"]?.arrayValue)
        let reference = rows.flatMap { $0.arrayValue ?? [] }.compactMap(\.doubleValue).map(Float.init)
        let first = Tensor(shape: [5, 10], values: Array(output.values.prefix(50)))
        #expect(first.distance(to: Tensor(shape: [5, 10], values: reference)) < 1e-4)

        let digits = (0..<1000).map { row in
            let scores = output.values[row * 10..<row * 10 + 10]
            return (scores.indices.max { scores[$0] < scores[$1] } ?? 0) - row * 10
        }
        #expect(Array(digits.prefix(100)) == entry["labels_first100"]?.arrayValue?.compactMap(\.intValue))
        let labels = try Self.labels()
        let right = zip(digits, labels).count { $0 == Int($1) }
        #expect(Double(right) / 1000 == entry["accuracy_first1000"]?.doubleValue)
    }

    static func images() throws -> [UInt8] { try unpacked("t10k-first1000-images-idx3-ubyte.gz", header: 16) }
    static func labels() throws -> [UInt8] { try unpacked("t10k-first1000-labels-idx1-ubyte.gz", header: 8) }

    private static func unpacked(_ name: String, header: Int) throws -> [UInt8] {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["gzip", "-dc", SharedData.file("mnist/\(name)").path]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return Array(data.dropFirst(header))
    }
}
