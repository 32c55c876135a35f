public import Foundation
import Synchronization

/// Objects in memory, gone with the process; for tests and trials.
public final class InMemoryObjectStore: ObjectStore {
    private struct State {
        var objects: [ObjectKey: [UInt8]] = [:]
        var isClosed = false
    }

    private let state = Mutex(State())

    /// An empty store.
    public init() {}

    public func put(_ bytes: [UInt8], key: ObjectKey) async throws {
        try access { state throws(StorageError) in
            let isInTheWay = state.objects.keys.contains {
                $0.text.hasPrefix(key.text + "/") || key.text.hasPrefix($0.text + "/")
            }
            guard !isInTheWay else { throw .conflict(detail: "\(key) is a folder or lies in an object") }
            state.objects[key] = bytes
        }
    }

    public func put(file: URL, handover: FileHandover, key: ObjectKey) async throws {
        let source = try FileDescriptor.open(file)
        var bytes: [UInt8] = []
        try source.forEachChunk { chunk throws(StorageError) in bytes += chunk }
        try await put(bytes, key: key)
        if handover == .moving, unlink(file.path) != 0 { throw StorageError.system("unlink") }
    }

    public func get(_ key: ObjectKey, limit: Int) async throws -> [UInt8] {
        let bytes = try object(key)
        guard bytes.count <= limit else {
            throw StorageError.tooLarge(detail: "\(key) has \(bytes.count) bytes, \(limit) allowed")
        }
        return bytes
    }

    public func download(_ key: ObjectKey, to file: URL) async throws {
        let bytes = try object(key)
        let target = try FileDescriptor.create(file)
        try target.write(bytes)
    }

    public func size(of key: ObjectKey) async throws -> Int? {
        try access { state in state.objects[key]?.count }
    }

    public func localFile(of key: ObjectKey) async throws -> URL? {
        _ = try object(key)
        return nil
    }

    public func delete(_ key: ObjectKey) async throws {
        try access { state in state.objects[key] = nil }
    }

    public func copy(_ source: ObjectKey, to target: ObjectKey) async throws {
        try await put(try object(source), key: target)
    }

    public func list(prefix: String, after: ObjectKey?, limit: Int) async throws -> [StoredObject] {
        let all = try access { state in state.objects.map { StoredObject(key: $0, size: $1.count) } }
        return Array(
            all.filter { object in
                object.key.text.hasPrefix(prefix) && after.map { $0 < object.key } ?? true
            }.sorted { $0.key < $1.key }.prefix(max(0, limit)))
    }

    public func close() async { state.withLock { $0.isClosed = true } }

    private func object(_ key: ObjectKey) throws(StorageError) -> [UInt8] {
        guard let bytes = try access({ state in state.objects[key] }) else {
            throw .notFound(detail: "no object \(key)")
        }
        return bytes
    }

    private func access<Value: Sendable>(
        _ body: (inout State) throws(StorageError) -> Value
    ) throws(StorageError) -> Value {
        try state.withLock { state throws(StorageError) in
            guard !state.isClosed else { throw .unavailable(detail: "the object store is closed") }
            return try body(&state)
        }
    }
}
