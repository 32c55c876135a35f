public import Foundation
public import Storage

/// Where model files lie as they were given, found by the hash of their content.
public protocol ModelFileStore: Sendable {
    /// Keeps a file; nothing happens where it is kept already.
    func keep(_ file: URL, handover: FileHandover, as description: ModelFile) async throws

    /// Calls a body with a copy of a file that is for reading and for the time of the call only.
    ///
    /// - Throws: `StorageError.notFound` where no file of that content is kept.
    func withFile<Value: Sendable>(
        of hash: ContentHash, _ body: @Sendable (URL) async throws -> Value
    ) async throws -> Value

    /// Writes a file again to a new file.
    func export(_ hash: ContentHash, to file: URL) async throws
}

/// Model files in the object store.
public struct ObjectModelFiles: ModelFileStore {
    private let objects: any ObjectStore

    /// Makes the store of files.
    public init(_ objects: any ObjectStore) { self.objects = objects }

    public func keep(_ file: URL, handover: FileHandover, as description: ModelFile) async throws {
        let key = try Self.key(description.hash)
        if try await objects.exists(key) { return }
        try await objects.put(file: file, handover: handover, key: key)
    }

    public func withFile<Value: Sendable>(
        of hash: ContentHash, _ body: @Sendable (URL) async throws -> Value
    ) async throws -> Value {
        try await objects.withFile(of: Self.key(hash), body)
    }

    public func export(_ hash: ContentHash, to file: URL) async throws {
        try await objects.download(Self.key(hash), to: file)
    }

    private static func key(_ hash: ContentHash) throws -> ObjectKey {
        try ObjectKey(folder: "models", hash: hash)
    }
}

/// Model files in GridFS, where the backends that Prunelle replaces keep them too.
///
/// Each name and media type has a file of its own, since they belong to the file there.
public struct GridFSModelFiles: ModelFileStore {
    private let bucket: GridFSBucket

    /// Makes the store of files.
    public init(_ bucket: GridFSBucket) { self.bucket = bucket }

    public func keep(_ file: URL, handover: FileHandover, as description: ModelFile) async throws {
        if try await bucket.file(like: description) == nil {
            _ = try await bucket.upload(
                file, name: description.name, contentType: description.contentType, hash: description.hash)
        }
        if handover == .moving { try? FileManager.default.removeItem(at: file) }
    }

    public func withFile<Value: Sendable>(
        of hash: ContentHash, _ body: @Sendable (URL) async throws -> Value
    ) async throws -> Value {
        let copy = FileManager.default.temporaryDirectory.appending(path: "model-\(ObjectID.next())")
        defer { try? FileManager.default.removeItem(at: copy) }
        try await export(hash, to: copy)
        return try await body(copy)
    }

    public func export(_ hash: ContentHash, to file: URL) async throws {
        guard let stored = try await bucket.files(of: hash).first else {
            throw StorageError.notFound(detail: "no model file of this content is in GridFS")
        }
        guard try await bucket.download(stored.id, to: file) == hash else {
            throw StorageError.corrupt(detail: "the model file in GridFS is not what it was")
        }
    }
}

extension GridFSBucket {
    /// The file of a description's content, name and media type; nil where there is none.
    public func file(like description: ModelFile) async throws -> GridFSFile? {
        try await files(of: description.hash).first {
            $0.name == description.name && $0.contentType == description.contentType
        }
    }
}

/// Where an app's models lie: their descriptions, and their files as they were given.
public struct ModelStorage: Sendable {
    /// The descriptions and aliases.
    public let catalog: any ModelCatalog
    /// The files.
    public let files: any ModelFileStore

    /// Makes a storage.
    public init(catalog: any ModelCatalog, files: any ModelFileStore) {
        self.catalog = catalog
        self.files = files
    }
}
