import Foundation
import JSON
import Synchronization

/// A run of the trainer that goes on in a child process.
///
/// The run stops when `stop()` is called, and when nobody listens to `events` any more.
public final class TrainerRun: Sendable {
    /// What the trainer tells, in order; for one listener.
    ///
    /// Ends after `finished` or `stopped`. Throws `TrainerError` where the trainer fails, crashes or is killed.
    public let events: AsyncThrowingStream<TrainingEvent, any Error>

    private let child: Child
    private let end = Latch()

    init(executable: URL, arguments: [String], grace: Duration) throws(TrainerError) {
        let (stream, continuation) = AsyncThrowingStream<TrainingEvent, any Error>.makeStream()
        let child = try Child(executable: executable, arguments: arguments, grace: grace)
        events = stream
        self.child = child
        continuation.onTermination = { reason in
            if case .cancelled = reason { child.stop() }
        }
        let thread = Thread { [end] in
            child.tell(continuation)
            end.open()
        }
        thread.name = "trainer-events"
        thread.start()
    }

    /// Asks the trainer to stop after the current step; kills it if it takes too long.
    public func stop() { child.stop() }

    /// Waits until the trainer has ended and writes nothing any more, in a cancelled task too.
    public func ended() async { await end.pass() }

    /// Number of the child process.
    public var processIdentifier: Int32 { child.processIdentifier }
}

/// Holds up whoever comes until it is opened, once and for all.
private final class Latch: Sendable {
    private struct State {
        var isOpen = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func pass() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }
}

/// The child process with its two outputs.
///
/// `@unchecked Sendable`: `process` is changed before anyone else knows it and only asked for its state afterwards,
/// which Foundation guards; `state` is a mutex.
private final class Child: @unchecked Sendable {
    private struct State {
        var wasAskedToStop = false
        var wasKilled = false
        var lastWords: [UInt8] = []
    }

    private let process = Process()
    private let output = Pipe()
    private let complaints = Pipe()
    private let grace: Duration
    private let state = Mutex(State())

    /// Bytes of standard error that are kept to explain a crash.
    private static let wordLimit = 600
    /// A longer line is no event.
    private static let lineLimit = 4 << 20

    init(executable: URL, arguments: [String], grace: Duration) throws(TrainerError) {
        self.grace = grace
        process.executableURL = executable
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = complaints
        do {
            try process.run()
        } catch {
            throw .notStarted("the program \(executable.lastPathComponent) is missing or cannot be executed")
        }
    }

    var processIdentifier: Int32 { process.processIdentifier }

    func stop() {
        let isFirst = state.withLock { state in
            defer { state.wasAskedToStop = true }
            return !state.wasAskedToStop
        }
        guard isFirst, process.isRunning else { return }
        process.terminate()
        let seconds = Double(grace.components.seconds) + Double(grace.components.attoseconds) * 1e-18
        DispatchQueue.global().asyncAfter(deadline: .now() + seconds) { [self] in
            guard process.isRunning else { return }
            state.withLock { $0.wasKilled = true }
            kill(process.processIdentifier, SIGKILL)
        }
    }

    /// Passes events on until the process has ended; blocks its thread.
    func tell(_ listener: AsyncThrowingStream<TrainingEvent, any Error>.Continuation) {
        let listening = DispatchGroup()
        DispatchQueue.global().async(group: listening) { [self] in keepLastWords() }
        var failure: String?
        var isComplete = false
        forEachLine { line in
            guard let json = try? JSONValue(parsing: line), let event = TrainingEvent(json) else { return }
            if case .failed(let message) = event {
                failure = message
                return
            }
            switch event {
            case .finished, .stopped: isComplete = true
            default: break
            }
            listener.yield(event)
        }
        listening.wait()
        process.waitUntilExit()
        if let error = error(failure: failure, isComplete: isComplete) {
            listener.finish(throwing: error)
        } else {
            listener.finish()
        }
    }

    private func error(failure: String?, isComplete: Bool) -> TrainerError? {
        if let failure { return .failed(failure) }
        let (wasKilled, words) = state.withLock { ($0.wasKilled, String(decoding: $0.lastWords, as: UTF8.self)) }
        let lastWords = words.trimmingCharacters(in: .whitespacesAndNewlines)
        if process.terminationReason == .uncaughtSignal {
            if wasKilled { return .killed }
            let wasStopped = state.withLock(\.wasAskedToStop)
            // Asked to stop before it listened to signals: that is what was wanted.
            if wasStopped, process.terminationStatus == SIGTERM { return nil }
            return .crashed(signal: process.terminationStatus, lastWords: lastWords)
        }
        return isComplete ? nil : .ended(code: process.terminationStatus, lastWords: lastWords)
    }

    private func forEachLine(_ body: (ArraySlice<UInt8>) -> Void) {
        var pending: [UInt8] = []
        while true {
            let data = output.fileHandleForReading.availableData
            guard !data.isEmpty else { return }
            pending += data
            while let end = pending.firstIndex(of: 0x0A) {
                body(pending[..<end])
                pending.removeSubrange(...end)
            }
            if pending.count > Self.lineLimit { pending.removeAll() }
        }
    }

    private func keepLastWords() {
        while true {
            let data = complaints.fileHandleForReading.availableData
            guard !data.isEmpty else { return }
            state.withLock { $0.lastWords = ($0.lastWords + data).suffix(Self.wordLimit) }
        }
    }
}
