import Foundation

/// The lock of a data folder: any number of servers and commands share it, one that restores has it alone.
///
/// It goes with its process, however that ends.
final class FolderLock: Sendable {
    private let descriptor: Int32

    /// Takes the lock; nil if others have it in a way that excludes this.
    init?(_ folder: URL, isExclusive: Bool) throws {
        descriptor = open(folder.appending(path: ".lock").path, O_RDWR | O_CREAT | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else {
            throw Exit.configuration("the data folder '\(folder.relativePath)' cannot be written")
        }
        guard flock(descriptor, (isExclusive ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0 else {
            close(descriptor)
            return nil
        }
    }

    deinit { close(descriptor) }

    /// Whether a server or command uses a data folder now; no where it was never used.
    static func isInUse(_ folder: URL) -> Bool {
        let descriptor = open(folder.appending(path: ".lock").path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_EX | LOCK_NB) != 0
    }
}
