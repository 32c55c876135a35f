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
    let stores: Stores
    let records: RecordKeeping
    let catalog: any ModelCatalog
    /// One for all apps: it bounds how many children run at once.
    private let converter = ChildProcessConverter(executable: InstalledFiles.executable)
    let logger: Logger
    let metrics = Metrics()

    var database: any SQLDatabase { stores.database }
    var objects: any ObjectStore { stores.objects }

    /// Opens the data folder, making it where it is absent.
    ///
    /// - Parameter needsDatabase: whether a server of a database that does not answer now is an error.
    init(_ settings: ServerSettings, logger: Logger, needsDatabase: Bool = true) async throws {
        self.settings = settings
        self.logger = logger
        files = try InstalledFiles.find(home: settings.home)
        stores = try Stores(settings, logger: logger)
        do {
            if let source = try await Self.unfinishedCopy(stores.database, needsDatabase: needsDatabase) {
                throw Exit.unavailable(
                    "\(settings.databaseName) is not complete: a copy from \(source) has begun and not ended; "
                        + "run the same 'prunelle migrate' or 'prunelle restore' again")
            }
            try await stores.checkObjects(settings, logger: logger.labelled("s3"))
            records = try await RecordKeeping(
                stores.database, retention: settings.retention, pseudonymSecret: settings.pseudonymSecret,
                hidesFileNames: settings.hidesFileNames, mayBeAway: !needsDatabase)
            catalog = try await Self.openCatalog(
                stores.database, settings, needsDatabase: needsDatabase, logger)
        } catch let error as StorageError {
            throw settings.unusableDatabase(error)
        }
    }

    /// Where a copy into the database comes from that has begun and not ended; nil also where the database may be away.
    private static func unfinishedCopy(_ database: any SQLDatabase, needsDatabase: Bool) async throws -> String? {
        do {
            return try await database.unfinishedCopy()
        } catch let error as StorageError where !needsDatabase && error.isTemporary {
            return nil
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
    ///
    /// - Parameter uploads: what signs presigned uploads; nil where nothing is served.
    func context(
        for app: any App.Type, runtime: InferenceRuntime, uploads: (any PresignedUploads)? = nil
    ) -> AppContext {
        let storage = stores.documents.flatMap { app.modelStorage(in: $0) }
        var context = AppContext(
            database: stores.database, documents: stores.documents, cache: stores.cache, objects: stores.objects,
            records: records, catalog: storage?.catalog ?? catalog,
            graphs: ModelGraphs(objects: stores.objects, files: storage?.files, converter: converter),
            runtime: runtime, precision: settings.precision, limits: settings.limits, starterModels: files.models,
            scratch: settings.data.appending(path: "uploads"), logger: logger.labelled(app.card.name),
            metrics: metrics)
        context.starterWeights = files.weights
        context.uploads = uploads
        context.data = settings.data
        context.access.token = settings.apiToken
        context.access.isTokenPublished = settings.apiToken?.reveal() == ServerSettings.publishedToken
        return context
    }

    /// Takes what was deleted out of the database's files, where that does not happen by itself soon.
    func scrub() async throws {
        if let sqlite = stores.database as? SQLiteDatabase { try await sqlite.emptyLog() }
    }

    /// How long the platform's own records are kept, whatever the apps.
    var retention: [RetentionRule] {
        [
            records.audit.retention(settings.retention.audit),
            TokenBook.retention(settings.retention.audit, in: stores.database),
        ]
    }

    /// The engine, with its compiled models kept in the data folder.
    func makeRuntime() throws -> InferenceRuntime {
        try InferenceRuntime(settings.engine)
    }

    func close() async {
        await stores.close()
        logger.flush()
    }
}

extension ServerSettings {
    /// The engine's configuration, with its compiled models kept in the data folder.
    var engine: InferenceConfiguration {
        var configuration = inference
        configuration.cacheFolder = data.appending(path: "cache/compiled")
        return configuration
    }
}
