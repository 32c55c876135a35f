import Foundation

/// The content of a model source, mapped into memory where it is a file.
struct ModelFile {
    /// Where the model lies; nil for a model that is only in memory.
    let url: URL?
    /// The parts of the model: one, or the two of an OpenVINO IR.
    let parts: [Data]

    /// Opens the source.
    ///
    /// - Throws: `invalidModel` for an empty or unreadable one; the reason never holds a path.
    init(_ source: ModelSource) throws(InferenceError) {
        switch source {
        case .bytes(let bytes):
            url = nil
            parts = [Data(bytes)]
        case .file(let file):
            url = file
            var files = [file]
            if file.pathExtension.lowercased() == "xml" {
                files.append(file.deletingPathExtension().appendingPathExtension("bin"))
            }
            do {
                parts = try files.map { try Data(contentsOf: $0, options: .alwaysMapped) }
            } catch {
                throw .invalidModel(reason: "its file cannot be read")
            }
        }
        if parts[0].isEmpty { throw .invalidModel(reason: "it is empty") }
    }

    /// Size of all parts.
    var byteCount: Int { parts.reduce(0) { $0 + $1.count } }

    /// Reads the model without compiling it.
    func read(with core: OpenVINOCore) throws(OpenVINOFailure) -> OpenVINOModel {
        if let url { return try core.read(path: url.path) }
        let outcome = parts[0].withUnsafeBytes { bytes -> Result<OpenVINOModel, OpenVINOFailure> in
            do throws(OpenVINOFailure) { return .success(try core.read(bytes)) } catch { return .failure(error) }
        }
        return try outcome.get()
    }
}
