public import Foundation

/// Named bytes, whatever holds them: pictures, model files, data sets.
///
/// An object appears whole or not at all, and when `put` or `copy` returns it survives a crash of the program and of
/// the machine. Writing a key again replaces its object; readers see the old or the new one. A key must not be a folder
/// of another (`a` beside `a/b`): `StorageError.conflict` where the store can tell. Every call throws `StorageError`.
public protocol ObjectStore: Sendable {
    /// Stores bytes.
    func put(_ bytes: [UInt8], key: ObjectKey) async throws

    /// Stores the content of a file, which may be large: it is never held in memory as a whole.
    ///
    /// - Parameter handover: whether the file stays, or is the store's from now on; a file that was to be moved is gone
    ///   only if the call succeeds.
    func put(file: URL, handover: FileHandover, key: ObjectKey) async throws

    /// The bytes of an object.
    ///
    /// - Throws: `.notFound`; `.tooLarge` if there are more bytes than `limit`.
    func get(_ key: ObjectKey, limit: Int) async throws -> [UInt8]

    /// Writes an object's bytes to a new or empty file, piece by piece.
    func download(_ key: ObjectKey, to file: URL) async throws

    /// The number of bytes of an object, or nil if there is none.
    func size(of key: ObjectKey) async throws -> Int?

    /// The file that holds an object where the store keeps files, to be read only; nil where it keeps none.
    ///
    /// - Throws: `.notFound`.
    func localFile(of key: ObjectKey) async throws -> URL?

    /// Removes an object; nothing happens if there is none.
    func delete(_ key: ObjectKey) async throws

    /// Stores the content of one object under another key.
    func copy(_ source: ObjectKey, to target: ObjectKey) async throws

    /// Objects whose keys begin with a text, in the order of their keys.
    ///
    /// - Parameters:
    ///   - prefix: any beginning of a key; empty for all.
    ///   - after: only keys behind this one, to go on where the last page ended.
    ///   - limit: how many at most.
    func list(prefix: String, after: ObjectKey?, limit: Int) async throws -> [StoredObject]

    /// Finishes what was begun and refuses what comes after.
    func close() async
}

/// What becomes of a file given to an object store.
public enum FileHandover: Sendable {
    /// The file stays as it is.
    case copying
    /// The file is gone afterwards; on the same file system this copies nothing.
    case moving
}

/// An object in a listing.
public struct StoredObject: Sendable, Hashable {
    /// Its key.
    public let key: ObjectKey
    /// Its number of bytes.
    public let size: Int

    /// Makes an entry as a driver would.
    public init(key: ObjectKey, size: Int) {
        self.key = key
        self.size = size
    }
}

extension ObjectStore {
    /// The bytes of an object of up to 64 MiB.
    public func get(_ key: ObjectKey) async throws -> [UInt8] { try await get(key, limit: 64 << 20) }

    /// Whether there is an object.
    public func exists(_ key: ObjectKey) async throws -> Bool { try await size(of: key) != nil }

    /// The first objects whose keys begin with a text.
    public func list(prefix: String, limit: Int = 1_000) async throws -> [StoredObject] {
        try await list(prefix: prefix, after: nil, limit: limit)
    }

    /// Calls a body with a file that holds an object, downloading it where the store keeps no files.
    ///
    /// The file is for reading and for the time of the call only.
    public func withFile<Value: Sendable>(
        of key: ObjectKey, _ body: @Sendable (URL) async throws -> Value
    ) async throws -> Value {
        if let file = try await localFile(of: key) { return try await body(file) }
        let file = FileManager.default.temporaryDirectory.appending(path: "object-\(ObjectID.next())")
        defer { try? FileManager.default.removeItem(at: file) }
        try await download(key, to: file)
        return try await body(file)
    }
}
