public import Foundation
public import ONNX

#if canImport(Glibc)
    import Glibc
#endif

/// The graph of a model file in a form that the engine runs.
public enum ModelGraph: Sendable {
    /// A graph made by a converter, which is encoded only when it is written.
    case network(ONNXModel)
    /// The bytes of an ONNX file.
    case onnx([UInt8])
    /// The bytes of a TensorFlow Lite file.
    case tflite([UInt8])
    /// An OpenVINO IR in one piece, laid out by `OpenVINOPair`.
    case openVINO([UInt8])

    /// What the engine loads.
    ///
    /// - Complexity: O(weights) for a network, whose weights are copied.
    public var bytes: [UInt8] {
        switch self {
        case .network(let model): model.encoded()
        case .onnx(let bytes), .tflite(let bytes), .openVINO(let bytes): bytes
        }
    }

    /// Whether it is written as an ONNX file.
    public var isONNX: Bool {
        switch self {
        case .network, .onnx: true
        case .tflite, .openVINO: false
        }
    }
}

/// A model file that has been read: one graph the engine can run, and what is known about it.
public struct ImportedModel: Sendable {
    /// The graph.
    ///
    /// The inputs keep the shape and layout of the original file; in graphs made by a converter the batch axis has the
    /// symbolic length `N`.
    public let graph: ModelGraph
    /// What the file says about itself.
    public internal(set) var inspection: ModelInspection

    init(graph: ModelGraph, inspection: ModelInspection) {
        self.graph = graph
        self.inspection = inspection
    }

    init(_ model: consuming ONNXModel, inspection: ModelInspection) {
        model.graph.foldChannelScales()
        self.init(graph: .network(model), inspection: inspection)
    }

    init(onnx: [UInt8], inspection: ModelInspection) {
        self.init(graph: .onnx(onnx), inspection: inspection)
    }

    /// What the engine loads: the bytes of an ONNX file, but for the two formats that are handed on as they are.
    ///
    /// - Complexity: O(weights), which are copied: `write(to:)` copies none.
    public var onnx: [UInt8] { graph.bytes }

    /// Writes what the engine loads; a file of the name is replaced once the new one is whole.
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
            case .network(let model):
                try model.forEachPiece { (bytes) throws(ModelFileError) in try Self.write(bytes, to: descriptor) }
            case .onnx(let bytes), .tflite(let bytes), .openVINO(let bytes):
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
