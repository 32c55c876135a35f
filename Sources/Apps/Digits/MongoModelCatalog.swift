import JSON
import ModelFiles
import Observability
import Registry
import Storage

/// The models in the collection `models` of a MongoDB, in the documents of the backend that the app replaces.
///
/// Which model answers is the flag `is_default` there, so that a choice of either backend counts in the other. What that
/// backend does not know lies in one more member, `prunelle`, which it passes over, and the moves of the flag in a
/// collection of their own.
struct MongoModelCatalog: ModelCatalog {
    private static let collection = "models"

    private let app: String
    private let database: MongoDatabase
    private let bucket: GridFSBucket
    private let moves: MongoAliasMoves

    /// - Parameter app: the one app whose models these are.
    init(app: String, _ database: MongoDatabase) {
        self.app = app
        self.database = database
        bucket = GridFSBucket(database)
        moves = MongoAliasMoves(database)
    }

    func versions(of app: String) async throws -> [ModelVersion] {
        guard app == self.app else { return [] }
        return try await versions(
            database.find([:], in: Self.collection, .init(sort: ["created_at": -1, "_id": -1])))
    }

    func version(_ id: ObjectID, of app: String) async throws -> ModelVersion? {
        guard app == self.app else { return nil }
        return try await versions(database.find(["_id": .objectID(id)], in: Self.collection, .init(limit: 1))).first
    }

    func add(_ version: ModelVersion, as alias: ModelAlias?) async throws {
        guard version.app == app else { throw RegistryError.unknownVersion }
        var document = Self.document(version)
        if let file = version.file {
            guard let stored = try await bucket.file(like: file) else {
                throw StorageError.notFound(detail: "the model's file is not in GridFS")
            }
            document["gridfs_id"] = .objectID(stored.id)
        }
        try await database.insert([document], into: Self.collection)
        if let alias { try await moves.move(alias, to: version.id) }
    }

    func record(_ fit: ModelFit, of id: ObjectID, in app: String) async throws {
        guard app == self.app else { return }
        try await database.update(
            ["_id": .objectID(id), "prunelle.fit": nil], in: Self.collection,
            ["$set": ["prunelle.fit": .string(fit.json.text())]])
    }

    func target(of alias: ModelAlias, in app: String) async throws -> ObjectID? {
        app == self.app ? try await moves.target(of: alias) : nil
    }

    func point(_ alias: ModelAlias, in app: String, to id: ObjectID) async throws {
        guard app == self.app, try await database.count(["_id": .objectID(id)], in: Self.collection) == 1 else {
            throw RegistryError.unknownVersion
        }
        try await moves.move(alias, to: id)
    }

    func history(of alias: ModelAlias, in app: String, limit: Int) async throws -> [AliasChange] {
        app == self.app ? try await moves.latest(of: alias, limit: limit).map(\.change) : []
    }

    func earlierTarget(of alias: ModelAlias, in app: String) async throws -> ObjectID {
        guard app == self.app, let earlier = try await moves.earlierTarget(of: alias) else {
            throw RegistryError.nothingToRollBack
        }
        return earlier
    }

    /// The versions of documents, with what GridFS knows of their files.
    private func versions(_ documents: [BSONDocument]) async throws -> [ModelVersion] {
        let ids = documents.compactMap { $0["gridfs_id"]?.objectID }
        let stored = ids.isEmpty ? [] : try await bucket.files(ids)
        var files: [ObjectID: ModelFile] = [:]
        for file in stored {
            do {
                files[file.id] = ModelFile(
                    hash: try await bucket.knownHash(of: file), size: file.length, name: file.name,
                    contentType: file.contentType ?? "application/octet-stream")
            } catch StorageError.corrupt, StorageError.notFound {
                // Nobody can read such a file, so the model is one without a file.
            }
        }
        return documents.compactMap { document in
            version(document, file: document["gridfs_id"]?.objectID.flatMap { files[$0] })
        }
    }
}

extension MongoModelCatalog {
    /// The original's document, and what it passes over.
    private static func document(_ version: ModelVersion) -> BSONDocument {
        var extra: BSONDocument = ["origin": .string(version.origin.rawValue)]
        if version.format != version.digitsFormat { extra["format"] = .string(version.format) }
        extra["statement"] = version.statement.map { .string($0.text()) }
        extra["fit"] = version.fit.map { .string($0.json.text()) }
        let metrics = MongoJSON.stored(version.metrics, "metrics", beside: &extra)
        return [
            "_id": .objectID(version.id), "name": .string(version.name), "algo": .string(version.algorithm),
            "format": .string(version.digitsFormat), "metrics": metrics, "is_default": false,
            "created_at": .date(version.createdAt), "prunelle": .document(extra),
        ]
    }

    /// Reads a document, also of the original; nil where its identifier is none of theirs.
    private func version(_ document: BSONDocument, file: ModelFile?) -> ModelVersion? {
        guard let id = document["_id"]?.objectID else { return nil }
        let extra = document["prunelle"]?.documentValue ?? [:]
        func json(_ key: String) -> JSONValue? {
            extra[key]?.stringValue.flatMap { try? JSONValue(parsing: $0) }
        }
        let metrics = MongoJSON.read(document["metrics"], "metrics", beside: extra)
        return ModelVersion(
            id: id, app: app, name: document["name"]?.stringValue ?? "",
            algorithm: document["algo"]?.stringValue ?? "",
            // A model without a format is taken for a pickle by the original.
            format: extra["format"]?.stringValue ?? document["format"]?.stringValue ?? "pickle",
            metrics: metrics.isNull ? [:] : metrics,
            origin: extra["origin"]?.stringValue.flatMap(ModelOrigin.init) ?? .upload, file: file,
            statement: json("statement"), fit: json("fit").flatMap(ModelFit.init(json:)),
            createdAt: document["created_at"]?.dateValue ?? Timestamp(microseconds: Int64(id.seconds) * 1_000_000))
    }
}
