public import Foundation

/// A `prunelle serve` process on a free port.
///
/// `@unchecked Sendable`: `log` is guarded by `lock`; the process is only asked and signalled after it has started.
public final class RunningServer: @unchecked Sendable {
    /// The port it listens on.
    public let port: Int
    private let process: Process
    private let log: Log

    /// Starts a server and waits until it listens.
    ///
    /// - Parameter arguments: what follows `serve`, except the port.
    public static func start(
        _ arguments: [String], environment: [String: String] = [:], in folder: URL
    ) async throws -> RunningServer {
        try await blocking { try RunningServer(arguments, environment: environment, folder: folder) }
    }

    /// A client of it.
    public var client: HTTPClient { HTTPClient(port: port) }

    /// Everything it has logged so far.
    public var logged: String { log.text }

    /// Resident memory in bytes.
    public var residentBytes: Int {
        let status = try? String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
        let line = status?.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) << 10
    }

    /// Sends a signal.
    public func signal(_ number: Int32) {
        kill(process.processIdentifier, number)
    }

    /// Waits for the end; the exit status, or the negative number of the signal.
    public func wait() async throws -> Int {
        try await blocking { [self] in waitNow() }
    }

    /// Ends it in good order.
    public func stop() async throws -> Int {
        signal(SIGTERM)
        return try await wait()
    }

    deinit {
        if process.isRunning {
            signal(SIGKILL)
            process.waitUntilExit()
        }
    }

    private init(_ arguments: [String], environment: [String: String], folder: URL) throws {
        process = Process()
        process.executableURL = Programs.prunelle
        process.arguments = ["serve"] + arguments + ["--port", "0"]
        process.environment = environment
        process.currentDirectoryURL = folder
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        let pipe = Pipe()
        process.standardError = pipe
        try process.run()
        let log = Log(pipe.fileHandleForReading)
        self.log = log
        guard let port = log.port() else {
            process.waitUntilExit()
            throw StartFailure(log: log.text)
        }
        self.port = port
    }

    private func waitNow() -> Int {
        process.waitUntilExit()
        let status = Int(process.terminationStatus)
        return process.terminationReason == .exit ? status : -status
    }

    /// The server ended before it listened.
    public struct StartFailure: Error, CustomStringConvertible {
        /// What it wrote.
        public let log: String
        public var description: String { "the server did not start: \(log)" }
    }

    /// What the server writes, read by a thread so that it never waits for its reader.
    ///
    /// `@unchecked Sendable`: everything that changes is guarded by `condition`.
    private final class Log: @unchecked Sendable {
        private let condition = NSCondition()
        private var bytes = Data()
        private var isOver = false

        init(_ handle: FileHandle) {
            let thread = Thread { [self] in
                while true {
                    let more = handle.availableData
                    condition.lock()
                    bytes.append(more)
                    isOver = more.isEmpty
                    condition.broadcast()
                    condition.unlock()
                    if more.isEmpty { return }
                }
            }
            thread.start()
        }

        var text: String {
            condition.lock()
            defer { condition.unlock() }
            return String(decoding: bytes, as: UTF8.self)
        }

        /// The port of the line that says so; nil when the server ends without it.
        func port() -> Int? {
            condition.lock()
            defer { condition.unlock() }
            while true {
                let text = String(decoding: bytes, as: UTF8.self)
                if let address = text.firstRange(of: "http://127.0.0.1:") {
                    let digits = text[address.upperBound...].prefix(while: \.isNumber)
                    if digits.endIndex < text.endIndex { return Int(digits) }
                }
                if isOver { return nil }
                condition.wait()
            }
        }
    }
}
