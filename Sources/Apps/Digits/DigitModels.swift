import Application
import Foundation
import HTTP
import Inference
import JSON
import ModelFiles
import Observability
import Registry
import Storage

/// The models of the app: what is listed, what answers, and how new ones come in.
struct DigitModels: Sendable {
    static let app = "digits"

    let live: LiveModels
    let catalog: any ModelCatalog
    private let scratch: URL
    private let logger: Logger

    init(_ context: AppContext) {
        live = context.models(of: Self.app, requirement: DigitReader.require)
        catalog = context.catalog
        scratch = context.scratch
        logger = context.logger
    }

    /// What a client says of a model it adds.
    struct Description {
        let name: String
        let algorithm: String
        var format: String
        var metrics: JSONValue = [:]
        var isDefault = false
    }

    /// All versions, the newest first, and the one that answers.
    func list() async throws -> (versions: [ModelVersion], answering: ObjectID?) {
        (try await catalog.versions(of: Self.app), try await catalog.target(of: .default, in: Self.app))
    }

    /// Adds a model; one that is to answer at once must be readable and take digits, else nothing changes.
    func add(_ description: Description, upload: FormPart?) async throws -> ModelVersion {
        try await withFile(of: upload) { file in
            let version = ModelVersion(
                id: .next(), app: Self.app, name: description.name, algorithm: description.algorithm,
                format: description.format, metrics: description.metrics, origin: .upload,
                file: try file.map { try ModelFile(reading: $0, upload) }, createdAt: .now)
            try await live.add(version, file: file, as: description.isDefault ? .default : nil)
            return version
        }
    }

    /// Adds a model whose format is told from its content, and which must be readable and take digits.
    func `import`(_ description: Description, upload: FormPart) async throws -> ModelVersion {
        try await withFile(of: upload) { file in
            guard let file, let format = ModelFormat(startingWith: try Self.head(of: file)) else {
                throw RegistryError.unusable(
                    reason: "the file is neither ONNX nor Keras (.h5, .keras), the formats that are read")
            }
            let version = ModelVersion(
                id: .next(), app: Self.app, name: description.name, algorithm: description.algorithm,
                format: format.digitsName, metrics: description.metrics, origin: .upload,
                file: try ModelFile(reading: file, upload), createdAt: .now)
            try await live.tryOut(version, file: file)
            try await live.add(version, file: file, as: description.isDefault ? .default : nil)
            return version
        }
    }

    /// Brings in the model that ships with Prunelle; it answers unless someone chose another.
    func addStarter(from folder: URL?) async throws {
        guard let file = folder?.appending(path: "digits/digits.onnx"),
            FileManager.default.fileExists(atPath: file.path)
        else {
            logger.warning("no starter model is installed")
            return
        }
        let hash = try ContentHash(ofFile: file)
        guard let id = ObjectID(hash.description.prefix(24)) else { return }
        if try await catalog.version(id, of: Self.app) != nil { return }
        let size = try FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int ?? 0
        let version = ModelVersion(
            id: id, app: Self.app, name: "Prunelle digits", algorithm: "cnn", format: "onnx",
            metrics: Self.starterMetrics(beside: file), origin: .starter,
            file: ModelFile(hash: hash, size: size, name: "digits.onnx", contentType: "application/octet-stream"),
            createdAt: .now)
        let alias: ModelAlias? = try await starterMayAnswer() ? .default : nil
        do {
            try await live.add(version, file: file, handover: .copying, as: alias)
        } catch {
            // Another process that started on the same data at the same moment may have been quicker.
            guard try await catalog.version(id, of: Self.app) != nil else { throw error }
        }
    }

    /// What the trainer measured on pictures that had no part in the training.
    private static func starterMetrics(beside file: URL) -> JSONValue {
        let page = file.deletingLastPathComponent().appending(path: "metrics.json")
        guard let text = FileManager.default.contents(atPath: page.path), let metrics = try? JSONValue(parsing: text),
            let test = metrics["evaluations"]?["test"]
        else { return [:] }
        return [
            "accuracy": test["accuracy"] ?? .null, "loss": test["loss"] ?? .null, "pictures": test["count"] ?? .null,
        ]
    }

    /// Whether no version answers, or an older starter does.
    private func starterMayAnswer() async throws -> Bool {
        guard let id = try await catalog.target(of: .default, in: Self.app) else { return true }
        return try await catalog.version(id, of: Self.app)?.origin == .starter
    }

    /// Loads what answers, so that the first client does not wait for it.
    func warmUp() async {
        do {
            _ = try await live.current()
        } catch {
            logger.error("the default model cannot be used", ["reason": .string("\(error)")])
        }
    }

    private func withFile<Result>(of upload: FormPart?, _ body: (URL?) async throws -> Result) async throws -> Result {
        guard let upload else { return try await body(nil) }
        if let file = upload.temporaryFile { return try await body(file) }
        let file = scratch.appending(path: "upload-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try upload.save(to: file)
        return try await body(file)
    }

    private static func head(of file: URL) throws -> [UInt8] {
        let handle = try FileHandle(forReadingFrom: file)
        defer { try? handle.close() }
        return [UInt8](try handle.read(upToCount: 16) ?? Data())
    }
}

extension ModelFile {
    /// Describes an uploaded file.
    init(reading file: URL, _ upload: FormPart?) throws {
        let size = try FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int
        self.init(
            hash: try ContentHash(ofFile: file), size: size ?? 0, name: upload?.fileName ?? "model",
            contentType: upload?.contentType ?? "application/octet-stream")
    }
}

extension ModelFormat {
    /// The format in the words of the API.
    var digitsName: String {
        switch self {
        case .kerasH5: "h5"
        case .scikitLearn: "pickle"
        default: rawValue
        }
    }
}
