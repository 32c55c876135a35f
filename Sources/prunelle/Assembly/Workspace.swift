import Application
import Foundation
import Inference
import Observability
import Registry
import Storage

/// The drivers behind the platform's protocols, opened for one data folder.
struct Workspace: Sendable {
    let settings: ServerSettings
    let files: InstalledFiles
    let database: SQLiteDatabase
    let objects: FileObjectStore
    let catalog: SQLModelCatalog
    let graphs: ModelGraphs
    let logger: Logger
    let metrics = Metrics()

    /// Opens the data folder, making it where it is absent.
    init(_ settings: ServerSettings, logger: Logger) async throws {
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
            database = try SQLiteDatabase(file: settings.data.appending(path: "prunelle.sqlite"))
            objects = try FileObjectStore(root: settings.data.appending(path: "objects"))
            catalog = try await SQLModelCatalog(database)
        } catch let error as StorageError {
            throw Exit.unavailable(
                "the database in the data folder '\(settings.data.relativePath)' cannot be used: \(error.message)")
        }
        graphs = ModelGraphs(objects: objects, converter: ChildProcessConverter(executable: InstalledFiles.executable))
    }

    /// What an app is given.
    func context(for app: any App.Type, runtime: InferenceRuntime) -> AppContext {
        AppContext(
            database: database, objects: objects, catalog: catalog, graphs: graphs, runtime: runtime,
            precision: settings.precision, limits: settings.limits, starterModels: files.models,
            scratch: settings.data.appending(path: "uploads"), logger: logger.labelled(app.card.name),
            metrics: metrics)
    }

    /// The engine, with its compiled models kept in the data folder.
    func makeRuntime() throws -> InferenceRuntime {
        var configuration = settings.inference
        configuration.cacheFolder = settings.data.appending(path: "cache/compiled")
        return try InferenceRuntime(configuration)
    }

    func close() async {
        await database.close()
        await objects.close()
        logger.flush()
    }
}
