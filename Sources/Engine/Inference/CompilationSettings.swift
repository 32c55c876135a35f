import COpenVINO
import Foundation

/// How a model is compiled.
struct CompilationSettings {
    /// Asked for explicitly, because the library otherwise takes bf16 wherever the processor has it.
    var precision: Precision
    /// Predictions that run at once on the library's threads; 0 runs on the caller's thread alone.
    var streams: Int
    /// Threads of the library, over all streams.
    var threads: Int
    /// Folder where the library looks for compiled models and leaves them.
    var cachePath: String?

    /// Calls the body with the settings in the form of the library.
    func withProperties<Result>(
        _ body: (UnsafePointer<ov_property_t>, Int) throws(OpenVINOFailure) -> Result
    ) throws(OpenVINOFailure) -> Result {
        var pairs = [
            ("INFERENCE_PRECISION_HINT", precision.rawValue),
            ("NUM_STREAMS", String(streams)),
            ("INFERENCE_NUM_THREADS", String(threads)),
            // Pinned threads of several models would fight for the same cores.
            ("ENABLE_CPU_PINNING", "NO"),
        ]
        if let cachePath { pairs.append(("CACHE_DIR", cachePath)) }
        let strings = pairs.map { (key: strdup($0.0), value: strdup($0.1)) }
        defer {
            for pair in strings {
                free(pair.key)
                free(pair.value)
            }
        }
        let properties = strings.map { ov_property_t(key: $0.key, value: $0.value) }
        let outcome: Swift.Result<Result, OpenVINOFailure> = properties.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return .failure(OpenVINOFailure(libraryText: "")) }
            do throws(OpenVINOFailure) { return .success(try body(base, buffer.count)) } catch {
                return .failure(error)
            }
        }
        return try outcome.get()
    }
}
