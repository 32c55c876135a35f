import COpenVINO
import Foundation

/// A call of the inference library that did not succeed.
struct OpenVINOFailure: Error {
    /// The library's explanation on one line, without source locations and file paths.
    let reason: String

    /// Passes when the library answered that all went well.
    ///
    /// - Throws: what the library gives as the reason.
    static func check(_ status: ov_status_e) throws(OpenVINOFailure) {
        guard status != OK else { return }
        // A copy that is ours to free, of the latest message of the whole process: another thread may have failed since.
        let message = ov_get_last_err_msg()
        defer { ov_free(message) }
        let detail = message.map { String(cString: $0) } ?? ""
        let general = ov_get_error_info(status).map { String(cString: $0) } ?? "unknown error"
        throw OpenVINOFailure(libraryText: detail.isEmpty ? general : detail)
    }

    /// Makes a failure from the library's text, which mixes the reason with traces of its source.
    init(libraryText: String) {
        let sentences = libraryText.split(whereSeparator: \.isNewline).compactMap(Self.sentence)
        var joined = sentences.joined(separator: " ")
        // The name that stood behind it is taken for a path.
        if let end = joined.range(of: " Operation name:"), end.upperBound == joined.endIndex {
            joined = String(joined[..<end.lowerBound])
        }
        if joined == "std::bad_alloc" { joined = "it needs more memory than there is" }
        reason = joined.isEmpty ? "the inference library gives no reason" : String(joined.prefix(300))
    }

    /// What a line says to someone who does not have the library's source; nil for a mere trace.
    private static func sentence(_ line: Substring) -> String? {
        var line = line
        if line.hasPrefix("Exception from ") || line.hasPrefix("[ ") { return nil }
        if line.hasPrefix("Check '"), let failed = line.range(of: "' failed at ") {
            // Check 'condition' failed at src/file.cpp:12: the sentence follows, if there is one.
            line = line[failed.upperBound...].drop { !$0.isWhitespace }
        }
        // Advice for those who extend the library, and the name of its exception.
        if let advice = line.range(of: "To facilitate the conversion") { line = line[..<advice.lowerBound] }
        if line.hasPrefix("FrontEnd API failed with "), let colon = line.firstIndex(of: ":") {
            line = line[line.index(after: colon)...]
        }
        let words = line.split(whereSeparator: \.isWhitespace).filter { !isLocation($0) }
        return words.isEmpty ? nil : words.joined(separator: " ")
    }

    private static func isLocation(_ word: Substring) -> Bool {
        word.contains("/") || word.contains(".cpp:") || word.contains(".hpp:")
    }
}
