public import Foundation
import JSON
public import Storage

/// The model files as they were given and the ONNX graphs made from them, both in the object store.
///
/// Both are named by the hash of the given file, so a file that is added twice is kept and converted once.
public struct ModelGraphs: Sendable {
    private let objects: any ObjectStore
    private let converter: any ModelConverter

    /// Raised when the converter's output changes, so that graphs of an older converter are made anew.
    private static let revision = 1
    /// Largest graph in bytes; protobuf itself ends at 2 GiB.
    private static let largestGraph = 2 << 30

    /// Makes the store of graphs.
    public init(objects: any ObjectStore, converter: any ModelConverter) {
        self.objects = objects
        self.converter = converter
    }

    /// Keeps a model file under its hash.
    public func keep(_ file: URL, handover: FileHandover, hash: ContentHash) async throws {
        let key = try Self.fileKey(hash)
        if try await objects.exists(key) { return }
        try await objects.put(file: file, handover: handover, key: key)
    }

    /// Writes the given file again to a new file.
    public func export(_ hash: ContentHash, to file: URL) async throws {
        try await objects.download(Self.fileKey(hash), to: file)
    }

    /// The graph made from a model file, converted first where needed.
    ///
    /// - Parameter given: the file, where it is at hand and perhaps not kept yet; nil to read the kept one.
    /// - Throws: `RegistryError.unusable` or `.readerFailed` with a reason fit for clients.
    public func graph(of hash: ContentHash, reading given: URL? = nil) async throws -> [UInt8] {
        let key = try Self.graphKey(hash)
        if try await objects.exists(key) { return try await objects.get(key, limit: Self.largestGraph) }
        let graph =
            if let given {
                try await convert(given)
            } else {
                try await objects.withFile(of: Self.fileKey(hash)) { try await convert($0) }
            }
        try await objects.put(graph, key: key)
        return graph
    }

    private func convert(_ file: URL) async throws -> [UInt8] {
        try await withScratchFolder { folder in
            let output = folder.appending(path: "graph.onnx")
            _ = try await converter.convert(file, to: output)
            return try [UInt8](Data(contentsOf: output))
        }
    }

    private func withScratchFolder<Result>(_ body: (URL) async throws -> Result) async throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "prunelle-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(at: folder) }
        return try await body(folder)
    }

    private static func fileKey(_ hash: ContentHash) throws -> ObjectKey {
        try ObjectKey(folder: "models", hash: hash)
    }

    private static func graphKey(_ hash: ContentHash) throws -> ObjectKey {
        try ObjectKey(folder: "graphs/r\(revision)", hash: hash)
    }
}
