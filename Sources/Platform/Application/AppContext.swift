public import Foundation
public import Inference
public import Observability
public import Privacy
public import Registry
public import Storage

/// What an app is given to work with; the program chooses the drivers behind it.
public struct AppContext: Sendable {
    /// The SQL database, shared with the other apps; every app has a namespace of migrations and tables of its own.
    public let database: any SQLDatabase
    /// The database of documents, for apps whose original keeps its data in one; nil where none is configured.
    public let documents: MongoDatabase?
    /// Values that may be lost at any time; shared with other servers where it is on a server.
    public let cache: any Cache
    /// Large objects.
    public let objects: any ObjectStore
    /// How long records are kept and under which names, and the audit log.
    public let records: RecordKeeping
    /// The versions of the app's models.
    public let catalog: any ModelCatalog
    /// Model files and the graphs made from them.
    public let graphs: ModelGraphs
    /// The engine that runs models.
    public let runtime: InferenceRuntime
    /// Arithmetic that models run in.
    public let precision: Precision
    /// Limits of what is accepted.
    public let limits: AppLimits
    /// Folder of starter models, with a folder for each app that has one; nil where they are not installed.
    public let starterModels: URL?
    /// Folder for uploads on their way.
    public let scratch: URL
    /// Writes log lines under the app's name.
    public let logger: Logger
    /// Where the app counts.
    public let metrics: Metrics
    /// Folder of the weights that some starter models are made of; nil where they are not installed.
    public var starterWeights: URL?
    /// Lets clients send objects to the store past the app, and fetch them; nil where nothing takes them.
    public var uploads: (any PresignedUploads)?
    /// Folder of everything that is kept.
    public var data = URL(filePath: "data")
    /// Who may use what an app does not offer to everyone.
    public var access = AppAccess()

    /// Makes a context.
    public init(
        database: any SQLDatabase, documents: MongoDatabase? = nil, cache: any Cache = InMemoryCache(),
        objects: any ObjectStore, records: RecordKeeping, catalog: any ModelCatalog, graphs: ModelGraphs,
        runtime: InferenceRuntime, precision: Precision, limits: AppLimits, starterModels: URL?, scratch: URL,
        logger: Logger, metrics: Metrics
    ) {
        self.database = database
        self.documents = documents
        self.cache = cache
        self.objects = objects
        self.records = records
        self.catalog = catalog
        self.graphs = graphs
        self.runtime = runtime
        self.precision = precision
        self.limits = limits
        self.starterModels = starterModels
        self.scratch = scratch
        self.logger = logger
        self.metrics = metrics
    }

    /// The models of one app, whose changes are told to the audit log.
    ///
    /// - Parameter requirement: what a model must be like to answer for the app.
    public func models(of app: String, requirement: ModelRequirement) -> LiveModels {
        LiveModels(
            app: app, catalog: catalog, graphs: graphs, runtime: runtime, precision: precision,
            requirement: requirement
        ) { [records, logger] change in
            do {
                try await records.audit.record(change, in: app)
            } catch {
                // The change is made; taking it back because of this could fail as well.
                logger.error("a change of models is missing in the audit log", ["reason": .string("\(error)")])
            }
        }
    }
}

/// Limits of what clients may send, in bytes and pixels.
public struct AppLimits: Sendable {
    /// Largest picture file.
    public var pictureBytes = 25 << 20
    /// Largest picture area, width × height.
    public var picturePixels = 50_000_000
    /// Largest JSON body that carries a picture as a data URL.
    public var dataURLBodyBytes = 35 << 20
    /// Largest model file.
    public var modelBytes = 512 << 20

    /// The defaults.
    public init() {}
}

/// What the operator says about who may use an app.
public struct AppAccess: Sendable {
    /// The token that is configured; nil where an app is to let nobody in by it.
    public var token: Secret<String>?
    /// Whether that token is the published default, so that pages may fill it in; never off the loopback interface.
    public var isTokenPublished = false

    /// Lets nobody in.
    public init() {}
}
