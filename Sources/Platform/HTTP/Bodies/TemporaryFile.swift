internal import Foundation
internal import Synchronization

/// A file that exists as long as this object.
final class TemporaryFile: Sendable {
    let path: String

    private static let counter = Atomic<UInt64>(0)
    private static let prefix = "upload-"

    /// The open file and its object.
    ///
    /// - Throws: `APIError(.internalError)` when the folder cannot be written to.
    static func create(in folder: URL) throws(APIError) -> (file: TemporaryFile, descriptor: Int32) {
        let number = counter.wrappingAdd(1, ordering: .relaxed).newValue
        let path = folder.appending(path: "\(prefix)\(getpid())-\(number)").path
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw APIError(.internalError, detail: "no temporary file: \(String(cString: strerror(errno)))")
        }
        return (TemporaryFile(path: path), descriptor)
    }

    /// Removes what processes that are no more have left behind.
    static func removeAbandoned(in folder: URL) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        for name in names where name.hasPrefix(prefix) {
            let process = name.dropFirst(prefix.count).prefix { $0 != "-" }
            guard let process = pid_t(process), kill(process, 0) != 0, errno == ESRCH else { continue }
            unlink(folder.appending(path: name).path)
        }
    }

    private init(path: String) {
        self.path = path
    }

    deinit {
        unlink(path)
    }

    func bytes() throws(APIError) -> [UInt8] {
        do {
            return try Array(Data(contentsOf: URL(filePath: path)))
        } catch {
            throw APIError(.internalError, detail: "reading a temporary file failed: \(error)")
        }
    }
}
