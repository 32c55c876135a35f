/// The graph of a model file in a form that the engine runs.
public enum ModelGraph: Sendable {
    /// The bytes of an ONNX file.
    case onnx([UInt8])
    /// The bytes of a TensorFlow Lite file.
    case tflite([UInt8])
    /// An OpenVINO IR in one piece, laid out by `OpenVINOPair`.
    case openVINO([UInt8])

    /// What the engine loads.
    public var bytes: [UInt8] {
        switch self {
        case .onnx(let bytes), .tflite(let bytes), .openVINO(let bytes): bytes
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

    init(onnx: [UInt8], inspection: ModelInspection) {
        self.init(graph: .onnx(onnx), inspection: inspection)
    }

    /// What the engine loads: the bytes of an ONNX file, but for the two formats that are handed on as they are.
    public var onnx: [UInt8] { graph.bytes }
}
