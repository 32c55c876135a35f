import Application
import Configuration
import Foundation
import HTTP
import Inference
import Observability
import Privacy
import Storage

/// Everything an operator can set, with the values read.
struct ServerSettings: Sendable {
    var server = ServerConfiguration()
    var inference = InferenceConfiguration()
    var limits = AppLimits()
    var data = URL(filePath: "data")
    var home = ""
    /// The server of the database; nil for a file of SQLite in the data folder.
    var database: DatabaseURL?
    var postgreSQL = PostgreSQLConfiguration()
    /// The database of documents; nil for none.
    var mongo: MongoConfiguration?
    /// The server of the cache; nil for a cache in memory.
    var redis: RedisAddress?
    var redisTimeout = Duration.seconds(2)
    var cacheBytes = 256 << 20
    /// The bucket of the objects; nil for files in the data folder.
    var objects: S3Configuration?
    var precision = Precision.f32
    var logLevel = LogLevel.info
    var logFormat = LogFormat.text
    var drain: Duration = .seconds(20)
    var retention = RetentionSettings()
    var hidesFileNames = false
    var pseudonymSecret: Secret<String>?
    /// The token of the pets API; nil for none.
    var apiToken: Secret<String>? = Secret(ServerSettings.publishedToken)

    /// The token that the backend of pets is published with.
    static let publishedToken = "?C@TS&D0GS!"

    /// Reads the settings by precedence: flag, environment, `.env` in the working folder, default.
    ///
    /// - Throws: `Exit.configuration` that tells every problem at once.
    static func read(flags: [String: String] = [:]) throws -> ServerSettings {
        let file = (try? String(contentsOfFile: ".env", encoding: .utf8)).map(ConfigurationReader.parse(file:))
        var reader = ConfigurationReader(
            flags: flags, environment: ProcessInfo.processInfo.environment, file: file ?? [:])
        let settings = ServerSettings(&reader)
        reader.refuseUnknownKeys()
        for problem in settings.server.problems() { reader.note(ConfigurationProblem("server", problem)) }
        guard reader.problems.isEmpty else {
            let lines = reader.problems.map { "\n  \($0)" }.joined()
            throw Exit.configuration("the configuration has \(reader.problems.count) problem(s):\(lines)")
        }
        return settings
    }

    /// The settings before anything is read.
    static let defaults = ServerSettings()

    private init() {}

    init(_ reader: inout ConfigurationReader) {
        for section in Self.sections { section.read(&self, &reader) }
    }

    /// A chapter of the settings: the reference page and the reader go through the same list.
    struct Section: Sendable {
        let title: String
        let read: @Sendable (inout ServerSettings, inout ConfigurationReader) -> Void
    }

    static let sections = [
        Section(title: "Where it listens and keeps its data") { settings, reader in
            settings.server.host = reader.read(
                .text(
                    "PRUNELLE_HOST", default: "127.0.0.1", allowed: "an address or name",
                    "Address to listen on; `0.0.0.0` for every interface. There is no access control in the digits API, "
                        + "so open it to a network you trust or put a proxy in front."))
            settings.server.port = reader.read(
                .integer("PRUNELLE_PORT", default: 8000, in: 0...65535, "Port to listen on; 0 takes a free one."))
            settings.data = URL(
                filePath: reader.read(
                    .text(
                        "PRUNELLE_DATA", default: "data", allowed: "a folder",
                        "Folder of the database, the model files and the caches; made when absent. Back it up.")))
            settings.home = reader.read(
                .text(
                    "PRUNELLE_HOME", default: "", allowed: "a folder",
                    "Folder that holds `Web` and `Models`, where they are not beside the program."))
        },
        Section(title: "Access") { settings, reader in
            settings.apiToken = Secret(
                reader.read(
                    .text(
                        "API_TOKEN", default: publishedToken,
                        "The bearer token of the pets API. The default is published, so it counts only while the server "
                            + "listens on a loopback address; elsewhere the server does not start until this is set.")))
        },
        Section(title: "Database") { settings, reader in settings.readDatabase(&reader) },
        Section(title: "MongoDB") { settings, reader in settings.readMongo(&reader) },
        Section(title: "Cache") { settings, reader in settings.readCache(&reader) },
        Section(title: "Objects") { settings, reader in settings.readObjects(&reader) },
        Section(title: "HTTP") { settings, reader in
            settings.server.threads = reader.read(
                .threads("PRUNELLE_HTTP_THREADS", default: settings.server.threads, "Threads that serve connections."))
            settings.server.maximumConnections = reader.read(
                .integer(
                    "PRUNELLE_HTTP_MAX_CONNECTIONS", default: 10_000, in: 16...1_000_000,
                    "Most connections at a time; further ones wait in the system's queue."))
            settings.server.idleTimeout = reader.read(
                .seconds(
                    "PRUNELLE_HTTP_IDLE_TIMEOUT", default: 75, in: 1...3600,
                    "Longest silence on a connection, also between two requests."))
            settings.server.headerDeadline = reader.read(
                .seconds(
                    "PRUNELLE_HTTP_HEADER_DEADLINE", default: 15, in: 0.1...600,
                    "Longest time for a client to send a request's headers."))
            settings.server.bodyDeadline = reader.read(
                .seconds(
                    "PRUNELLE_HTTP_BODY_DEADLINE", default: 30, in: 0.1...3600,
                    "Longest time for a body, beside what the least upload rate of 32 KiB/s grants."))
            settings.server.requestDeadline = reader.read(
                .seconds(
                    "PRUNELLE_HTTP_REQUEST_DEADLINE", default: 30, in: 0.1...3600,
                    "Longest time for an answer; then 503. Changes of models have five minutes."))
            settings.drain = reader.read(
                .seconds(
                    "PRUNELLE_HTTP_DRAIN", default: 20, in: 0...600,
                    "How long requests in flight may take to finish after SIGTERM."))
            settings.server.corsAllowedOrigins = reader.read(
                .list(
                    "PRUNELLE_CORS_ALLOWED_ORIGINS", default: ["*"], allowed: "origins separated by commas, or `*`",
                    "Whose pages may call the server from a browser."
                ).alsoReads("CORS_ALLOWED_ORIGINS"))
        },
        Section(title: "Limits") { settings, reader in
            settings.limits.pictureBytes = reader.read(
                .bytes("PRUNELLE_IMAGE_MAX_BYTES", default: 25 << 20, in: 1024...(1 << 30), "Largest picture file."))
            settings.limits.picturePixels = reader.read(
                .integer(
                    "PRUNELLE_IMAGE_MAX_PIXELS", default: 50_000_000, in: 1...1_000_000_000, unit: "pixels",
                    "Largest picture by its header, width × height, checked before anything is allocated."))
            settings.limits.dataURLBodyBytes = reader.read(
                .bytes(
                    "PRUNELLE_JSON_IMAGE_MAX_BYTES", default: 35 << 20, in: 1024...(1 << 30),
                    "Largest JSON body that carries a picture."))
            settings.server.bodyLimit = reader.read(
                .bytes("PRUNELLE_BODY_MAX_BYTES", default: 1 << 20, in: 1024...(1 << 30), "Largest other body."))
            settings.limits.modelBytes = reader.read(
                .bytes(
                    "PRUNELLE_MODEL_MAX_BYTES", default: 512 << 20, in: 1024...(8 << 30),
                    "Largest upload of a model; streamed to the disk."))
        },
        Section(title: "Inference") { settings, reader in
            settings.inference.workers = reader.read(
                .threads(
                    "PRUNELLE_INFERENCE_WORKERS", default: settings.inference.workers,
                    "Threads that decode pictures and run models."))
            settings.inference.queueLimit = reader.read(
                .integer(
                    "PRUNELLE_INFERENCE_QUEUE", default: 512, in: 1...100_000,
                    "Predictions that may wait; beyond it the answer is 503 with `Retry-After`."))
            settings.inference.maximumBatch = reader.read(
                .integer(
                    "PRUNELLE_INFERENCE_MAX_BATCH", default: 1, in: 1...1024,
                    "Predictions of one model that may run as one; 1 turns batching off."))
            settings.inference.batchDelay = reader.read(
                .seconds(
                    "PRUNELLE_INFERENCE_BATCH_DELAY", default: 0, in: 0...1,
                    "How long to wait for a batch to fill; 0 takes what is there."))
            settings.precision = reader.read(
                .choice(
                    "PRUNELLE_PRECISION", default: Precision.f32,
                    "Arithmetic of the models. `bf16` is about twice as fast where the processor has it and keeps two to "
                        + "three digits."))
        },
        Section(title: "Privacy") { settings, reader in settings.readPrivacy(&reader) },
        Section(title: "Log") { settings, reader in
            settings.logLevel =
                LogLevel(
                    name: reader.read(
                        .choice(
                            "PRUNELLE_LOG_LEVEL", default: LevelName.info,
                            "Least level that is written.")
                    ).rawValue) ?? .info
            settings.logFormat = reader.read(
                .choice("PRUNELLE_LOG_FORMAT", default: LogFormat.text, "How a line is written."))
            settings.server.writesAccessLog =
                reader.read(
                    .choice("PRUNELLE_ACCESS_LOG", default: Switch.on, "Whether every request is logged.")) == .on
        },
    ]

    private enum LevelName: String, CaseIterable, Sendable { case debug, info, warning, error }
    enum Switch: String, CaseIterable, Sendable { case on, off }
}
