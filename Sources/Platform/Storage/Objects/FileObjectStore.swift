public import Foundation

/// Objects as files below a folder, at the paths that are their keys.
///
/// For one or several processes of one machine, on one file system. Nobody else should write below the folder; reading is welcome.
public final class FileObjectStore: ObjectStore {
    private let root: URL
    private let timeout: Duration
    private let tree: FileObjectTree
    private let threads: BlockingThreads

    /// Opens a folder, making it if it is missing, and removes what crashes have left. Blocks on the disk.
    ///
    /// - Parameters:
    ///   - threads: how many calls work at the same time.
    ///   - capacity: how many calls may wait before more are refused with `.busy`.
    ///   - timeout: how long a call may wait for its turn.
    public convenience init(
        root: URL, threads: Int = 4, capacity: Int = 1_024, timeout: Duration = .seconds(10)
    ) throws(StorageError) {
        try self.init(root: root, threads: threads, capacity: capacity, timeout: timeout) { _ in }
    }

    init(
        root: URL, threads: Int = 4, capacity: Int = 1_024, timeout: Duration = .seconds(10),
        beforeStep: @escaping @Sendable (FileObjectTree.Step) throws(StorageError) -> Void
    ) throws(StorageError) {
        self.root = root
        self.timeout = timeout
        tree = try FileObjectTree(root: root, beforeStep: beforeStep)
        self.threads = BlockingThreads(name: "object-files", count: threads, capacity: capacity)
    }

    public func put(_ bytes: [UInt8], key: ObjectKey) async throws {
        try await run { tree throws(StorageError) in
            try tree.put(key) { file throws(StorageError) in try file.write(bytes) }
        }
    }

    public func put(file: URL, handover: FileHandover, key: ObjectKey) async throws {
        try await run { tree throws(StorageError) in
            if handover == .moving, try tree.adopt(file, key: key) { return }
            let source = try FileDescriptor.open(file, following: false)
            try tree.put(key) { target throws(StorageError) in try source.copy(to: target) }
            if handover == .moving, unlink(file.path) != 0 { throw .system("unlink") }
        }
    }

    public func get(_ key: ObjectKey, limit: Int) async throws -> [UInt8] {
        try await run { tree throws(StorageError) in
            let file = try tree.open(key)
            let size = try file.status().size
            guard size <= limit else { throw .tooLarge(detail: "\(key) has \(size) bytes, \(limit) allowed") }
            return try file.read(size)
        }
    }

    public func download(_ key: ObjectKey, to file: URL) async throws {
        try await run { tree throws(StorageError) in
            let source = try tree.open(key)
            let target = try FileDescriptor.create(file)
            try source.copy(to: target)
        }
    }

    public func size(of key: ObjectKey) async throws -> Int? {
        try await run { tree throws(StorageError) in try tree.size(of: key) }
    }

    public func localFile(of key: ObjectKey) async throws -> URL? {
        try await run { tree throws(StorageError) in _ = try tree.open(key) }
        return root.appending(path: key.text)
    }

    public func delete(_ key: ObjectKey) async throws {
        try await run { tree throws(StorageError) in try tree.delete(key) }
    }

    public func copy(_ source: ObjectKey, to target: ObjectKey) async throws {
        try await run { tree throws(StorageError) in
            let file = try tree.open(source)
            try tree.put(target) { copy throws(StorageError) in try file.copy(to: copy) }
        }
    }

    public func list(prefix: String, after: ObjectKey?, limit: Int) async throws -> [StoredObject] {
        try await run { tree throws(StorageError) in try tree.list(prefix: prefix, after: after, limit: limit) }
    }

    public func close() async { await threads.close() }

    private func run<Value: Sendable>(
        _ body: @escaping @Sendable (FileObjectTree) throws(StorageError) -> Value
    ) async throws -> Value {
        let tree = tree
        return try await threads.run(timeout: timeout) { () throws(StorageError) in try body(tree) }
    }
}
