import Foundation
import Inference
import ModelFiles
import ONNX
import TestSupport
import Testing

@Suite("Reading TensorFlow Lite files")
struct TFLiteTests {
    static func inspection(_ file: String) throws -> ModelInspection {
        try ModelImporter.read(try GoldenModel.bytes(of: file)).inspection
    }

    @Test("inputs, outputs, operations and the program are told")
    func inspection() throws {
        let found = try Self.inspection("tflite_float.tflite")
        #expect(found.format == .tflite)
        #expect(found.frameworkVersion == "TensorFlow Lite (MLIR Converted.)")
        #expect(found.inputs.map(\.shape) == [[nil, 12, 12, 3]] && found.outputs.map(\.shape) == [[nil, 5]])
        #expect(
            Set(found.layers.map(\.type)).isSuperset(of: ["CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "SOFTMAX"])
        )
        #expect(found.labels == nil)
        #expect(found.preprocessing?.certainty == .assumed)
        #expect(try Self.inspection("tflite_uint8_io.tflite").inputs[0].elementType == .uint8)
    }

    @Test("the input's values are told by its type, its quantization, the first operation, or the notes")
    func preprocessing() throws {
        func guess(_ file: String) throws -> InputGuess? { try Self.inspection("tflite_\(file).tflite").preprocessing }
        #expect(try guess("uint8_io")?.convention == .bytes(.rgb))
        #expect(try guess("int8_io")?.convention == InputConvention(channels: .rgb, scale: 1, mean: [128]))
        #expect(try guess("int8")?.convention == .unit(.rgb))
        #expect(try guess("int8")?.certainty == .inferred)
        #expect(try guess("rescaled")?.convention == .bytes(.rgb))
        #expect(
            try guess("notes")?.convention
                == InputConvention(channels: .rgb, scale: 1, mean: [127.5], standardDeviation: [127.5]))
        #expect(try guess("notes")?.certainty == .stated)
    }

    @Test("class names are read from the archive at the end of the file")
    func labels() throws {
        #expect(try Self.inspection("tflite_notes.tflite").labels == ["apple", "banana", "cherry", "date", "elder"])
    }

    @Test("a file goes through the cache of compiled models and comes back from it")
    func cache() async throws {
        let golden = try #require(FormatGolden.tflite.first { $0.file == "tflite_float.tflite" })
        let folder = try TemporaryFolder()
        var configuration = InferenceConfiguration()
        configuration.workers = 1
        configuration.cacheFolder = folder.url
        for _ in 0..<2 {
            let runtime = try InferenceRuntime(configuration)
            defer { runtime.stop() }
            let model = try await runtime.load(.bytes(try GoldenModel.bytes(of: golden.file)), name: "lite")
            #expect(try await model.predict(golden.inputs)[0].distance(to: golden.outputs[0]) < golden.tolerance)
        }
        let names = try folder.files().map { URL(filePath: $0).lastPathComponent }
        #expect(names.contains("model.tflite") && names.contains { $0.hasSuffix(".blob") })
    }

    @Test("operations of TensorFlow itself are refused by name")
    func flex() throws {
        let error = HostileFileTests.refusal(try GoldenModel.bytes(of: "hostile_flex.tflite"))
        #expect(error?.kind == .unsupported)
        #expect(error?.message.contains("operation 'FlexMatrixDeterminant' runs in TensorFlow itself (Flex)") == true)
    }

    @Test("a recurrence that keeps a state is refused for that, not as damaged")
    func state() throws {
        let error = HostileFileTests.refusal(try GoldenModel.bytes(of: "hostile_state.tflite"))
        #expect(error?.kind == .unsupported)
        #expect(
            error?.message.contains("UNIDIRECTIONAL_SEQUENCE_LSTM keeps a state") == true, "\(error?.message ?? "")")
    }

    @Test("another version of the format is refused")
    func version() throws {
        let error = HostileFileTests.refusal([8, 0, 0, 0] + Array("TFL3".utf8) + [4, 0, 4, 0, 4, 0, 0, 0])
        #expect(error != nil)
        #expect(error?.message.contains("TensorFlow Lite") == true)
    }

    @Test("a file whose parts refer to each other for ages is refused")
    func aliases() throws {
        // A vector of 60,000 buffers that are one table, in each of 60,000 graphs that are one graph.
        var bytes: [UInt8] = []
        func append(_ value: some FixedWidthInteger) { withUnsafeBytes(of: value.littleEndian) { bytes += $0 } }
        append(UInt32(20))
        bytes += Array("TFL3".utf8)
        // At 8: the fields of the model (version, codes, graphs), at 20 its table.
        for value in [10, 16, 4, 0, 8, 0] as [UInt16] { append(value) }
        append(Int32(12))
        append(UInt32(3))
        append(UInt32(8))
        append(UInt32(0))
        // At 36: the vector of graphs; each refers to the table behind it.
        let count = 60_000
        append(UInt32(count))
        let table = 40 + 4 * count + 8
        for index in 0..<count { append(UInt32(table - (40 + 4 * index))) }
        // The fields of a graph (its tensors alone) and its table, whose tensors are a vector of the same kind.
        for value in [6, 8, 4, 0] as [UInt16] { append(value) }
        append(Int32(8))
        append(UInt32(4))
        append(UInt32(count))
        let tensor = bytes.count + 4 * count + 4
        for index in 0..<count { append(UInt32(tensor - (bytes.count + 0 * index))) }
        for value in [4, 4] as [UInt16] { append(value) }
        append(Int32(4))
        let error = HostileFileTests.refusal(bytes)
        #expect(error?.kind == .tooLarge, "\(error?.message ?? "read")")
    }
}
