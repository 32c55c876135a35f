import Foundation
import Synchronization

/// A text file that several threads and processes append lines to.
///
/// `O_APPEND` and one `write` a line keep lines whole.
final class AppendedFile: LineFile {
    private let path: String
    private let header: String

    init(_ file: URL, header: String) {
        path = file.path
        self.header = header
    }

    func append(_ line: String) {
        let isNew = !FileManager.default.fileExists(atPath: path)
        if isNew {
            let folder = URL(filePath: path).deletingLastPathComponent()
            try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        }
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT, 0o644)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let text = Array(((isNew ? header + "\r\n" : "") + line + "\r\n").utf8)
        _ = write(descriptor, text, text.count)
    }

    func lastLine() -> String? {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
        return text.split(whereSeparator: \.isNewline).last.map(String.init)
    }
}
