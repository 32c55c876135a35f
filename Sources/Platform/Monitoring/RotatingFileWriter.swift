import Foundation
import Observability

/// Writes lines to a file that others may write to, move and delete at the same time; used by one thread.
///
/// Each batch is written under a lock on the file (`flock`). With the lock held it makes sure that the path still means this
/// file, that it ends with a whole line, and that it need not be put aside; then it writes. After a failed or short write the
/// file is cut back to its last whole line. So a file that has been closed, or whose process was killed at
/// any moment, holds whole lines only, save perhaps its last, which the next writer cuts off.
///
/// `@unchecked Sendable`: it is handed to the one thread that uses it, and no lock is needed.
final class RotatingFileWriter: @unchecked Sendable {
    /// Lines that could not be written.
    struct Failure: Error, CustomStringConvertible {
        /// How many of the lines were written before.
        let written: Int
        /// What the system says, such as `No space left on device`.
        let description: String
    }

    /// A call of the system that failed.
    private struct SystemError: Error {
        let code: Int32
        init() { code = errno }
    }

    private let path: String
    private let rotation: FileRotation
    private let header: [UInt8]
    private var descriptor: Int32 = -1
    private var unsyncedSince: MonotonicTime?
    private static let syncInterval = 1.0

    init(path: String, rotation: FileRotation, header: [UInt8]) {
        self.path = path
        self.rotation = rotation
        self.header = header
    }

    deinit { close() }

    /// Writes lines in order; nil when all are written.
    func write(_ lines: [[UInt8]]) -> Failure? {
        var written = 0
        do {
            while written < lines.count { written += try writeSome(lines[written...]) }
            if untilSync <= 0 { sync() }
            return nil
        } catch {
            let code = (error as? SystemError)?.code ?? EIO
            close()
            return Failure(written: written, description: String(cString: strerror(code)))
        }
    }

    /// Whether something is written but perhaps not on the disk.
    var needsSync: Bool { unsyncedSince != nil }

    /// Seconds until that should be synced.
    var untilSync: Double {
        guard let unsyncedSince else { return Self.syncInterval }
        return max(0, Self.syncInterval - MonotonicTime.now.seconds(since: unsyncedSince))
    }

    /// Waits until everything is on the disk. Failure is not told: the lines are with the system, and it can do no more.
    func sync() {
        if descriptor >= 0, unsyncedSince != nil { fdatasync(descriptor) }
        unsyncedSince = nil
    }

    /// Syncs and lets go of the file.
    func close() {
        sync()
        if descriptor >= 0 { Foundation.close(descriptor) }
        descriptor = -1
    }

    /// Writes as many lines as go into the present file, at least one.
    private func writeSome(_ lines: ArraySlice<[UInt8]>) throws -> Int {
        try lock(room: lines.first?.count ?? 0)
        defer { flock(descriptor, LOCK_UN) }
        let end = try repairedEnd()
        var bytes = end == 0 ? header : []
        var count = 0
        for line in lines {
            // The first one has room, or is alone in its file.
            guard count == 0 || end + bytes.count + line.count <= rotation.maximumBytes else { break }
            bytes += line
            count += 1
        }
        do {
            try append(bytes)
        } catch {
            // What is there of the batch is half a line, or lines that will be written again.
            ftruncate(descriptor, off_t(end))
            throw error
        }
        return count
    }

    /// Opens the file that the path means, putting aside one that is old or has no room left, and locks it.
    private func lock(room: Int) throws {
        while true {
            if descriptor < 0 { try open() }
            while flock(descriptor, LOCK_EX) != 0 { if errno != EINTR { throw SystemError() } }
            var (held, named) = (stat(), stat())
            guard fstat(descriptor, &held) == 0 else { throw SystemError() }
            let isNamed = stat(path, &named) == 0 && named.st_ino == held.st_ino && named.st_dev == held.st_dev
            if isNamed {
                guard isDue(held, room: room) else { return }
                do { try putAside() } catch {
                    flock(descriptor, LOCK_UN)
                    throw error
                }
            }
            // Closing also unlocks.
            close()
        }
    }

    private func open() throws {
        let flags = O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK
        descriptor = Foundation.open(path, flags, 0o640)
        if descriptor < 0, errno == ENOENT {
            let folder = URL(filePath: path).deletingLastPathComponent()
            try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            descriptor = Foundation.open(path, flags, 0o640)
        }
        guard descriptor >= 0 else { throw SystemError() }
    }

    /// Whether a file with lines is too full for another, or of an earlier period by its last change.
    private func isDue(_ status: stat, room: Int) -> Bool {
        guard status.st_size > header.count else { return false }
        if Int(status.st_size) + room > rotation.maximumBytes { return true }
        guard let period = rotation.period, period >= .seconds(1) else { return false }
        let seconds = Int(period.inSeconds)
        return status.st_mtim.tv_sec / seconds < time(nil) / seconds
    }

    /// Moves the file out of the way, its predecessors one further, and deletes the oldest.
    private func putAside() throws {
        guard rotation.kept > 0 else {
            guard unlink(path) == 0 || errno == ENOENT else { throw SystemError() }
            return
        }
        for number in stride(from: rotation.kept - 1, through: 0, by: -1) {
            let old = number == 0 ? path : "\(path).\(number)"
            guard rename(old, "\(path).\(number + 1)") == 0 || errno == ENOENT else { throw SystemError() }
        }
    }

    /// Deletes the files whose last change is before a moment.
    ///
    /// - Returns: how many there were, or would be.
    static func purge(path: String, before moment: Timestamp, isDryRun: Bool) -> Int {
        let folder = URL(filePath: path).deletingLastPathComponent()
        let name = URL(filePath: path).lastPathComponent
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.count { other in
            let number = other.dropFirst(name.count)
            guard other.hasPrefix(name), number.isEmpty || (number.first == "." && Int(number.dropFirst()) ?? 0 > 0)
            else { return false }
            let file = folder.appending(path: other).path
            var status = stat()
            guard stat(file, &status) == 0 else { return false }
            let change = Int64(status.st_mtim.tv_sec) * 1_000_000 + Int64(status.st_mtim.tv_nsec) / 1000
            return change < moment.microseconds && (isDryRun || unlink(file) == 0)
        }
    }

    /// The size of the file after cutting off a last line that has no end.
    private func repairedEnd() throws -> Int {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw SystemError() }
        let size = Int(status.st_size)
        let end = try LineFile.endOfLastLine(descriptor, size: size)
        guard end < size else { return size }
        guard ftruncate(descriptor, off_t(end)) == 0 else { throw SystemError() }
        return end
    }

    private func append(_ bytes: [UInt8]) throws {
        var start = 0
        while start < bytes.count {
            let count = bytes[start...].withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw SystemError() }
            start += count
        }
        if unsyncedSince == nil { unsyncedSince = .now }
    }
}
