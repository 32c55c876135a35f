import Application
import Foundation
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
    let catalog: SQLModelCatalog
    let graphs: ModelGraphs
    let logger: Logger
    let metrics = Metrics()

    var database: any SQLDatabase { stores.database }
    var objects: any ObjectStore { stores.objects }

    /// Opens the data folder, making it where it is absent.
    init(_ settings: ServerSettings, logger: Logger) async throws {
        self.settings = settings
        self.logger = logger
        files = try InstalledFiles.find(home: settings.home)
        stores = try Stores(settings, logger: logger)
        do {
            if let source = try await stores.database.unfinishedCopy() {
                throw Exit.unavailable(
                    "\(settings.databaseName) is not complete: a copy from \(source) has begun and not ended; "
                        + "run the same 'prunelle migrate' or 'prunelle restore' again")
            }
            records = try await RecordKeeping(
                stores.database, retention: settings.retention, pseudonymSecret: settings.pseudonymSecret,
                hidesFileNames: settings.hidesFileNames)
            catalog = try await SQLModelCatalog(stores.database)
        } catch let error as StorageError {
            throw settings.unusableDatabase(error)
        }
        graphs = ModelGraphs(
            objects: stores.objects, converter: ChildProcessConverter(executable: InstalledFiles.executable))
    }

    /// What an app is given.
    func context(for app: any App.Type, runtime: InferenceRuntime) -> AppContext {
        AppContext(
            database: database, cache: stores.cache, objects: objects, records: records, catalog: catalog,
            graphs: graphs,
            runtime: runtime, precision: settings.precision, limits: settings.limits, starterModels: files.models,
            scratch: settings.data.appending(path: "uploads"), logger: logger.labelled(app.card.name),
            metrics: metrics)
    }

    /// How long the audit log is kept.
    var auditRetention: RetentionRule { records.audit.retention(settings.retention.audit) }

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
