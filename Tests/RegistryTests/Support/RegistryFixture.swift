import Foundation
import Inference
import JSON
import ModelFiles
import ONNX
import Observability
import Registry
import Storage
import Synchronization
import Tensors
import TestSupport

/// A catalog, a store of graphs and live models on a folder of their own.
struct RegistryFixture: Sendable {
    static let app = "shapes"
    /// The engine all tests share: two would compete for the cores.
    static let runtime = Result {
        var configuration = InferenceConfiguration()
        // All tests begin at once, and each brings models.
        configuration.loadQueueLimit = 10_000
        return try InferenceRuntime(configuration)
    }

    let folder: TemporaryFolder
    let database: any SQLDatabase
    let catalog: SQLModelCatalog
    let graphs: ModelGraphs
    let converter: CountingConverter
    let live: LiveModels

    init(
        driver: SQLDriver = .sqlite, converter: CountingConverter = CountingConverter(),
        requirement: ModelRequirement = .none
    ) async throws {
        folder = try TemporaryFolder()
        database = try await driver.open(folder.url)
        catalog = try await SQLModelCatalog(database)
        graphs = ModelGraphs(objects: try FileObjectStore(root: folder.file("objects")), converter: converter)
        self.converter = converter
        live = LiveModels(
            app: Self.app, catalog: catalog, graphs: graphs, runtime: try Self.runtime.get(), requirement: requirement)
    }

    /// Other live models on the same storage, as another server has them.
    func anotherServer() async throws -> LiveModels {
        LiveModels(
            app: Self.app, catalog: try await SQLModelCatalog(database), graphs: graphs,
            runtime: try Self.runtime.get(), requirement: .none)
    }

    /// A version without a file.
    func description(_ name: String, app: String = RegistryFixture.app) -> ModelVersion {
        ModelVersion(
            id: .next(), app: app, name: name, algorithm: "none", format: "onnx", origin: .upload, file: nil,
            createdAt: .now)
    }

    /// Writes a model file and describes it; the file is not kept yet.
    func model(_ content: SampleFile) throws -> (version: ModelVersion, file: URL) {
        let file = try folder.write(content.bytes, to: "upload-\(ObjectID.next())")
        let version = ModelVersion(
            id: .next(), app: Self.app, name: "scale", algorithm: "none", format: "onnx", origin: .upload,
            file: ModelFile(
                hash: try ContentHash(ofFile: file), size: content.bytes.count, name: "model.onnx",
                contentType: "application/octet-stream"),
            createdAt: .now)
        return (version, file)
    }

    /// Adds a model.
    @discardableResult
    func add(_ content: SampleFile, as alias: ModelAlias? = nil) async throws -> ModelVersion {
        let (version, file) = try model(content)
        try await live.add(version, file: file, as: alias)
        return version
    }
}

extension ModelRequirement {
    /// Takes every model and believes its reader.
    static let none = ModelRequirement(
        check: { _ in }, fit: { _, guess in ModelFit(input: guess ?? .unknown, trial: nil) })
}

extension InputGuess {
    static let unknown = InputGuess(.unit(.gray), .assumed, reason: "nothing tells")
}

/// Model files whose result names the file: one number, `scale`, for the input 1.
enum SampleFile {
    case scale(Float)
    case broken(String)

    var bytes: [UInt8] {
        switch self {
        case .scale(let scale):
            var builder = GraphBuilder(name: "scale")
            let input = builder.input("x", shape: [1])
            let product = builder.add("Mul", [input, builder.constant(Tensor(shape: [1], values: [scale]))])
            builder.output("y", from: product, shape: [1])
            return builder.model().encoded()
        case .broken(let text): return Array("broken \(text)".utf8)
        }
    }
}

extension LiveModel {
    /// The number that tells models of `SampleFile.scale` apart.
    var scale: Float? {
        get async throws { try await network.predict(Tensor(shape: [1], values: [1])).first?.values.first }
    }
}

/// Passes ONNX files on, refuses what starts with `broken`, and counts how often it is asked.
final class CountingConverter: ModelConverter {
    private let count = Mutex(0)
    private let gate: Gate?

    /// - Parameter gate: what conversions wait for.
    init(gate: Gate? = nil) {
        self.gate = gate
    }

    /// How many conversions were begun.
    var calls: Int { count.withLock(\.self) }

    func convert(_ file: URL, statement: JSONValue?, to output: URL) async throws -> JSONValue {
        count.withLock { $0 += 1 }
        await gate?.wait()
        let bytes = try Data(contentsOf: file)
        guard !bytes.starts(with: Data("broken".utf8)) else { throw RegistryError.unusable(reason: "it is broken") }
        try bytes.write(to: output)
        return statement.map { ["statement": $0, "format": "onnx"] } ?? ["format": "onnx"]
    }
}
