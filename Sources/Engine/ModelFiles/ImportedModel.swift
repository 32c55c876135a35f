public import Foundation
import ONNX

#if canImport(Glibc)
    import Glibc
#endif

/// A model file that has been read: one graph the engine can run, and what is known about it.
public struct ImportedModel: Sendable {
    private enum Graph {
        case model(ONNXModel)
        case bytes([UInt8])
    }

    private let graph: Graph
    /// What the file says about itself.
    public internal(set) var inspection: ModelInspection

    /// Makes a model from a graph, which is encoded only when it is written.
    init(_ model: ONNXModel, inspection: ModelInspection) {
        graph = .model(model)
        self.inspection = inspection
    }

    /// Makes a model from the bytes of an ONNX file.
    init(onnx: [UInt8], inspection: ModelInspection) {
        graph = .bytes(onnx)
        self.inspection = inspection
    }

    /// The bytes of an ONNX file.
    ///
    /// The inputs keep the shape and layout of the original file; the batch axis has the symbolic length `N`.
    ///
    /// - Complexity: O(weights), which are copied: `write(to:)` copies none.
    public var onnx: [UInt8] {
        switch graph {
        case .model(let model): model.encoded()
        case .bytes(let bytes): bytes
        }
    }

    /// Writes the ONNX file; a file of the name is replaced once the new one is whole.
    ///
    /// - Throws: `ModelFileError` of kind `unreadable` where the file cannot be written.
    public func write(to file: URL) throws(ModelFileError) {
        let folder = file.deletingLastPathComponent()
        let part = folder.appending(path: ".\(file.lastPathComponent).\(UUID().uuidString.prefix(8))")
        let descriptor = open(part.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Self.failure() }
        do throws(ModelFileError) {
            defer { close(descriptor) }
            switch graph {
            case .model(let model):
                try model.forEachPiece { (bytes) throws(ModelFileError) in try Self.write(bytes, to: descriptor) }
            case .bytes(let bytes):
                try bytes.span.withUnsafeBytes { (bytes) throws(ModelFileError) in
                    try Self.write(bytes, to: descriptor)
                }
            }
        } catch {
            unlink(part.path)
            throw error
        }
        guard rename(part.path, file.path) == 0 else {
            let failure = Self.failure()
            unlink(part.path)
            throw failure
        }
    }

    private static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws(ModelFileError) {
        var rest = bytes[...]
        while let start = UnsafeRawBufferPointer(rebasing: rest).baseAddress, !rest.isEmpty {
            let written = Glibc.write(descriptor, start, rest.count)
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw failure() }
            rest = rest.dropFirst(written)
        }
    }

    private static func failure() -> ModelFileError {
        ModelFileError(.unreadable, "cannot write the file: \(String(cString: strerror(errno)))")
    }
}
