import Foundation

/// The content of a model source, mapped into memory where it is a file.
struct ModelFile {
    /// One part of a model, wherever it lies.
    enum Part {
        case memory([UInt8])
        case mapped(Data)

        var count: Int {
            switch self {
            case .memory(let bytes): bytes.count
            case .mapped(let data): data.count
            }
        }

        func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
            switch self {
            case .memory(let bytes): bytes.withUnsafeBytes(body)
            case .mapped(let data): data.withUnsafeBytes(body)
            }
        }
    }

    /// Where the library can read the model by its name; nil for ONNX that is in memory or has another name.
    let url: URL?
    /// The parts of the model: one, or the two of an OpenVINO IR.
    let parts: [Part]

    /// Opens the source and makes sure that an ONNX model is complete in itself.
    ///
    /// - Throws: `invalidModel` for an empty, unreadable or unsafe one; the reason never holds a path.
    init(_ source: ModelSource) throws(InferenceError) {
        let format: String
        switch source {
        case .bytes(let bytes):
            format = "onnx"
            url = nil
            parts = [.memory(bytes)]
        case .file(let file):
            format = file.pathExtension.lowercased()
            url = ["onnx", "xml", "tflite"].contains(format) ? file : nil
            var files = [file]
            if format == "xml" { files.append(file.deletingPathExtension().appendingPathExtension("bin")) }
            do {
                parts = try files.map { .mapped(try Data(contentsOf: $0, options: .alwaysMapped)) }
            } catch {
                throw .invalidModel(reason: "its file cannot be read")
            }
        }
        if parts[0].count == 0 { throw .invalidModel(reason: "it is empty") }
        if format == "xml" || format == "tflite" { return }
        let verdict = parts[0].withBytes { bytes -> Result<Void, InferenceError> in
            do throws(InferenceError) { return .success(try ONNXGuard.check(bytes)) } catch { return .failure(error) }
        }
        try verdict.get()
    }

    /// Size of all parts.
    var byteCount: Int { parts.reduce(0) { $0 + $1.count } }

    /// Reads the model without compiling it.
    func read(with core: OpenVINOCore) throws(OpenVINOFailure) -> OpenVINOModel {
        if let url { return try core.read(path: url.path) }
        let outcome = parts[0].withBytes { bytes -> Result<OpenVINOModel, OpenVINOFailure> in
            do throws(OpenVINOFailure) { return .success(try core.read(bytes)) } catch { return .failure(error) }
        }
        return try outcome.get()
    }
}
