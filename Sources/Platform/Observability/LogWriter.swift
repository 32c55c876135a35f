internal import Foundation

/// Why a log could not be opened.
public struct LogError: Error, Equatable, CustomStringConvertible {
    /// What the system says, such as `No such file or directory`.
    public let reason: String

    public var description: String { "the log file cannot be opened: \(reason)" }
}

/// Collects log lines and writes them from a thread of its own, so that whoever logs never waits for a disk or a pipe.
///
/// Lines are written in batches, about every 20 milliseconds. When the destination stalls, at most
/// `maximumBytes` are kept; further lines are dropped and their number is written once there is room again.
public final class LogWriter: @unchecked Sendable {
    // `buffer`, `dropped`, `isBusy` and `isClosed` are guarded by `condition`; `write` is used by the thread only.

    /// Where lines go.
    public enum Destination: Sendable {
        /// The standard error stream.
        case standardError
        /// A file, created when absent, appended to otherwise.
        case file(path: String)
        /// A function that is given whole lines; it is called from the writer's thread.
        case function(@Sendable ([UInt8]) -> Void)
    }

    private static let interval: useconds_t = 20_000

    private let condition = NSCondition()
    private let maximumBytes: Int
    private let write: @Sendable ([UInt8]) -> Void
    private let descriptorToClose: Int32?
    private var buffer: [UInt8] = []
    private var dropped = 0
    private var isBusy = false
    private var isClosed = false

    /// Opens the destination and starts the thread; `close()` ends it.
    ///
    /// - Throws: `LogError` when a file cannot be opened.
    public init(_ destination: Destination, maximumBytes: Int = 8 << 20) throws(LogError) {
        self.maximumBytes = maximumBytes
        switch destination {
        case .standardError:
            descriptorToClose = nil
            write = { Self.write($0, to: STDERR_FILENO) }
        case .file(let path):
            let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o640)
            guard descriptor >= 0 else { throw LogError(reason: String(cString: strerror(errno))) }
            descriptorToClose = descriptor
            write = { Self.write($0, to: descriptor) }
        case .function(let function):
            descriptorToClose = nil
            write = function
        }
        let thread = Thread { [self] in run() }
        thread.name = "log"
        thread.start()
    }

    /// Adds one line, which ends with a line feed; never waits for the destination.
    func append(_ line: [UInt8]) {
        condition.lock()
        defer { condition.unlock() }
        guard !isClosed else { return }
        guard buffer.count + line.count <= maximumBytes else {
            dropped += 1
            return
        }
        let wasEmpty = buffer.isEmpty
        buffer.append(contentsOf: line)
        if wasEmpty && !isBusy { condition.broadcast() }
    }

    /// Waits until everything added so far has been written, or a time has passed.
    public func flush(timeout: Duration = .seconds(2)) {
        let end = Date(timeIntervalSinceNow: timeout.inSeconds)
        condition.lock()
        defer { condition.unlock() }
        while !buffer.isEmpty || isBusy {
            if !condition.wait(until: end) { return }
        }
    }

    /// Writes what is left and ends the thread; later lines are ignored.
    public func close() {
        flush()
        condition.lock()
        isClosed = true
        condition.broadcast()
        condition.unlock()
    }

    private func run() {
        // A reader of the log that goes away must not end the program.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        while let batch = nextBatch() {
            write(batch)
            condition.lock()
            isBusy = false
            condition.broadcast()
            condition.unlock()
        }
        if let descriptorToClose { Glibc.close(descriptorToClose) }
    }

    private func nextBatch() -> [UInt8]? {
        condition.lock()
        while buffer.isEmpty && !isClosed { condition.wait() }
        if buffer.isEmpty {
            condition.unlock()
            return nil
        }
        isBusy = true
        condition.unlock()
        // Lines that follow closely share one write, and whoever logs them need not wake this thread.
        usleep(Self.interval)
        condition.lock()
        defer { condition.unlock() }
        var batch: [UInt8] = []
        batch.reserveCapacity(min(maximumBytes, buffer.count))
        swap(&batch, &buffer)
        if dropped > 0 {
            let isJSON = batch.first == UInt8(ascii: "{")
            let notice = "\(dropped) log lines dropped, the destination was too slow"
            batch.append(
                contentsOf: (isJSON ? "{\"level\":\"warning\",\"message\":\"\(notice)\"}\n" : notice + "\n").utf8)
            dropped = 0
        }
        return batch
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) {
        bytes.withUnsafeBytes { buffer in
            var written = 0
            while written < buffer.count {
                let count = Glibc.write(descriptor, buffer.baseAddress?.advanced(by: written), buffer.count - written)
                if count > 0 {
                    written += count
                } else if count < 0 && errno == EINTR {
                    continue
                } else {
                    // There is nowhere left to report a log that cannot be written.
                    return
                }
            }
        }
    }
}
