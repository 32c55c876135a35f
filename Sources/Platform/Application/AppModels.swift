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
    private let graphs: ModelGraphs
    private let scratch: URL
    private let logger: Logger

    init(_ context: AppContext) {
        live = context.models(of: Self.app, requirement: DigitsApp.modelRequirement)
        catalog = context.catalog
        graphs = context.graphs
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
        /// What the client says about the file, as `ModelDescription` reads it.
        var statement: JSONValue?
    }

    /// All versions, the newest first, and the one that answers.
    func list() async throws -> (versions: [ModelVersion], answering: ObjectID?) {
        (try await catalog.versions(of: Self.app), try await catalog.target(of: .default, in: Self.app))
    }

    /// What the reader found in a version's file; nil where it has not been read yet.
    func inspection(of version: ModelVersion) async throws -> JSONValue? {
        guard let hash = version.file?.hash else { return nil }
        return try await graphs.inspection(of: hash, statement: version.statement)
    }

    /// Adds a model; one that is to answer at once must be readable and take digits, else nothing changes.
    func add(_ description: Description, upload: FormPart?) async throws -> ModelVersion {
        try await withFile(of: upload) { file in
            let version = ModelVersion(
                id: .next(), app: Self.app, name: description.name, algorithm: description.algorithm,
                format: description.format, metrics: description.metrics, origin: .upload,
                file: try file.map { try ModelFile(reading: $0, upload) }, statement: description.statement,
                createdAt: .now)
            try await live.add(version, file: file, as: description.isDefault ? .default : nil)
            return version
        }
    }

    /// Adds a model whose format is told from its content, and which must be readable and take digits.
    func `import`(_ description: Description, upload: FormPart) async throws -> LiveModel {
        try await withFile(of: upload) { file in
            guard let file else { throw RegistryError.noFile }
            let version = ModelVersion(
                id: .next(), app: Self.app, name: description.name, algorithm: description.algorithm,
                format: description.format, metrics: description.metrics, origin: .upload,
                file: try ModelFile(reading: file, upload), statement: description.statement, createdAt: .now)
            return try await live.import(version, file: file, as: description.isDefault ? .default : nil)
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
            fit: ModelFit(input: InputGuess(.unit(.gray), .stated, reason: "Prunelle trained it on these values")),
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

extension ModelVersion {
    /// The format in the words of the API, where it has one.
    var digitsFormat: String {
        switch ModelFormat(rawValue: format) {
        case .kerasH5: "h5"
        case .scikitLearn: "pickle"
        default: format
        }
    }
}
