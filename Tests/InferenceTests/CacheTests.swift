import Foundation
import Inference
import Tensors
import Testing

@Suite("Compiled-model cache")
struct CacheTests {
    private static let input: Tensor = {
        var random = SplitMix(state: 11)
        return Tensor(shape: [1, 1, 28, 28], values: (0..<784).map { _ in abs(random.next()) })
    }()

    /// A folder of its own, removed at the end.
    private static func withFolder(_ body: (URL) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "cache-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder)
    }

    private static func predict(_ source: ModelSource, cache: URL?, limit: Int? = nil) async throws -> [Tensor] {
        let runtime = try makeRuntime {
            $0.cacheFolder = cache
            if let limit { $0.cacheLimitBytes = limit }
        }
        defer { runtime.stop() }
        return try await runtime.load(source, name: "cached").predict(input)
    }

    private static func files(below folder: URL, endingWith suffix: String = "") -> [URL] {
        let all = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL }
        return (all ?? []).filter { $0.lastPathComponent.hasSuffix(suffix) }.sorted { $0.path < $1.path }
    }

    @Test("the second load takes the compiled model and gives the same results")
    func secondLoad() async throws {
        let source = ModelSource.bytes(SampleGraphs.digits())
        let plain = try await Self.predict(source, cache: nil)
        try await Self.withFolder { folder in
            #expect(try await Self.predict(source, cache: folder) == plain)
            let blobs = Self.files(below: folder, endingWith: ".blob")
            #expect(blobs.count == 1)
            let blob = try #require(blobs.first)
            let before = try blob.resourceValues(forKeys: [.contentModificationDateKey]).contentModificationDate
            #expect(try await Self.predict(source, cache: folder) == plain)
            #expect(Self.files(below: folder, endingWith: ".blob") == blobs)
            let after = try URL(filePath: blob.path).resourceValues(forKeys: [.contentModificationDateKey])
            #expect(after.contentModificationDate == before, "the compiled model was made again")
        }
    }

    @Test(
        "whatever happens to a file of the cache, loading works and mends it",
        arguments: ["empty", "half", "short", "flipped", "replaced", "removed"])
    func corruption(kind: String) async throws {
        let source = ModelSource.bytes(SampleGraphs.digits())
        try await Self.withFolder { folder in
            let wanted = try await Self.predict(source, cache: folder)
            let files = Self.files(below: folder).filter { !$0.hasDirectoryPath }
            #expect(files.count == 3, "model, compiled model and seal")
            for file in files {
                let whole = try Data(contentsOf: file)
                var broken: Data? = whole
                switch kind {
                case "empty": broken = Data()
                case "half": broken = whole.prefix(whole.count / 2)
                case "short": broken = whole.dropLast()
                case "flipped": broken?[whole.count / 3] ^= 0x10
                case "replaced": broken = Data(repeating: 0x41, count: whole.count)
                default: broken = nil
                }
                try FileManager.default.removeItem(at: file)
                try broken?.write(to: file)
                #expect(try await Self.predict(source, cache: folder) == wanted, "\(file.lastPathComponent)")
                let mended = Self.files(below: folder).filter { !$0.hasDirectoryPath }
                #expect(mended.map(\.lastPathComponent) == files.map(\.lastPathComponent))
                #expect(try Data(contentsOf: file) != broken, "\(file.lastPathComponent) was not mended")
            }
        }
    }

    @Test("a cache folder that cannot be used does not keep a model from loading")
    func unusableFolder() async throws {
        let source = ModelSource.bytes(SampleGraphs.digits())
        let plain = try await Self.predict(source, cache: nil)
        #expect(try await Self.predict(source, cache: URL(filePath: "/proc/self/nothing")) == plain)
        try await Self.withFolder { folder in
            try Data("a file, not a folder".utf8).write(to: folder)
            #expect(try await Self.predict(source, cache: folder) == plain)
        }
    }

    @Test("invalid models leave no compiled model behind and stay invalid")
    func invalidModel() async throws {
        try await Self.withFolder { folder in
            let broken = ModelSource.bytes(Array(SampleGraphs.digits().dropLast(500)))
            for _ in 0..<2 {
                guard case .invalidModel = await inferenceError({ try await Self.predict(broken, cache: folder) })
                else {
                    Issue.record("the model was taken")
                    return
                }
            }
            #expect(Self.files(below: folder, endingWith: ".blob").isEmpty)
        }
    }

    @Test("precisions and models have entries of their own, and the oldest go when the limit is reached")
    func limit() async throws {
        try await Self.withFolder { folder in
            let first = ModelSource.bytes(SampleGraphs.digits(seed: 1))
            let second = ModelSource.bytes(SampleGraphs.digits(seed: 2))
            let one = try await Self.predict(first, cache: folder)
            let two = try await Self.predict(second, cache: folder)
            #expect(one != two)
            #expect(Self.files(below: folder, endingWith: ".blob").count == 2)
            #expect(try await Self.predict(first, cache: folder, limit: 1) == one)
            #expect(Self.files(below: folder, endingWith: ".blob").count == 1)
            #expect(try await Self.predict(second, cache: folder) == two)
        }
    }

    @Test("ONNX files and OpenVINO IR are read from where they lie", arguments: [false, true])
    func files(isCached: Bool) async throws {
        try await Self.withFolder { folder in
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let cache = isCached ? folder.appending(path: "cache") : nil
            let onnx = folder.appending(path: "digits.onnx")
            try Data(SampleGraphs.digits()).write(to: onnx)
            let wanted = try await Self.predict(.bytes(SampleGraphs.digits()), cache: nil)
            for _ in 0..<2 { #expect(try await Self.predict(.file(onnx), cache: cache) == wanted) }

            let xml = folder.appending(path: "relu.xml")
            try Data(Self.intermediateRepresentation.utf8).write(to: xml)
            try Data().write(to: folder.appending(path: "relu.bin"))
            var shifted = Self.input
            shifted.values = shifted.values.map { $0 - 0.5 }
            let runtime = try makeRuntime { $0.cacheFolder = cache }
            defer { runtime.stop() }
            let outputs = try await runtime.load(.file(xml), name: "relu").predict(shifted)
            #expect(outputs[0].values == shifted.values.map { max($0, 0) })
        }
    }

    /// A ReLU in the library's own format, written by hand after the published schema of version 11.
    private static let intermediateRepresentation = """
        <?xml version="1.0"?>
        <net name="relu" version="11">
          <layers>
            <layer id="0" name="x" type="Parameter" version="opset1">
              <data shape="1,1,28,28" element_type="f32"/>
              <output><port id="0" precision="FP32" names="x">
                <dim>1</dim><dim>1</dim><dim>28</dim><dim>28</dim></port></output>
            </layer>
            <layer id="1" name="r" type="ReLU" version="opset1">
              <input><port id="0" precision="FP32"><dim>1</dim><dim>1</dim><dim>28</dim><dim>28</dim></port></input>
              <output><port id="1" precision="FP32" names="y">
                <dim>1</dim><dim>1</dim><dim>28</dim><dim>28</dim></port></output>
            </layer>
            <layer id="2" name="y" type="Result" version="opset1">
              <input><port id="0" precision="FP32"><dim>1</dim><dim>1</dim><dim>28</dim><dim>28</dim></port></input>
            </layer>
          </layers>
          <edges>
            <edge from-layer="0" from-port="0" to-layer="1" to-port="0"/>
            <edge from-layer="1" from-port="1" to-layer="2" to-port="0"/>
          </edges>
        </net>
        """
}
