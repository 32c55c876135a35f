public import Foundation
import Observability

/// A file in a GridFS bucket, apart from its content.
public struct GridFSFile: Sendable, Equatable {
    /// Names the file for ever.
    public let id: ObjectID
    /// Size in bytes.
    public let length: Int
    /// Name it was given with; several files may have the same.
    public let name: String
    /// Media type it was given with, as PyMongo keeps it; nil where nobody said.
    public let contentType: String?
    /// SHA-256 of the content; nil for files of other programs.
    public let hash: ContentHash?
    let chunkSize: Int
}

/// Large files in a database of MongoDB, in the layout that every driver reads.
///
/// The content lies in pieces in `fs.chunks`; the document in `fs.files` is written last, so no half-written file is ever
/// visible. Files are never held in memory as a whole.
///
/// - Source: GridFS specification of MongoDB's drivers.
public struct GridFSBucket: Sendable {
    private static let files = "fs.files"
    private static let chunks = "fs.chunks"
    /// Bytes in a piece, as all drivers cut them.
    private static let chunkSize = 255 << 10
    /// Pieces that are sent together.
    private static let chunksPerTrip = 16

    private let database: MongoDatabase

    /// The bucket `fs` of a database.
    public init(_ database: MongoDatabase) { self.database = database }

    /// Stores the content of a file under a new identifier.
    ///
    /// - Parameter hash: of the content, kept beside it.
    /// - Throws: `StorageError`; pieces that were sent are removed where that is still possible.
    public func upload(_ file: URL, name: String, contentType: String, hash: ContentHash) async throws -> ObjectID {
        try await prepare()
        let id = ObjectID.next()
        do {
            let length = try await sendChunks(of: file, id)
            let document: BSONDocument = [
                "_id": .objectID(id), "length": .int64(Int64(length)), "chunkSize": .int(Self.chunkSize),
                "uploadDate": .date(.now), "filename": .string(name), "contentType": .string(contentType),
                "metadata": ["sha256": .string(hash.description)],
            ]
            try await database.append(document, to: Self.files)
        } catch {
            // The document may still come to be there, and must not be one of a file without its pieces.
            if case StorageError.uncertain = error { throw error }
            // Left behind they would only take room: without its document a file is not there.
            if (try? await self.file(id)) == .some(nil) {
                _ = try? await database.delete(["files_id": .objectID(id)], in: Self.chunks)
            }
            throw error
        }
        return id
    }

    private func sendChunks(of file: URL, _ id: ObjectID) async throws -> Int {
        let handle = try FileHandle(forReadingFrom: file)
        defer { try? handle.close() }
        var length = 0
        var number = 0
        while true {
            guard let block = try handle.read(upToCount: Self.chunkSize * Self.chunksPerTrip), !block.isEmpty else {
                return length
            }
            var documents: [BSONDocument] = []
            for start in stride(from: 0, to: block.count, by: Self.chunkSize) {
                let piece = block.dropFirst(start).prefix(Self.chunkSize)
                documents.append([
                    "_id": .objectID(.next()), "files_id": .objectID(id), "n": .int(number),
                    "data": .binary(Array(piece)),
                ])
                number += 1
            }
            try await database.insert(documents, into: Self.chunks)
            length += block.count
        }
    }

    /// The indexes that the specification asks for.
    private func prepare() async throws {
        try await database.createIndexes(
            [MongoIndex("filename_1_uploadDate_1", ["filename": 1, "uploadDate": 1])], on: Self.files)
        try await database.createIndexes(
            [MongoIndex("files_id_1_n_1", ["files_id": 1, "n": 1], isUnique: true)], on: Self.chunks)
    }

    /// A file by its identifier; nil where there is none.
    public func file(_ id: ObjectID) async throws -> GridFSFile? {
        try await database.find(["_id": .objectID(id)], in: Self.files, .init(limit: 1)).first.flatMap(GridFSFile.init)
    }

    /// Files by their identifiers; those that are not there are left out.
    public func files(_ ids: [ObjectID]) async throws -> [GridFSFile] {
        try await database.find(["_id": ["$in": .array(ids.map { .objectID($0) })]], in: Self.files)
            .compactMap(GridFSFile.init)
    }

    /// The hash of a file's content, kept beside it from now on: files of other programs are read as a whole for it once.
    ///
    /// - Throws: as `download` does.
    public func knownHash(of file: GridFSFile) async throws -> ContentHash {
        if let hash = file.hash { return hash }
        let hash = try await self.hash(of: file.id)
        // Where the metadata are no document there is no place in them.
        let filter: BSONDocument = [
            "_id": .objectID(file.id),
            "$or": [["metadata": ["$exists": false]], ["metadata": ["$type": "object"]]],
        ]
        try await database.update(
            filter, in: Self.files, ["$set": ["metadata.sha256": .string(hash.description)]])
        return hash
    }

    /// Files by their content, of those whose hash is known.
    public func files(of hash: ContentHash) async throws -> [GridFSFile] {
        try await database.find(["metadata.sha256": .string(hash.description)], in: Self.files)
            .compactMap(GridFSFile.init)
    }

    /// Writes a file's content to a new or empty file.
    ///
    /// - Returns: the hash of the content.
    /// - Throws: `.notFound`; `.corrupt` where pieces are missing.
    @discardableResult
    public func download(_ id: ObjectID, to file: URL) async throws -> ContentHash {
        try await read(id, to: file)
    }

    /// The hash of a file's content, which is read as a whole for it.
    ///
    /// - Throws: as `download` does.
    public func hash(of id: ObjectID) async throws -> ContentHash { try await read(id, to: nil) }

    /// Removes a file; nothing happens where there is none.
    public func delete(_ id: ObjectID) async throws {
        try await database.delete(["_id": .objectID(id)], in: Self.files)
        try await database.delete(["files_id": .objectID(id)], in: Self.chunks)
    }

    private func read(_ id: ObjectID, to output: URL?) async throws -> ContentHash {
        guard let file = try await self.file(id) else { throw StorageError.notFound(detail: "GridFS: no such file") }
        let filter = try BSONDocument([("files_id", .objectID(id))]).bytes()
        let options = try BSONDocument([("sort", .document(["n": 1])), ("batchSize", .int(Self.chunksPerTrip))]).bytes()
        return try await database.run(isChange: false) { client throws(MongoFailure) in
            let download: GridFSDownload
            do throws(StorageError) {
                download = try GridFSDownload(of: file, to: output)
            } catch {
                throw .other(error)
            }
            try client.forEach(in: Self.chunks, filter, isPipeline: false, options: options) {
                bytes throws(StorageError) in try download.take(bytes)
            }
            do throws(StorageError) {
                return try download.finish()
            } catch {
                throw .other(error)
            }
        }
    }
}

extension GridFSFile {
    /// Reads the document of a file; nil where it is none.
    fileprivate init?(_ document: BSONDocument) {
        guard let id = document["_id"]?.objectID, let length = document["length"]?.intValue, length >= 0,
            let chunkSize = document["chunkSize"]?.intValue, chunkSize > 0
        else { return nil }
        let metadata = document["metadata"]?.documentValue
        self.init(
            id: id, length: length, name: document["filename"]?.stringValue ?? "",
            contentType: document["contentType"]?.stringValue ?? metadata?["contentType"]?.stringValue,
            hash: metadata?["sha256"]?.stringValue.flatMap { ContentHash($0) }, chunkSize: chunkSize)
    }
}
