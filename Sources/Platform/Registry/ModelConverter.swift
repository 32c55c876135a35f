public import Foundation
public import JSON

/// Turns a model file into an ONNX graph without trusting it.
public protocol ModelConverter: Sendable {
    /// Reads a model file and writes the graph it describes.
    ///
    /// - Parameter statement: what the file's owner says about it, as `ModelDescription` reads it.
    /// - Returns: what the reader found in the file.
    /// - Throws: `RegistryError.unusable` or `.readerFailed`, with a reason fit for clients.
    func convert(_ file: URL, statement: JSONValue?, to output: URL) async throws -> JSONValue
}

/// Converts in a child process with limits on memory and time, so that a file that breaks the reader breaks only that.
public struct ChildProcessConverter: ModelConverter {
    private let executable: URL
    private let timeLimit: Duration
    private let turns: Turns

    /// Largest description of a file that is read from the child, in bytes.
    private static let outputLimit = 16 << 20
    /// How many of the child's last words on standard error are read, in bytes.
    private static let errorLimit = 32 << 10
    /// Longest reason that is told, in characters.
    /// A refusal may write out the layers of a network for the user to change; cut short, it would be of no use.
    private static let reasonLimit = 4001

    /// Makes a converter.
    ///
    /// - Parameters:
    ///   - executable: the `prunelle` program; called as `models convert --json [--description JSON] FILE OUTPUT`.
    ///   - timeLimit: after which the child is killed.
    ///   - concurrency: how many children may run at once, each with up to its limit of memory; further files wait.
    public init(executable: URL, timeLimit: Duration = .seconds(120), concurrency: Int = 2) {
        self.executable = executable
        self.timeLimit = timeLimit
        turns = Turns(concurrency)
    }

    public func convert(_ file: URL, statement: JSONValue?, to output: URL) async throws -> JSONValue {
        await turns.take()
        let result: Outcome
        do {
            try Task.checkCancellation()
            result = try await run(file, statement, output)
            await turns.give()
        } catch {
            await turns.give()
            throw error
        }
        switch result.status {
        case 0:
            return (try? JSONValue(parsing: result.output)) ?? [:]
        case ConfinedConversion.refusalStatus:
            throw RegistryError.unusable(reason: Self.lastLine(of: result.errors))
        default:
            throw RegistryError.readerFailed(
                reason: "the model file could not be read: its reader stopped or ran into its limits")
        }
    }

    private static func lastLine(of text: Data) -> String {
        let lines = String(decoding: text, as: UTF8.self).split(whereSeparator: \.isNewline)
        let prefix = "prunelle: "
        let line = lines.last.map(String.init) ?? "the model file cannot be used"
        return String((line.hasPrefix(prefix) ? line.dropFirst(prefix.count) : line[...]).prefix(reasonLimit))
    }

    private struct Outcome: Sendable {
        let status: Int32
        let output: Data
        let errors: Data
    }

    private func run(_ file: URL, _ statement: JSONValue?, _ graph: URL) async throws -> Outcome {
        let folder = FileManager.default.temporaryDirectory.appending(path: "prunelle-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(at: folder) }
        var options = ["--json"]
        if let statement {
            let description = folder.appending(path: "description.json")
            try Data(statement.bytes()).write(to: description)
            options += ["--description", description.path]
        }
        let process = Process()
        process.executableURL = executable
        process.arguments = ["models", "convert"] + options + [file.path, graph.path]
        // What a killed child leaves in its temporary folder goes with this one.
        process.environment = ["PATH": "/usr/bin:/bin", "TMPDIR": folder.path]
        process.standardInput = FileHandle.nullDevice
        let (output, errors) = (folder.appending(path: "output"), folder.appending(path: "errors"))
        try Data().write(to: output)
        try Data().write(to: errors)
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)

        let pid = ChildProcess(process)
        let watchdog = Task {
            try await Task.sleep(for: timeLimit)
            pid.kill()
        }
        defer { watchdog.cancel() }
        let status = try await withTaskCancellationHandler {
            try await pid.runToEnd()
        } onCancel: {
            pid.kill()
        }
        return Outcome(
            status: status, output: try Self.read(output, last: Self.outputLimit),
            errors: try Self.read(errors, last: Self.errorLimit))
    }

    /// The end of a file, as much of it as is wanted.
    private static func read(_ file: URL, last limit: Int) throws -> Data {
        let handle = try FileHandle(forReadingFrom: file)
        defer { try? handle.close() }
        let size = try handle.seekToEnd()
        try handle.seek(toOffset: size - min(size, UInt64(limit)))
        return try handle.read(upToCount: limit) ?? Data()
    }
}

/// Lets a few at a time do what is costly, in the order in which they came.
private actor Turns {
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(_ count: Int) {
        free = count
    }

    func take() async {
        if free > 0 {
            free -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    func give() {
        if waiting.isEmpty {
            free += 1
        } else {
            waiting.removeFirst().resume()
        }
    }
}

/// The agreement between `ChildProcessConverter` and the program it starts.
public enum ConfinedConversion {
    /// Exit status that says: the file was read and is refused; the reason is the last line on standard error.
    public static let refusalStatus: Int32 = 65
}

/// A child process that can be awaited and killed from other tasks.
///
/// `@unchecked Sendable`: `Process` is only started once, in `runToEnd`; killing goes by process id, which `lock` guards.
private final class ChildProcess: @unchecked Sendable {
    private let process: Process
    private let lock = NSLock()
    private var isKilled = false

    init(_ process: Process) {
        self.process = process
    }

    func runToEnd() async throws -> Int32 {
        try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { ended in
                continuation.resume(returning: ended.terminationReason == .exit ? ended.terminationStatus : -1)
            }
            do {
                try lock.withLock {
                    if isKilled { throw CancellationError() }
                    try process.run()
                }
            } catch {
                process.terminationHandler = nil
                continuation.resume(throwing: error)
            }
        }
    }

    func kill() {
        lock.withLock {
            isKilled = true
            if process.isRunning { Foundation.kill(process.processIdentifier, SIGKILL) }
        }
    }
}
