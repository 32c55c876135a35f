import AppTestSupport
import Application
import Digits
import Foundation
import HTTP
import Inference
import JSON
import Observability
import Privacy
import Registry
import Storage
import TestSupport
import Testing

/// A server that serves the digits app at the root, as `prunelle serve digits` does, on a folder of its own.
final class DigitsServer: Sendable {
    /// What a test may want to be different.
    struct Options {
        /// Patient, since a busy machine may need long for a model.
        var server = {
            var server = ServerConfiguration()
            server.requestDeadline = .seconds(300)
            return server
        }()
        var limits = AppLimits()
        var converter: any ModelConverter = InProcessConverter()
        var inference: InferenceRuntime?
        var starterModels: URL?
        var folder: TemporaryFolder?
        var driver = SQLDriver.sqlite
        var retention = RetentionSettings()
        /// Where models and drawings lie instead of the database.
        var documents: MongoDatabase?

        /// The usual ones, on a store of a kind.
        static func on(_ store: DigitsStore) throws -> Options {
            var options = Options()
            options.driver = store.driver
            if store == .mongoDB { options.documents = try MongoServer.shared.get().open() }
            return options
        }
    }

    /// The engine all tests share: two would compete for the cores.
    private static let runtime = Result {
        var configuration = InferenceConfiguration()
        // All tests begin at once, and each brings models.
        configuration.loadQueueLimit = 10_000
        return try InferenceRuntime(configuration)
    }

    let folder: TemporaryFolder
    let database: any SQLDatabase
    let documents: MongoDatabase?
    let metrics = Metrics()
    let app: DigitsApp
    private let http: HTTPServer

    init(_ options: Options = Options()) async throws {
        folder = try options.folder ?? TemporaryFolder()
        database = try await options.driver.open(folder.url)
        let objects = try FileObjectStore(root: folder.file("objects"))
        documents = options.documents
        let sqlCatalog = try await SQLModelCatalog(database)
        let storage = documents.flatMap { DigitsApp.modelStorage(in: $0) }
        var configuration = options.server
        configuration.port = 0
        configuration.writesAccessLog = false
        configuration.temporaryFolder = folder.file("uploads")
        try FileManager.default.createDirectory(at: folder.file("uploads"), withIntermediateDirectories: true)
        let context = AppContext(
            database: database, documents: documents, objects: objects,
            records: try await RecordKeeping(database, retention: options.retention),
            catalog: storage?.catalog ?? sqlCatalog,
            graphs: ModelGraphs(objects: objects, files: storage?.files, converter: options.converter),
            runtime: try options.inference ?? Self.runtime.get(), precision: .f32, limits: options.limits,
            starterModels: options.starterModels, scratch: folder.file("uploads"), logger: .disabled,
            metrics: metrics)
        app = try await DigitsApp(context)
        let group = RouteGroup(
            name: "digits", routes: app.routes, errors: app.errors, document: DigitsApp.card.document)
        http = HTTPServer(configuration, router: try Router([group]), metrics: metrics)
        try http.start()
    }

    /// A server with the model that tells upright strokes (1) from level ones (0) as its default.
    static func withStrokes(_ options: Options = Options()) async throws -> DigitsServer {
        let server = try await DigitsServer(options)
        _ = try await server.addModel(SampleModels.strokes, name: "strokes", isDefault: true)
        return server
    }

    /// A client of it.
    var client: HTTPClient { HTTPClient(port: http.port) }

    func stop() async { await http.stop(drain: .seconds(1)) }

    deinit {
        let (http, database, documents) = (http, database, documents)
        Task {
            await http.stop(drain: .zero)
            await database.close()
            await documents?.close()
        }
    }
}

extension DigitsServer {
    /// Sends a request and reads the JSON of an answer that must have a status.
    @discardableResult
    func json(
        _ call: HTTPCall, status: Int = 200, at location: SourceLocation = #_sourceLocation
    ) async throws -> JSONValue {
        let answer = try await client.send(call)
        #expect(answer.status == status, "\(answer.text)", sourceLocation: location)
        return try answer.json
    }

    func get(_ target: String, status: Int = 200, at location: SourceLocation = #_sourceLocation) async throws
        -> JSONValue
    {
        try await json(HTTPCall("GET", target), status: status, at: location)
    }

    /// Posts a prediction as JSON.
    func predict(
        _ image: String, modelID: JSONValue = nil, at location: SourceLocation = #_sourceLocation
    ) async throws -> JSONValue {
        try await json(.predict(image, modelID: modelID), at: location)
    }

    /// Adds a model by a multipart form, as the original's clients do.
    func addModel(
        _ file: [UInt8], name: String = "model", format: String = "keras", isDefault: Bool = false, status: Int = 201,
        at location: SourceLocation = #_sourceLocation
    ) async throws -> JSONValue {
        var form = Multipart([
            "name": name, "algo": "cnn", "format": format, "is_default": isDefault ? "true" : "false",
        ])
        form.add("file", file: "model.bin", file)
        return try await json(form.call("/api/v1/models"), status: status, at: location)
    }

    /// The id of the model that answers, as the list tells it; nil when none is marked.
    func defaultModel() async throws -> String? {
        let marked = try await get("/api/v1/models").arrayValue?.filter { $0["is_default"] == true } ?? []
        #expect(marked.count <= 1)
        return marked.first?["id"]?.stringValue
    }
}

extension HTTPCall {
    /// A prediction as JSON.
    static func predict(_ image: String, modelID: JSONValue = nil, path: String = "/api/v1/predict") -> HTTPCall {
        let body: JSONValue = ["image": .string(image), "model_id": modelID]
        return .json("POST", path, body.text())
    }
}

extension JSONValue {
    /// The keys of an object, sorted.
    var keys: [String] { objectValue?.keys.sorted() ?? [] }
}
