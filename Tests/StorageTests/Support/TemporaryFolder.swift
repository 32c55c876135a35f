import Foundation
import Storage

/// A folder for one test, removed when nothing holds it any more.
final class TemporaryFolder: Sendable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "storage-tests-\(ObjectID.next())")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(at: url)
    }

    func file(_ name: String) -> URL { url.appending(path: name) }

    /// Names of all files below, however deep.
    func files(below name: String = "") throws -> [String] {
        let folder = url.appending(path: name)
        return try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { path in
            try !(folder.appending(path: path).resourceValues(forKeys: [.isDirectoryKey]).isDirectory ?? false)
        }.sorted()
    }
}
