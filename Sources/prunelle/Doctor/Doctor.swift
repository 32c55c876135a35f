import Application
import Foundation
import HTTP
import Inference
import Observability
import Registry
import Storage

/// Looks at everything that a server with some settings needs.
struct Doctor: Sendable {
    let settings: ServerSettings

    init(_ settings: ServerSettings) {
        self.settings = settings
    }

    /// All findings, in the order in which a reader should mend things.
    func examine() async -> [Finding] {
        var findings = [Finding("configuration", .fine, "every setting can be used")]
        findings.append(programFiles())
        findings += dataFolder()
        findings += await database()
        findings.append(await objects())
        findings.append(await cache())
        findings += await documents()
        findings.append(engine())
        findings += await models()
        findings.append(address())
        findings += machine()
        findings += secrets()
        return findings
    }

    private func programFiles() -> Finding {
        do {
            let files = try InstalledFiles.find(home: settings.home)
            guard files.models != nil else {
                return Finding(
                    "program files", .remark, "there are no starter models beside the program",
                    advice: "without them a new server answers only after a model was added: 'prunelle models import'")
            }
            guard files.vendor != nil else {
                return Finding(
                    "program files", .remark, "the assets of the API's pages are not installed",
                    advice: "/docs and /redoc stay empty without the folder 'vendor' beside 'Web'")
            }
            return Finding("program files", .fine, "pages, starter models and page assets are there")
        } catch {
            return Finding(
                "program files", .wrong, (error as? Exit)?.message ?? "\(error)",
                advice: "put the folders 'Web' and 'Models' beside the program, or name their folder in PRUNELLE_HOME")
        }
    }

    /// A cached value and an object are tried with what nobody else uses.
    private func cache() async -> Finding {
        guard settings.redis != nil else {
            return Finding("cache", .fine, "in each server's own memory")
        }
        let cache = Stores.cache(settings, .disabled)
        let key = "prunelle:doctor:\(ObjectID.next())"
        let finding: Finding
        do {
            try await cache.set([1, 2, 3], for: key, timeToLive: .seconds(10))
            let value = try await cache.value(of: key)
            try await cache.remove(key)
            finding =
                value == [1, 2, 3]
                ? Finding("cache", .fine, "Redis keeps what is given to it")
                : Finding(
                    "cache", .wrong, "Redis forgot a value at once",
                    advice: "it may be out of memory: look at its 'maxmemory' and eviction policy")
        } catch {
            finding = Finding(
                "cache", .wrong, "Redis cannot be used: \(told(error))",
                advice: "start it, or correct REDIS_URL; without the key every server has a cache in its memory")
        }
        await cache.close()
        return finding
    }

    private func objects() async -> Finding {
        let folder = settings.data.appending(path: "objects")
        guard settings.objects != nil || FileManager.default.fileExists(atPath: folder.path) else {
            return Finding("objects", .fine, "their folder is made at the first start")
        }
        do {
            let store = try Stores.objects(settings)
            let key = try ObjectKey("doctor/\(ObjectID.next())")
            let content = Array("\(key)".utf8)
            try await store.put(content, key: key)
            let isSame = try await store.get(key) == content
            try await store.delete(key)
            await store.close()
            guard isSame else { throw StorageError.corrupt() }
            return Finding("objects", .fine, "an object was written, read and removed in \(settings.objectsName)")
        } catch {
            return Finding(
                "objects", .wrong, "objects cannot be stored: \(told(error))",
                advice: settings.objects != nil
                    ? "see that the store runs, that the bucket is there, and that the keys may write to it (S3_ and AWS_ keys)"
                    : "look at the owner, the permissions and the room of the folder 'objects' in the data folder")
        }
    }

    /// The MongoDB of digits, where one is configured.
    private func documents() async -> [Finding] {
        guard let configuration = settings.mongo else { return [] }
        let documents = MongoDatabase(configuration)
        defer { Task { await documents.close() } }
        do {
            // An answer alone needs no password.
            _ = try await documents.find([:], in: "models", .init(limit: 1, projection: ["_id": 1]))
            return [Finding("documents", .fine, "\(configuration.address) answers")]
        } catch {
            return [
                Finding(
                    "documents", .wrong, "\(configuration.address) cannot be used: \(told(error))",
                    advice:
                        "see that the server runs and that MONGO_URI names it, its user and password; without the key "
                        + "digits keeps its records in the database")
            ]
        }
    }

    private func engine() -> Finding {
        do {
            let runtime = try InferenceRuntime(settings.inference)
            let workers = runtime.workers
            runtime.stop()
            return Finding("engine", .fine, "OpenVINO runs on \(workers) worker(s), \(settings.precision.rawValue)")
        } catch {
            return Finding(
                "engine", .wrong, "\(error)",
                advice: "install the program's libraries again ('make deps', or the image)")
        }
    }

    /// Which model answers for each app, as far as the database can tell.
    private func models() async -> [Finding] {
        guard settings.database != nil || FileManager.default.fileExists(atPath: settings.databaseFile.path),
            let database = try? Stores.database(settings, .disabled)
        else { return [] }
        var findings: [Finding] = []
        // The models of digits lie in its MongoDB where there is one.
        for app in Apps.all where settings.mongo == nil || app.card.name != "digits" {
            let name = app.card.name
            let rows = try? await database.query(
                """
                SELECT name, file_hash FROM model_versions WHERE id = (
                    SELECT version FROM model_aliases WHERE app = \(bind: name) AND alias = 'default')
                """)
            // Without the tables, or without an answer, the finding about the database says it all.
            guard let rows else { continue }
            guard let row = rows.first, let model = try? row.text("name") else {
                findings.append(
                    Finding(
                        "model", .remark, "no model answers for \(name) yet",
                        advice: "the first start takes the starter model; or 'prunelle models import FILE --default'"))
                continue
            }
            findings.append(await modelFile(of: row, named: model, for: name))
        }
        await database.close()
        return findings
    }

    private func modelFile(of row: SQLRow, named model: String, for app: String) async -> Finding {
        do {
            let hash: ContentHash? = try row.get("file_hash")
            let store = try Stores.objects(settings)
            let isThere =
                try await hash.map { try ObjectKey(folder: "models", hash: $0) }.asyncMap(store.exists) ?? true
            await store.close()
            if isThere { return Finding("model", .fine, "'\(model)' answers for \(app), and its file is there") }
        } catch {
            // Told as missing: the finding about the objects says why.
        }
        return Finding(
            "model", .wrong, "the file of '\(model)', which answers for \(app), is missing",
            advice: "choose another with 'prunelle models default', or restore a backup")
    }

    private func address() -> Finding {
        guard let problem = Port(host: settings.server.host, port: settings.server.port).problem() else {
            return Finding("address", .fine, "\(settings.server.host) port \(settings.server.port) is free")
        }
        if problem == .inUse, FolderLock.isInUse(settings.data) {
            return Finding(
                "address", .fine, "\(settings.server.host) port \(settings.server.port) is in use, and a server runs")
        }
        return Finding(
            "address", .wrong,
            "\(settings.server.host) port \(settings.server.port) \(problem == .inUse ? "is in use" : "cannot be used")",
            advice: "stop what listens there ('ss -ltnp' tells), or choose another by PRUNELLE_PORT and PRUNELLE_HOST")
    }

    private func secrets() -> [Finding] {
        var findings: [Finding] = []
        if settings.hasPublishedDatabasePassword {
            findings.append(
                Finding(
                    "secrets", .remark, "the password of the database is the published default",
                    advice: "choose one of your own, in the server and in DB_PASSWORD or DATABASE_URL"))
        }
        if settings.apiToken?.reveal() == ServerSettings.publishedToken {
            findings.append(
                Finding(
                    "secrets", .remark, "API_TOKEN is the published default, which counts on this machine only",
                    advice: "choose one of your own before others may reach the pets API: 'openssl rand -hex 24'"))
        }
        let isOpen = !["127.0.0.1", "::1", "localhost"].contains(settings.server.host)
        if isOpen {
            findings.append(
                Finding(
                    "secrets", .remark,
                    "the server listens beyond this machine, and the digits API has no access control",
                    advice: "let only a network you trust reach it, or put a proxy with a login in front"))
        }
        return findings.isEmpty ? [Finding("secrets", .fine, "no published default is in use")] : findings
    }

    /// What an operator may read about an error.
    func told(_ error: any Error) -> String {
        guard let error = error as? StorageError else { return "\(error)" }
        return error.message + (error.detail.isEmpty ? "" : " (\(error.detail))")
    }
}

extension Optional where Wrapped: Sendable {
    /// What an asynchronous question about the value answers; nil where there is none.
    fileprivate func asyncMap<Value: Sendable>(_ body: (Wrapped) async throws -> Value) async rethrows -> Value? {
        guard let self else { return nil }
        return try await body(self)
    }
}
