public import Foundation
import JSON
public import Observability
public import Storage
import Synchronization

/// A catalog that goes on telling which models answer while the database behind it is away.
///
/// What it has told of aliases and versions is kept in memory and in a file, so a server answers with the model it last
/// used even if it starts without its database. Everything else needs the database.
public final class RememberedCatalog: ModelCatalog {
    private let catalog: Eventually<SQLModelCatalog>
    private let file: URL
    private let logger: Logger
    private let outage: Outage
    private let memory: Mutex<CatalogMemory>

    /// Makes a catalog over a database that may be away.
    ///
    /// - Parameters:
    ///   - file: where what is known is kept; read now, if it is there.
    ///   - patience: how long a prediction waits for the database to tell where an alias points.
    public init(
        _ database: any SQLDatabase, file: URL, logger: Logger, patience: Duration = .milliseconds(250)
    ) {
        catalog = Eventually { try await SQLModelCatalog(database) }
        self.file = file
        self.logger = logger
        outage = Outage(patience: patience) { isAway in
            if isAway {
                logger.warning("the database is away; the models last known go on answering")
            } else {
                logger.info("the database is back")
            }
        }
        memory = Mutex(CatalogMemory(reading: file))
    }

    /// Prepares the tables where the database answers.
    ///
    /// - Throws: what keeps the database from being used for good, such as a schema of a newer program.
    public func open() async throws {
        do {
            _ = try await catalog.value()
        } catch let error as StorageError where error.isTemporary {
            logger.warning("the database does not answer; starting without it", ["reason": .string(error.message)])
        }
    }

    public func target(of alias: ModelAlias, in app: String) async throws -> ObjectID? {
        do {
            let target = try await outage.run { [catalog] in try await catalog.value().target(of: alias, in: app) }
            remember { $0.note(target, of: alias, in: app) }
            return target
        } catch let error as StorageError where error.isTemporary {
            if let known = memory.withLock({ $0.target(of: alias, in: app) }) { return known }
            return try await patiently { try await $0.target(of: alias, in: app) } ?? nil
        }
    }

    public func version(_ id: ObjectID, of app: String) async throws -> ModelVersion? {
        do {
            let version = try await outage.run { [catalog] in try await catalog.value().version(id, of: app) }
            if let version { remember { $0.note(version) } }
            return version
        } catch let error as StorageError where error.isTemporary {
            if let version = memory.withLock({ $0.versions[id] }), version.app == app { return version }
            guard let answer = try await patiently({ try await $0.version(id, of: app) }) else { throw error }
            return answer
        }
    }

    /// Asks the database for as long as its own time allows, where nothing is known that could answer meanwhile: at the
    /// first start on a busy machine the database is slow rather than away.
    ///
    /// - Returns: nil where the database is away.
    private func patiently<Value: Sendable>(
        _ question: (SQLModelCatalog) async throws -> Value
    ) async throws -> Value? {
        do {
            return try await question(catalog.value())
        } catch let error as StorageError where error.isTemporary {
            return nil
        }
    }

    public func versions(of app: String) async throws -> [ModelVersion] {
        try await catalog.value().versions(of: app)
    }

    public func add(_ version: ModelVersion, as alias: ModelAlias?) async throws {
        try await catalog.value().add(version, as: alias)
        remember { memory in
            let isNewVersion = memory.note(version)
            let isNewTarget = alias.map { memory.note(version.id, of: $0, in: version.app) } ?? false
            return isNewVersion || isNewTarget
        }
    }

    public func record(_ fit: ModelFit, of id: ObjectID, in app: String) async throws {
        try await catalog.value().record(fit, of: id, in: app)
        remember { $0.note(fit, of: id) }
    }

    public func point(_ alias: ModelAlias, in app: String, to id: ObjectID) async throws {
        try await catalog.value().point(alias, in: app, to: id)
        remember { $0.note(id, of: alias, in: app) }
    }

    public func history(of alias: ModelAlias, in app: String, limit: Int) async throws -> [AliasChange] {
        try await catalog.value().history(of: alias, in: app, limit: limit)
    }

    public func earlierTarget(of alias: ModelAlias, in app: String) async throws -> ObjectID {
        try await catalog.value().earlierTarget(of: alias, in: app)
    }

    /// Notes something, and writes the file where that was new.
    private func remember(_ change: (inout CatalogMemory) -> Bool) {
        memory.withLock { memory in
            guard change(&memory) else { return }
            do {
                // Written under the lock, so that the file never goes back to an older state.
                try Data(memory.json.bytes()).write(to: file, options: .atomic)
            } catch {
                logger.warning("what is known of the models could not be kept", ["reason": .string("\(error)")])
            }
        }
    }
}

/// What was last known of aliases and of the versions that were asked for.
private struct CatalogMemory {
    private var targets: [String: ObjectID] = [:]
    private(set) var versions: [ObjectID: ModelVersion] = [:]

    /// Versions kept; more are only asked for by id in requests.
    private static let capacity = 64

    /// Reads the file that `json` was written to; empty where there is none, or it cannot be read.
    init(reading file: URL) {
        guard let data = FileManager.default.contents(atPath: file.path), let json = try? JSONValue(parsing: data)
        else { return }
        for (key, id) in json["targets"]?.objectValue ?? JSONObject() {
            targets[key] = id.stringValue.flatMap { ObjectID($0) }
        }
        for value in json["versions"]?.arrayValue ?? [] {
            if let version = ModelVersion(json: value) { versions[version.id] = version }
        }
    }

    var json: JSONValue {
        [
            "targets": .object(JSONObject(targets.sorted { $0.key < $1.key }.map { ($0.key, $0.value.json) })),
            "versions": .array(versions.values.sorted { $0.id < $1.id }.map(\.json)),
        ]
    }

    func target(of alias: ModelAlias, in app: String) -> ObjectID? { targets[Self.key(alias, app)] }

    /// - Returns: whether that was new.
    mutating func note(_ target: ObjectID?, of alias: ModelAlias, in app: String) -> Bool {
        let key = Self.key(alias, app)
        guard targets[key] != target else { return false }
        targets[key] = target
        return true
    }

    /// - Returns: whether that was new.
    mutating func note(_ version: ModelVersion) -> Bool {
        guard versions[version.id] != version else { return false }
        if versions.count >= Self.capacity {
            let inUse = Set(targets.values)
            versions = versions.filter { inUse.contains($0.key) }
        }
        versions[version.id] = version
        return true
    }

    /// - Returns: whether that was new.
    mutating func note(_ fit: ModelFit, of id: ObjectID) -> Bool {
        guard var version = versions[id], version.fit == nil else { return false }
        version.fit = fit
        return note(version)
    }

    private static func key(_ alias: ModelAlias, _ app: String) -> String { "\(app)/\(alias.rawValue)" }
}

extension ModelVersion {
    /// Everything that is known of the version; read back by `init(json:)`.
    fileprivate var json: JSONValue {
        [
            "id": id.json, "app": app.json, "name": name.json, "algorithm": algorithm.json, "format": format.json,
            "metrics": metrics, "origin": origin.rawValue.json,
            "file": file.map {
                [
                    "hash": $0.hash.json, "size": $0.size.json, "name": $0.name.json,
                    "content_type": $0.contentType.json,
                ]
            } ?? .null,
            "statement": statement ?? .null, "fit": fit.map(\.json) ?? .null,
            "created_at": .integer(Int(createdAt.microseconds)),
        ]
    }

    /// Reads what `json` gives; nil for anything else.
    fileprivate init?(json: JSONValue) {
        func text(_ key: String) -> String? { json[key]?.stringValue }
        guard let id = text("id").flatMap({ ObjectID($0) }), let app = text("app"), let name = text("name"),
            let algorithm = text("algorithm"), let format = text("format"), let metrics = json["metrics"],
            let origin = text("origin").flatMap(ModelOrigin.init(rawValue:)),
            let createdAt = json["created_at"]?.intValue
        else { return nil }
        var file: ModelFile?
        if let hash = json["file"]?["hash"]?.stringValue.flatMap({ ContentHash($0) }) {
            file = ModelFile(
                hash: hash, size: json["file"]?["size"]?.intValue ?? 0, name: json["file"]?["name"]?.stringValue ?? "",
                contentType: json["file"]?["content_type"]?.stringValue ?? "")
        }
        self.init(
            id: id, app: app, name: name, algorithm: algorithm, format: format, metrics: metrics, origin: origin,
            file: file, statement: json["statement"].flatMap { $0.isNull ? JSONValue?.none : $0 },
            fit: json["fit"].flatMap(ModelFit.init(json:)),
            createdAt: Timestamp(microseconds: Int64(createdAt)))
    }
}
