import Foundation
import Inference
import Tensors
import Testing

/// Formats that the library reads beside ONNX, from memory, from files of any name, and through the cache.
@Suite("OpenVINO and TensorFlow Lite models")
struct OwnFormatTests {
    /// y = x + (1, 2, 3), described as the library writes it, with the weights behind in one piece.
    static let pair: [UInt8] = {
        let description = """
            <?xml version="1.0"?><net name="sum" version="11"><layers>\
            <layer id="0" name="x" type="Parameter" version="opset1"><data shape="?,3" element_type="f32"/>\
            <output><port id="0" precision="FP32" names="x"><dim>-1</dim><dim>3</dim></port></output></layer>\
            <layer id="1" name="w" type="Const" version="opset1">\
            <data element_type="f32" shape="3" offset="0" size="12"/>\
            <output><port id="0" precision="FP32"><dim>3</dim></port></output></layer>\
            <layer id="2" name="sum" type="Add" version="opset1"><data auto_broadcast="numpy"/>\
            <input><port id="0" precision="FP32"><dim>-1</dim><dim>3</dim></port>\
            <port id="1" precision="FP32"><dim>3</dim></port></input>\
            <output><port id="2" precision="FP32" names="y"><dim>-1</dim><dim>3</dim></port></output></layer>\
            <layer id="3" name="r" type="Result" version="opset1">\
            <input><port id="0" precision="FP32"><dim>-1</dim><dim>3</dim></port></input></layer></layers><edges>\
            <edge from-layer="0" from-port="0" to-layer="2" to-port="0"/>\
            <edge from-layer="1" from-port="0" to-layer="2" to-port="1"/>\
            <edge from-layer="2" from-port="2" to-layer="3" to-port="0"/></edges></net>
            """
        var bytes: [UInt8] = [0x8A, 0x4F, 0x56, 0x49, 0x52, 0x0D, 0x0A, 0x01]
        withUnsafeBytes(of: UInt64(description.utf8.count).littleEndian) { bytes += $0 }
        bytes += Array(description.utf8)
        bytes += [UInt8](repeating: 0, count: (64 - bytes.count % 64) % 64)
        ([1, 2, 3] as [Float]).withUnsafeBytes { bytes += $0 }
        return bytes
    }()

    static let input = Tensor(shape: [1, 3], values: [10, 20, 30])

    @Test("an IR in one piece is loaded from memory and from a file of any name")
    func pairs() async throws {
        let runtime = try makeRuntime()
        defer { runtime.stop() }
        let model = try await runtime.load(.bytes(Self.pair), name: "pair")
        #expect(try await model.predict(Self.input)[0].values == [11, 22, 33])
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(Self.pair).write(to: file)
        let again = try await runtime.load(.file(file), name: "file")
        #expect(try await again.predict(Self.input)[0].values == [11, 22, 33])
    }

    @Test("an IR goes through the cache of compiled models and comes back from it")
    func cache() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        var configuration = InferenceConfiguration()
        configuration.workers = 1
        configuration.cacheFolder = folder
        for _ in 0..<2 {
            let runtime = try InferenceRuntime(configuration)
            defer { runtime.stop() }
            let model = try await runtime.load(.bytes(Self.pair), name: "pair")
            #expect(try await model.predict(Self.input)[0].values == [11, 22, 33])
        }
        let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path).map {
            URL(filePath: $0).lastPathComponent
        }
        #expect(names.contains("model.xml") && names.contains("model.bin") && names.contains { $0.hasSuffix(".blob") })
    }

    @Test("an IR that is cut off is refused", arguments: [8, 15, 16, 100, 500])
    func cut(length: Int) async throws {
        let runtime = try makeRuntime()
        defer { runtime.stop() }
        let bytes = Array(Self.pair[..<length])
        guard case .invalidModel = await inferenceError({ try await runtime.load(.bytes(bytes), name: "cut").name })
        else {
            Issue.record("the model was taken")
            return
        }
    }

    @Test("a TensorFlow Lite file that is damaged is refused")
    func damagedLite() async throws {
        let runtime = try makeRuntime()
        defer { runtime.stop() }
        let bytes = [20, 0, 0, 0] + Array("TFL3".utf8) + [UInt8](repeating: 255, count: 100)
        guard case .invalidModel = await inferenceError({ try await runtime.load(.bytes(bytes), name: "lite").name })
        else {
            Issue.record("the model was taken")
            return
        }
    }
}
