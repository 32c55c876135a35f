import Foundation
import Inference
import ONNX
import Tensors
import Testing

/// Models with many weights are read by an outline that leaves the weights where they lie.
@Suite("Models whose weights are used in place")
struct OutlineTests {
    /// y = x + w with 512 × 1024 weights, which begin at a line of memory unless `shift` moves them.
    ///
    /// Sums use their constants as they are, while products rearrange them once and for all.
    private static func model(shift: Int = 0, seed: UInt64 = 3) -> [UInt8] {
        var random = SplitMix(state: seed)
        var builder = ONNX.GraphBuilder(name: "wide")
        let input = builder.input("x", shape: ["N", 1, 1024])
        let weights = Tensor(shape: [512, 1024], values: (0..<512 * 1024).map { _ in random.next() })
        let sum = builder.add("Add", [input, builder.constant(weights, name: "w")])
        builder.output("y", from: sum, shape: ["N", 512, 1024])
        var bytes = builder.model().encoded()
        // A version of the writer, behind the format's version and the writer's name.
        if shift > 0 { bytes.insert(contentsOf: [0x1A, UInt8(shift)] + Array(repeating: 0x78, count: shift), at: 12) }
        return bytes
    }

    private static let input: Tensor = {
        var random = SplitMix(state: 5)
        return Tensor(shape: [1, 1, 1024], values: (0..<1024).map { _ in random.next() })
    }()

    private static func withFolder(_ body: (URL) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "outline-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder)
    }

    /// Whether the process has a file of this name in its memory, even one that was removed since.
    private static func hasMapped(_ name: String) throws -> Bool {
        try String(contentsOfFile: "/proc/self/maps", encoding: .utf8).contains("/\(name)")
    }

    private static func predict(_ source: ModelSource, cache: URL? = nil) async throws -> [Tensor] {
        let runtime = try makeRuntime { $0.cacheFolder = cache }
        defer { runtime.stop() }
        return try await runtime.load(source, name: "wide").predict(input)
    }

    @Test("give the results of the whole file, and leave nothing beside it")
    func sameResults() async throws {
        // Weights of its own: the engine lets models share equal ones, and those of another test may lie elsewhere.
        let bytes = Self.model(seed: 71)
        let wanted = try await Self.predict(.bytes(bytes))
        try await Self.withFolder { folder in
            let name = "weights of \(UUID()) é.onnx"
            let file = folder.appending(path: name)
            try Data(bytes).write(to: file)
            let runtime = try makeRuntime()
            defer { runtime.stop() }
            let model = try await runtime.load(.file(file, mayWriteBeside: true), name: "wide")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [name])
            // A file that is renamed or removed is still the one that was read.
            try FileManager.default.removeItem(at: file)
            #expect(try await model.predict(Self.input) == wanted)
            #expect(try Self.hasMapped(name))
            withExtendedLifetime(model) {}
        }
    }

    @Test("weights that do not lie as floats should are copied, with the same results", arguments: [3, 4, 5])
    func misaligned(shift: Int) async throws {
        let wanted = try await Self.predict(.bytes(Self.model()))
        try await Self.withFolder { folder in
            let name = "\(UUID()).onnx"
            let file = folder.appending(path: name)
            try Data(Self.model(shift: shift)).write(to: file)
            let runtime = try makeRuntime()
            defer { runtime.stop() }
            let model = try await runtime.load(.file(file, mayWriteBeside: true), name: "wide")
            #expect(try await model.predict(Self.input) == wanted)
            #expect(try !Self.hasMapped(name))
        }
    }

    @Test("nothing is written beside a file without leave, nor over a file of the name")
    func leave() async throws {
        let wanted = try await Self.predict(.bytes(Self.model()))
        try await Self.withFolder { folder in
            let file = folder.appending(path: "model.onnx")
            try Data(Self.model()).write(to: file)
            let outline = ModelSource.outline(of: file)
            try FileManager.default.createDirectory(at: outline, withIntermediateDirectories: false)
            #expect(try await Self.predict(.file(file, mayWriteBeside: true)) == wanted)
            #expect(try await Self.predict(.file(file)) == wanted)
        }
    }

    @Test("a cached model is kept as outline and weights, and mended when either is damaged", arguments: [0, 1])
    func cached(broken: Int) async throws {
        let wanted = try await Self.predict(.bytes(Self.model()))
        try await Self.withFolder { folder in
            let source = ModelSource.bytes(Self.model())
            #expect(try await Self.predict(source, cache: folder) == wanted)
            let entry = try #require(FileManager.default.contentsOfDirectory(atPath: folder.path).first)
            let names = ["model.onnx", "model.weights"]
            let files = names.map { folder.appending(path: entry).appending(path: $0) }
            let whole = try files.map { try Data(contentsOf: $0) }
            #expect(whole[0].count < 10_000 && whole[1] == Data(Self.model()))
            var damaged = whole[broken]
            damaged[damaged.count / 2] ^= 0x40
            try damaged.write(to: files[broken])
            #expect(try await Self.predict(source, cache: folder) == wanted)
            #expect(try files.map { try Data(contentsOf: $0) } == whole)
        }
    }

    @Test("a model that lies about the number of its weights is refused as ever")
    func wrongCount() async throws {
        var model = try ONNXModel(decoding: Self.model())
        model.graph.initializers[0].shape = [1024, 1024]
        let bytes = model.encoded()
        try await Self.withFolder { folder in
            let file = folder.appending(path: "model.onnx")
            try Data(bytes).write(to: file)
            guard
                case .invalidModel = await inferenceError({
                    try await Self.predict(.file(file, mayWriteBeside: true))
                })
            else {
                Issue.record("the model was taken")
                return
            }
        }
    }
}
