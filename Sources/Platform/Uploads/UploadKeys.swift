public import Foundation
import Observability
public import Storage

/// The pair of keys that a server signs its own uploads with.
public enum UploadKeys {
    /// Reads the pair that a file holds, which is made when it is missing: servers that share it take each other's URLs.
    ///
    /// - Throws: `CocoaError` when it can be neither read nor made.
    public static func load(_ file: URL) throws -> S3Credentials {
        if let known = try? read(file) { return known }
        let text = "PRUNELLE" + random(12) + "\n" + random(40) + "\n"
        // Complete before it has its name, so that nobody reads a part of it; whoever is second reads that of the first.
        let draft = file.appendingPathExtension(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: draft) }
        guard
            FileManager.default.createFile(
                atPath: draft.path, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
        else { throw CocoaError(.fileWriteUnknown) }
        try? FileManager.default.linkItem(at: draft, to: file)
        return try read(file)
    }

    private static func read(_ file: URL) throws -> S3Credentials {
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init)
        guard lines.count == 2, lines[1].count >= 20 else { throw CocoaError(.fileReadCorruptFile) }
        return S3Credentials(accessKeyID: lines[0], secretAccessKey: Secret(lines[1]))
    }

    private static func random(_ count: Int) -> String {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
        var generator = SystemRandomNumberGenerator()
        return String((0..<count).compactMap { _ in letters.randomElement(using: &generator) })
    }
}
