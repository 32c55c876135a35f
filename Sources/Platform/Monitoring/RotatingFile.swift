public import Foundation
public import Observability

/// A text file that grows line by line and is put aside when it is large or old.
///
/// `append` only queues, so whoever calls never waits for a disk. A thread writes what is queued at once; a line is then safe
/// from a crash of the program, and within about a second, when it has been synced, from a power cut. Where
/// lines cannot be written, the first failure is logged, lines wait up to a bound, those beyond it are dropped
/// and counted, and the end of the trouble is logged.
///
/// Several threads and processes may append to one file, `logrotate` and people may move or delete it, and a line that a crash
/// left half-written is cut off before the next is written: see `RotatingFileWriter`.
public final class RotatingFile: @unchecked Sendable {
    // `queue`, `waiting`, `dropped`, `isBusy` and `isClosed` are guarded by `condition`; `writer`, `isFailing` and the
    // times belong to the thread.

    private let condition = NSCondition()
    private let path: String
    private let maximumWaitingBytes: Int
    private let logger: Logger
    private let writer: RotatingFileWriter
    private var queue: [[UInt8]] = []
    private var waiting = 0
    private var dropped = 0
    private var isBusy = false
    private var isClosed = false
    private var hasEnded = false

    /// How long the thread waits before it tries again after a failure.
    private static let retry = 1.0

    /// Starts the thread, which `close()` ends; the file and its folder are made with the first line.
    ///
    /// - Parameters:
    ///   - rotation: when a file is put aside and how many are kept.
    ///   - header: the line that every new file begins with, with its ending; empty for none.
    ///   - maximumWaitingBytes: how much may wait for a disk that does not take it.
    ///   - logger: told of trouble and its end.
    public init(
        _ file: URL, rotation: FileRotation = FileRotation(), header: [UInt8] = [],
        maximumWaitingBytes: Int = 1 << 20, logger: Logger = .disabled
    ) {
        path = file.path
        self.maximumWaitingBytes = maximumWaitingBytes
        self.logger = logger
        writer = RotatingFileWriter(path: file.path, rotation: rotation, header: header)
        let thread = Thread { [self] in run() }
        thread.name = "lines"
        thread.start()
    }

    /// Adds a line, which ends with a line feed; returns at once.
    ///
    /// - Precondition: no other byte of the line is a line feed, or a reader could take its parts for lines.
    public func append(_ line: [UInt8]) {
        condition.lock()
        defer { condition.unlock() }
        guard !isClosed, waiting + line.count <= maximumWaitingBytes else {
            dropped += 1
            return
        }
        queue.append(line)
        waiting += line.count
        if queue.count == 1 { condition.broadcast() }
    }

    /// How many lines were dropped since the start because nothing could be written.
    public var droppedLines: Int {
        condition.lock()
        defer { condition.unlock() }
        return dropped
    }

    /// Deletes those of the files, the growing one among them, whose last line was written before a moment; a file with an
    /// old line and a young one stays.
    ///
    /// - Returns: how many files there were, or would be.
    public func purge(before moment: Timestamp, isDryRun: Bool = false) -> Int {
        RotatingFileWriter.purge(path: path, before: moment, isDryRun: isDryRun)
    }

    /// Waits until what was added is written, or a time has passed.
    ///
    /// - Returns: whether everything is written.
    @discardableResult
    public func flush(timeout: Duration = .seconds(2)) -> Bool {
        let end = Date(timeIntervalSinceNow: timeout.inSeconds)
        condition.lock()
        defer { condition.unlock() }
        while !queue.isEmpty || isBusy {
            if !condition.wait(until: end) { return false }
        }
        return true
    }

    /// Writes what is left, if that can be done soon, and ends the thread; later lines are dropped.
    public func close() {
        flush()
        condition.lock()
        isClosed = true
        condition.broadcast()
        let end = Date(timeIntervalSinceNow: 5)
        while !hasEnded && condition.wait(until: end) {}
        condition.unlock()
    }

    private func run() {
        var hasFailed = false
        while let lines = nextLines() {
            let failure = writer.write(lines)
            finish(lines, failure: failure)
            if let failure, !hasFailed {
                logger.error("lines cannot be written and wait", ["reason": .string("\(failure)")])
            } else if failure == nil, hasFailed {
                logger.info("lines are written again", ["dropped": .integer(droppedLines)])
            }
            hasFailed = failure != nil
            if hasFailed { pause() }
        }
        writer.close()
        condition.lock()
        hasEnded = true
        condition.broadcast()
        condition.unlock()
    }

    /// The lines that wait; nil at the end.
    private func nextLines() -> [[UInt8]]? {
        condition.lock()
        defer { condition.unlock() }
        while queue.isEmpty && !isClosed {
            // What has been written is synced when no more has come for a while.
            if writer.needsSync {
                if !condition.wait(until: Date(timeIntervalSinceNow: writer.untilSync)) { sync() }
            } else {
                condition.wait()
            }
        }
        guard !queue.isEmpty else { return nil }
        isBusy = true
        defer { queue = [] }
        return queue
    }

    /// Syncs without keeping those who append.
    private func sync() {
        condition.unlock()
        writer.sync()
        condition.lock()
    }

    private func finish(_ lines: [[UInt8]], failure: RotatingFileWriter.Failure?) {
        condition.lock()
        defer { condition.unlock() }
        isBusy = false
        if let failure, !isClosed {
            queue.insert(contentsOf: lines[failure.written...], at: 0)
            waiting -= lines[..<failure.written].reduce(0) { $0 + $1.count }
        } else {
            waiting -= lines.reduce(0) { $0 + $1.count }
            dropped += lines.count - (failure?.written ?? lines.count)
        }
        condition.broadcast()
    }

    private func pause() {
        let end = Date(timeIntervalSinceNow: Self.retry)
        condition.lock()
        while !isClosed && condition.wait(until: end) {}
        condition.unlock()
    }
}
