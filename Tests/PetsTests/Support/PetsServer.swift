import AppTestSupport
import Application
import Foundation
import HTTP
import Inference
import JSON
import Observability
import Pets
import Privacy
import Registry
import Storage
import TestSupport
import Testing

/// A server that serves the pets app at the root, as `prunelle serve pets` does, on a folder of its own.
final class PetsServer: Sendable {
    /// What a test may want to be different.
    struct Options {
        var limits = AppLimits()
        var folder: TemporaryFolder?
        var driver = SQLDriver.sqlite
        /// A database that the test made; nil for one of `driver`.
        var database: (any SQLDatabase)?
        var token: String? = "?C@TS&D0GS!"
        var isTokenPublished = true
        /// A model file at the place of the replaced backend's; nil for none.
        var original: [UInt8]?
        var starterModels: URL?
        var hidesFileNames = false
        var starterWeights: URL?
        var logger = Logger.disabled

        /// The usual ones, on a database of a kind.
        static func on(_ driver: SQLDriver) -> Options {
            var options = Options()
            options.driver = driver
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
    let catalog: any ModelCatalog
    let metrics = Metrics()
    let app: PetsApp
    private let http: HTTPServer

    /// Starts a server whose model tells red pictures (dog) from blue ones (cat), unless the options say otherwise.
    init(_ options: Options = Options(), original: [UInt8]? = SampleModels.redIsDog) async throws {
        folder = try options.folder ?? TemporaryFolder()
        if let database = options.database {
            self.database = database
        } else {
            database = try await options.driver.open(folder.url)
        }
        let objects = try FileObjectStore(root: folder.file("objects"))
        let catalog = RememberedCatalog(database, file: folder.file("catalog.json"), logger: .disabled)
        try await catalog.open()
        self.catalog = catalog
        try FileManager.default.createDirectory(at: folder.file("uploads"), withIntermediateDirectories: true)
        if let original {
            let models = folder.file("processed/models")
            try FileManager.default.createDirectory(at: models, withIntermediateDirectories: true)
            try Data(original).write(to: models.appending(path: "cats_dogs_model.keras"))
        }
        var context = AppContext(
            database: database, objects: objects,
            records: try await RecordKeeping(database, hidesFileNames: options.hidesFileNames, mayBeAway: true),
            catalog: catalog,
            graphs: ModelGraphs(objects: objects, converter: InProcessConverter()), runtime: try Self.runtime.get(),
            precision: .f32, limits: options.limits, starterModels: options.starterModels,
            scratch: folder.file("uploads"), logger: options.logger, metrics: metrics)
        context.starterWeights = options.starterWeights
        context.data = folder.url
        context.access.token = options.token.map { Secret($0) }
        context.access.isTokenPublished = options.isTokenPublished
        app = try await PetsApp(context)
        let group = RouteGroup(
            name: "pets", routes: app.routes, errors: app.errors, document: PetsApp.card.document,
            redirectsSlashes: app.redirectsSlashes)
        var configuration = ServerConfiguration()
        configuration.port = 0
        configuration.writesAccessLog = false
        // A busy machine may need long for a model.
        configuration.requestDeadline = .seconds(300)
        configuration.temporaryFolder = folder.file("uploads")
        http = HTTPServer(configuration, router: try Router([group]), metrics: metrics)
        try http.start()
    }

    var client: HTTPClient { HTTPClient(port: http.port) }

    /// The lines of the monitoring file without its header.
    var monitoring: [String] {
        let file = folder.file("processed/monitoring_inference.csv")
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        return text.split(whereSeparator: \.isNewline).dropFirst().map(String.init)
    }

    deinit {
        let (http, database) = (http, database)
        Task {
            await http.stop(drain: .zero)
            await database.close()
        }
    }
}

extension PetsServer {
    /// Sends a request and reads the JSON of an answer that must have a status.
    @discardableResult
    func json(
        _ call: HTTPCall, status: Int = 200, at location: SourceLocation = #_sourceLocation
    ) async throws -> JSONValue {
        let answer = try await client.send(call)
        #expect(answer.status == status, "\(answer.text)", sourceLocation: location)
        return try answer.json
    }

    func get(
        _ target: String, status: Int = 200, at location: SourceLocation = #_sourceLocation
    ) async throws -> JSONValue {
        try await json(HTTPCall("GET", target).authorized, status: status, at: location)
    }

    /// Posts a picture as the original's clients do.
    func predict(
        _ picture: [UInt8], name: String = "a.bmp", type: String = "image/bmp", status: Int = 200,
        at location: SourceLocation = #_sourceLocation
    ) async throws -> JSONValue {
        try await json(.predict(picture, name: name, type: type), status: status, at: location)
    }

    /// Waits until so many predictions are kept: on a busy machine a record may have had to wait for the database.
    func kept(_ count: Int) async throws {
        try await eventually {
            try await get("/api/v1/predictions?limit=100")["predictions"]?.arrayValue?.count == count
        }
    }

    func giveFeedback(
        _ feedback: String = "positive", result: Double = 0.75, input: String = "a.bmp",
        at location: SourceLocation = #_sourceLocation
    ) async throws -> JSONValue {
        try await json(.feedback(feedback, result: result, input: input), at: location)
    }
}

extension HTTPCall {
    /// With the published token.
    var authorized: HTTPCall {
        var call = self
        call.headers.append((name: "Authorization", value: "Bearer ?C@TS&D0GS!"))
        return call
    }

    static func predict(_ picture: [UInt8], name: String = "a.bmp", type: String = "image/bmp") -> HTTPCall {
        var form = Multipart()
        form.add("file", file: name, picture, type: type)
        return form.call("/api/predict").authorized
    }

    static func feedback(_ feedback: String, result: Double, input: String) -> HTTPCall {
        let body: JSONValue = [
            "feedback": .string(feedback), "resultat_prediction": .number(result), "input_user": .string(input),
        ]
        return .json("POST", "/api/feedback", body.text()).authorized
    }
}

extension JSONValue {
    /// The keys of an object, in order.
    var keys: [String] { objectValue?.keys ?? [] }
}
