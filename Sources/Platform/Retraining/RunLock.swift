public import Foundation

/// Keeps other processes from doing the same thing at the same time, for as long as this value lives.
///
/// The system lets go of the lock when the process ends, however it ends.
public final class RunLock: Sendable {
    private let descriptor: Int32

    /// Takes the lock of a file, which is made if missing and stays.
    ///
    /// - Throws: `RetrainingError` where the file cannot be made.
    /// - Returns: nil if another process, or another lock of this one, holds it.
    public init?(file: URL) throws(RetrainingError) {
        // Children must not inherit the lock, else it would outlive this process with them.
        descriptor = open(file.path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else { throw RetrainingError("the lock in the folder of models cannot be made") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            return nil
        }
    }

    deinit { close(descriptor) }
}

/// Why models cannot be trained again, in one line without paths.
public struct RetrainingError: Error, Equatable, CustomStringConvertible {
    /// What is wrong.
    public let reason: String

    /// Makes an error.
    public init(_ reason: String) {
        self.reason = reason
    }

    public var description: String { reason }
}
