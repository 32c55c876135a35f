public import Foundation

/// Reads the end of a file of lines.
public enum LineFile {
    /// How much is read at a time, from the end.
    private static let chunk = 4096

    /// The last whole line of a file without its ending; nil where there is none.
    ///
    /// A line that a crash left without its end does not count.
    ///
    /// - Parameter maximumBytes: the longest line; of a longer one only the end is read, which makes it nil.
    public static func lastLine(of file: URL, maximumBytes: Int = 1 << 16) -> String? {
        let descriptor = open(file.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, let end = try? endOfLastLine(descriptor, size: Int(status.st_size)),
            end > 0
        else { return nil }
        // With room for the endings of this line and the one before.
        let start = max(0, end - 3 - maximumBytes)
        guard let bytes = try? read(descriptor, from: start, count: end - 1 - start) else { return nil }
        guard let feed = bytes.lastIndex(of: UInt8(ascii: "\n")) else {
            return start == 0 ? text(bytes[...]) : nil
        }
        return text(bytes[(feed + 1)...])
    }

    private static func text(_ line: ArraySlice<UInt8>) -> String {
        String(decoding: line.last == UInt8(ascii: "\r") ? line.dropLast() : line, as: UTF8.self)
    }

    /// Where the last line that has its end ends; 0 where no line has one.
    static func endOfLastLine(_ descriptor: Int32, size: Int) throws -> Int {
        var end = size
        while end > 0 {
            let start = max(0, end - chunk)
            let bytes = try read(descriptor, from: start, count: end - start)
            if let feed = bytes.lastIndex(of: UInt8(ascii: "\n")) { return start + feed + 1 }
            end = start
        }
        return 0
    }

    private static func read(_ descriptor: Int32, from start: Int, count: Int) throws -> [UInt8] {
        var code: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let got = pread(
                    descriptor, buffer.baseAddress.map { $0 + filled }, count - filled, off_t(start + filled))
                if got < 0, errno == EINTR { continue }
                if got <= 0 {
                    code = got < 0 ? errno : EIO
                    return
                }
                filled += got
            }
        }
        guard code == 0 else { throw POSIXError(POSIXErrorCode(rawValue: code) ?? .EIO) }
        return bytes
    }
}
