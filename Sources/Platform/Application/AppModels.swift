import Foundation
public import HTTP
public import JSON
import Observability
public import Registry
public import Storage

/// The models of one app: what is listed, what answers, and how new ones come in.
public struct AppModels: Sendable {
    /// Name of the app.
    public let app: String
    /// What answers.
    public let live: LiveModels
    /// All versions and aliases.
    public let catalog: any ModelCatalog
    private let graphs: ModelGraphs
    private let scratch: URL
    private let starterModels: URL?
    private let starterWeights: URL?
    private let logger: Logger

    /// The models of an app.
    ///
    /// - Parameter requirement: what a model must be like to answer for the app.
    public init(_ context: AppContext, app: String, requirement: ModelRequirement) {
        self.app = app
        live = context.models(of: app, requirement: requirement)
        catalog = context.catalog
        graphs = context.graphs
        scratch = context.scratch
        starterModels = context.starterModels
        starterWeights = context.starterWeights
        logger = context.logger
    }

    /// What a client says of a model it adds.
    public struct Description: Sendable {
        /// What its owner calls it.
        public let name: String
        /// The kind of network or algorithm.
        public let algorithm: String
        /// The file format as declared; empty to tell it from the file.
        public var format: String
        /// Quality figures.
        public var metrics: JSONValue
        /// Whether it is to answer from now on.
        public var isDefault: Bool
        /// What the client says about the file, as `ModelDescription` reads it.
        public var statement: JSONValue?

        /// Makes a description.
        public init(
            name: String, algorithm: String, format: String = "", metrics: JSONValue = [:], isDefault: Bool = false,
            statement: JSONValue? = nil
        ) {
            self.name = name
            self.algorithm = algorithm
            self.format = format
            self.metrics = metrics
            self.isDefault = isDefault
            self.statement = statement
        }
    }

    /// All versions, the newest first, and the one that answers.
    public func list() async throws -> (versions: [ModelVersion], answering: ObjectID?) {
        (try await catalog.versions(of: app), try await catalog.target(of: .default, in: app))
    }

    /// What the reader found in a version's file; nil where it has not been read yet.
    public func inspection(of version: ModelVersion) async throws -> JSONValue? {
        guard let hash = version.file?.hash else { return nil }
        return try await graphs.inspection(of: hash, statement: version.statement)
    }

    /// Adds a model; one that is to answer at once must be readable and fit the app, else nothing changes.
    public func add(_ description: Description, upload: FormPart?) async throws -> ModelVersion {
        try await withFile(of: upload) { file in
            let version = ModelVersion(
                id: .next(), app: app, name: description.name, algorithm: description.algorithm,
                format: description.format, metrics: description.metrics, origin: .upload,
                file: try file.map { try ModelFile(reading: $0, upload) }, statement: description.statement,
                createdAt: .now)
            try await live.add(version, file: file, as: description.isDefault ? .default : nil)
            return version
        }
    }

    /// Adds a model whose format is told from its content, and which must be readable and fit the app.
    public func `import`(_ description: Description, upload: FormPart) async throws -> LiveModel {
        try await withFile(of: upload) { file in
            guard let file else { throw RegistryError.noFile }
            let version = ModelVersion(
                id: .next(), app: app, name: description.name, algorithm: description.algorithm,
                format: description.format, metrics: description.metrics, origin: .upload,
                file: try ModelFile(reading: file, upload), statement: description.statement, createdAt: .now)
            return try await live.import(version, file: file, as: description.isDefault ? .default : nil)
        }
    }

    /// Brings in the model that ships with Prunelle; it answers unless someone chose another.
    public func addStarter(_ starter: StarterModel) async throws {
        guard let (version, file) = try version(of: starter) else { return }
        if try await catalog.version(version.id, of: app) != nil { return }
        let alias: ModelAlias? = try await starterMayAnswer() ? .default : nil
        do {
            try await live.add(version, file: file, handover: .copying, as: alias)
        } catch {
            // Another process that started on the same data at the same moment may have been quicker.
            guard try await catalog.version(version.id, of: app) != nil else { throw error }
        }
    }

    /// The starter model, loaded without the catalog: what answers while the catalog cannot be asked for the first time.
    public func standby(_ starter: StarterModel) async throws -> LiveModel? {
        guard let (version, file) = try version(of: starter) else { return nil }
        return try await live.standby(version, file: file)
    }

    /// The starter as a version; nil where it is not installed, which is logged with what to do.
    private func version(of starter: StarterModel) throws -> (ModelVersion, file: URL)? {
        do {
            return try starter.version(of: app, models: starterModels, weights: starterWeights)
        } catch let problem as StarterProblem {
            logger.warning("\(problem)")
            return nil
        }
    }

    /// Whether no version answers, or an older starter does.
    private func starterMayAnswer() async throws -> Bool {
        guard let id = try await catalog.target(of: .default, in: app) else { return true }
        return try await catalog.version(id, of: app)?.origin == .starter
    }

    /// Loads what answers, so that the first client does not wait for it.
    public func warmUp() async {
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
    fileprivate init(reading file: URL, _ upload: FormPart?) throws {
        let size = try FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int
        self.init(
            hash: try ContentHash(ofFile: file), size: size ?? 0, name: upload?.fileName ?? "model",
            contentType: upload?.contentType ?? "application/octet-stream")
    }
}
