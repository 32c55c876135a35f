import Foundation
import Observability
import Storage

/// The drivers that keep things: the only place that chooses them.
struct Stores: Sendable {
    let database: any SQLDatabase
    let documents: MongoDatabase?
    let objects: any ObjectStore
    let cache: any Cache
    private let lock: FolderLock

    /// Opens what the settings name, making the data folder where it is absent.
    ///
    /// - Parameter isExclusive: whether nobody else may use the data folder meanwhile.
    init(_ settings: ServerSettings, logger: Logger, isExclusive: Bool = false) throws {
        do {
            for folder in ["", "cache", "uploads"] {
                try FileManager.default.createDirectory(
                    at: settings.data.appending(path: folder), withIntermediateDirectories: true,
                    attributes: [.posixPermissions: 0o750])
            }
        } catch {
            throw Exit.configuration("the data folder '\(settings.data.relativePath)' cannot be made or written")
        }
        guard let lock = try FolderLock(settings.data, isExclusive: isExclusive) else {
            throw Exit.unavailable(
                isExclusive
                    ? "a server or command uses the data folder '\(settings.data.relativePath)'; stop it first"
                    : "the data folder '\(settings.data.relativePath)' is being restored")
        }
        self.lock = lock
        do {
            database = try Self.database(settings, logger)
            objects = try Self.objects(settings, logger)
        } catch let error as StorageError {
            throw settings.unusableDatabase(error)
        }
        documents = settings.mongo.map { MongoDatabase($0, logger: logger.labelled("mongodb")) }
        cache = Self.cache(settings, logger)
    }

    static func database(_ settings: ServerSettings, _ logger: Logger) throws -> any SQLDatabase {
        try database(settings.database ?? .sqlite(path: settings.databaseFile.path), settings.postgreSQL, logger)
    }

    /// Opens a database by its URL.
    static func database(
        _ url: DatabaseURL, _ configuration: PostgreSQLConfiguration, _ logger: Logger = .disabled
    ) throws -> any SQLDatabase {
        switch url {
        case .sqlite(let path): return try SQLiteDatabase(file: URL(filePath: path))
        case .postgreSQL(let address):
            var configuration = configuration
            let logger = logger.labelled("postgresql")
            configuration.onNotice = { notice in logger.debug("the server remarks: \(notice)") }
            return PostgreSQLDatabase(address, configuration: configuration)
        }
    }

    static func objects(_ settings: ServerSettings, _ logger: Logger = .disabled) throws -> any ObjectStore {
        guard let configuration = settings.objects else {
            return try FileObjectStore(root: settings.data.appending(path: "objects"))
        }
        return S3ObjectStore(configuration, logger: logger.labelled("s3"))
    }

    /// Asks the server of the objects, if there is one: a wrong key or bucket is better told now than with the first
    /// picture.
    ///
    /// And what killed programs have left there half sent goes, where the keys may do so.
    func checkObjects(_ settings: ServerSettings, logger: Logger) async throws {
        guard let bucket = objects as? S3ObjectStore else { return }
        do {
            try await bucket.check()
            do {
                let count = try await bucket.removeAbandonedUploads()
                if count > 0 { logger.info("uploads that never ended were removed", ["count": .integer(count)]) }
            } catch let error as StorageError {
                logger.info("uploads that never ended cannot be removed", ["reason": .string(error.detail)])
            }
        } catch let error as StorageError {
            let detail = error.detail.isEmpty ? "" : " (\(error.detail))"
            throw Exit.unavailable("\(settings.objectsName) cannot be used: \(error.message)\(detail)")
        }
    }

    static func cache(_ settings: ServerSettings, _ logger: Logger) -> any Cache {
        guard let address = settings.redis else { return InMemoryCache(capacity: settings.cacheBytes) }
        var configuration = RedisConfiguration(address: address)
        configuration.connectTimeout = settings.redisTimeout
        configuration.commandTimeout = settings.redisTimeout
        return RedisCache(configuration, logger: logger.labelled("redis"))
    }

    func close() async {
        await database.close()
        await documents?.close()
        await objects.close()
        await cache.close()
    }
}

extension ServerSettings {
    /// The file of SQLite in the data folder.
    var databaseFile: URL { data.appending(path: "prunelle.sqlite") }

    /// The error that tells an operator why the database cannot be used.
    func unusableDatabase(_ error: StorageError) -> Exit {
        // What the driver says of a server is for the operator who starts this: a wrong password, no such host.
        let detail = isServerDatabase && !error.detail.isEmpty ? " (\(error.detail))" : ""
        return .unavailable("\(databaseName) cannot be used: \(error.message)\(detail)")
    }
}
