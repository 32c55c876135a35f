public import Foundation
public import JSON
public import Storage

/// A model file as the engine takes it, and what its reader found.
public struct ConvertedModel: Sendable {
    /// What the engine loads: a file that is for reading, and may be gone once the model is in use.
    public let file: URL
    /// Format, inputs, outputs, layers, … of the file, as `ModelInspection` tells them.
    public let inspection: JSONValue
}

/// The model files as they were given, and in the object store the graphs made from them.
///
/// Both are named by the hash of the given file, so a file that is added twice is kept and converted once.
public struct ModelGraphs: Sendable {
    private let objects: any ObjectStore
    private let files: any ModelFileStore
    private let converter: any ModelConverter

    /// Raised when the converter's output changes, so that graphs of an older converter are made anew.
    private static let revision = 4
    /// Beginnings of the keys of what is made again from the given files when it is missing.
    public static let derivedKeys = ["graphs/", "inspections/"]
    /// Largest description of a graph, in bytes.
    private static let largestInspection = 64 << 20

    /// Makes the store of graphs.
    ///
    /// - Parameter files: where the given files lie; nil for the object store.
    public init(objects: any ObjectStore, files: (any ModelFileStore)? = nil, converter: any ModelConverter) {
        self.objects = objects
        self.files = files ?? ObjectModelFiles(objects)
        self.converter = converter
    }

    /// Keeps a model file under its hash.
    public func keep(_ file: URL, handover: FileHandover, as description: ModelFile) async throws {
        try await files.keep(file, handover: handover, as: description)
    }

    /// Writes the given file again to a new file.
    public func export(_ hash: ContentHash, to file: URL) async throws {
        try await files.export(hash, to: file)
    }

    /// Calls a body with the graph made from a model file, converted first where needed.
    ///
    /// - Parameters:
    ///   - statement: what the file's owner says about it; another statement may make another graph.
    ///   - given: the file, where it is at hand and perhaps not kept yet; nil to read the kept one.
    ///   - body: uses the graph; it is kept whatever becomes of that.
    /// - Throws: `RegistryError.unusable` or `.readerFailed` with a reason fit for clients, and what the body throws.
    public func withGraph<Value: Sendable>(
        of hash: ContentHash, statement: JSONValue? = nil, reading given: URL? = nil,
        _ body: @Sendable (ConvertedModel) async throws -> Value
    ) async throws -> Value {
        let keys = try Keys(hash, statement)
        // The inspection is written last: where it is, the graph is.
        if try await objects.exists(keys.inspection) {
            let inspection = try await inspection(keys)
            return try await objects.withFile(of: keys.graph) { file in
                try await body(ConvertedModel(file: file, inspection: inspection))
            }
        }
        return try await withScratchFolder { folder in
            let file = folder.appending(path: "graph")
            let inspection =
                if let given {
                    try await converter.convert(given, statement: statement, to: file)
                } else {
                    try await files.withFile(of: hash) {
                        try await converter.convert($0, statement: statement, to: file)
                    }
                }
            try await objects.put(file: file, handover: .copying, key: keys.graph)
            try await objects.put(inspection.bytes(), key: keys.inspection)
            return try await body(ConvertedModel(file: file, inspection: inspection))
        }
    }

    /// What the reader found in a model file that has been read before; nil for others.
    public func inspection(of hash: ContentHash, statement: JSONValue? = nil) async throws -> JSONValue? {
        let keys = try Keys(hash, statement)
        return try await objects.exists(keys.inspection) ? try await inspection(keys) : nil
    }

    private func inspection(_ keys: Keys) async throws -> JSONValue {
        try JSONValue(parsing: try await objects.get(keys.inspection, limit: Self.largestInspection))
    }

    private func withScratchFolder<Value: Sendable>(
        _ body: @Sendable (URL) async throws -> Value
    ) async throws -> Value {
        let folder = FileManager.default.temporaryDirectory.appending(path: "prunelle-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(at: folder) }
        return try await body(folder)
    }

    /// Where the graph of a file and a statement lies.
    private struct Keys {
        let graph: ObjectKey
        let inspection: ObjectKey

        init(_ hash: ContentHash, _ statement: JSONValue?) throws {
            let name = statement.map { ContentHash(of: Array("\(hash)\n\($0.text())".utf8)) } ?? hash
            graph = try ObjectKey(folder: "graphs/r\(revision)", hash: name)
            inspection = try ObjectKey(folder: "inspections/r\(revision)", hash: name)
        }
    }
}
