import Application
import Foundation
import Identity
import Inference
import Observability
import Privacy
import Registry
import Storage

/// The drivers behind the platform's protocols, opened for one data folder.
struct Workspace: Sendable {
    let settings: ServerSettings
    let files: InstalledFiles
    let database: any SQLDatabase
    let documents: MongoDatabase?
    let objects: FileObjectStore
    let records: RecordKeeping
    let catalog: any ModelCatalog
    /// One for all apps: it bounds how many children run at once.
    private let converter = ChildProcessConverter(executable: InstalledFiles.executable)
    let logger: Logger
    let metrics = Metrics()

    /// Opens the data folder, making it where it is absent.
    ///
    /// - Parameter needsDatabase: whether a server of a database that does not answer now is an error.
    init(_ settings: ServerSettings, logger: Logger, needsDatabase: Bool = true) async throws {
        self.settings = settings
        self.logger = logger
        files = try InstalledFiles.find(home: settings.home)
        do {
            for folder in ["", "cache", "uploads"] {
                try FileManager.default.createDirectory(
                    at: settings.data.appending(path: folder), withIntermediateDirectories: true)
            }
        } catch {
            throw Exit.configuration("the data folder '\(settings.data.relativePath)' cannot be made or written")
        }
        do {
            database = try Self.openDatabase(settings, logger)
            objects = try FileObjectStore(root: settings.data.appending(path: "objects"))
            records = try await RecordKeeping(
                database, retention: settings.retention, pseudonymSecret: settings.pseudonymSecret,
                hidesFileNames: settings.hidesFileNames, mayBeAway: !needsDatabase)
            catalog = try await Self.openCatalog(database, settings, needsDatabase: needsDatabase, logger)
        } catch let error as StorageError {
            let name = settings.databaseName
            // What the driver says of a server is for the operator who starts this: a wrong password, no such host.
            let detail = settings.isServerDatabase && !error.detail.isEmpty ? " (\(error.detail))" : ""
            throw Exit.unavailable("\(name) cannot be used: \(error.message)\(detail)")
        }
        documents = settings.mongo.map { MongoDatabase($0, logger: logger.labelled("mongodb")) }
    }

    private static func openDatabase(_ settings: ServerSettings, _ logger: Logger) throws -> any SQLDatabase {
        switch settings.database {
        case nil: return try SQLiteDatabase(file: settings.data.appending(path: "prunelle.sqlite"))
        case .sqlite(let path): return try SQLiteDatabase(file: URL(filePath: path))
        case .postgreSQL(let address):
            var configuration = settings.postgreSQL
            let logger = logger.labelled("postgresql")
            configuration.onNotice = { notice in logger.debug("the server remarks: \(notice)") }
            return PostgreSQLDatabase(address, configuration: configuration)
        }
    }

    /// A server of a database may go away while models answer; a file in the data folder does not.
    private static func openCatalog(
        _ database: any SQLDatabase, _ settings: ServerSettings, needsDatabase: Bool, _ logger: Logger
    ) async throws -> any ModelCatalog {
        if needsDatabase || !settings.isServerDatabase {
            let catalog = try await SQLModelCatalog(database)
            guard settings.isServerDatabase else { return catalog }
        }
        let catalog = RememberedCatalog(
            database, file: settings.data.appending(path: "cache/catalog.json"), logger: logger.labelled("registry"))
        try await catalog.open()
        return catalog
    }

    /// What an app is given.
    func context(for app: any App.Type, runtime: InferenceRuntime) -> AppContext {
        let storage = documents.flatMap { app.modelStorage(in: $0) }
        var context = AppContext(
            database: database, documents: documents, objects: objects, records: records,
            catalog: storage?.catalog ?? catalog,
            graphs: ModelGraphs(objects: objects, files: storage?.files, converter: converter), runtime: runtime,
            precision: settings.precision, limits: settings.limits, starterModels: files.models,
            scratch: settings.data.appending(path: "uploads"), logger: logger.labelled(app.card.name),
            metrics: metrics)
        context.data = settings.data
        context.access.token = settings.apiToken
        context.access.isTokenPublished = settings.apiToken?.reveal() == ServerSettings.publishedToken
        return context
    }

    /// Takes what was deleted out of the database's files, where that does not happen by itself soon.
    func scrub() async throws {
        if let sqlite = database as? SQLiteDatabase { try await sqlite.emptyLog() }
    }

    /// How long the platform's own records are kept, whatever the apps.
    var retention: [RetentionRule] {
        [records.audit.retention(settings.retention.audit), TokenBook.retention(settings.retention.audit, in: database)]
    }

    /// The engine, with its compiled models kept in the data folder.
    func makeRuntime() throws -> InferenceRuntime {
        var configuration = settings.inference
        configuration.cacheFolder = settings.data.appending(path: "cache/compiled")
        return try InferenceRuntime(configuration)
    }

    func close() async {
        await database.close()
        await documents?.close()
        await objects.close()
        logger.flush()
    }
}
