public import Foundation
import Synchronization

/// A server of MongoDB's protocol of the tests' own; it ends with the process of the tests, however that ends.
///
/// It is SecantusDB, a stand-in that stores through WiredTiger: it shows that drivers connect, log in, and that commands,
/// cursors, indexes, error codes and GridFS work on stored data. It does not show what MongoDB itself does in elections,
/// fail-overs and rare corners, nor its speed.
public final class MongoServer: Sendable {
    private static let programs = repository.appending(path: ".deps/services/bin")
    private static let program = programs.appending(path: "secantusd-py")
    /// A Python that has PyMongo, to look at what was written as another program would.
    public static let python = programs.appending(path: "python")

    /// Whether a server can be started here.
    public static let isPossible = FileManager.default.isExecutableFile(atPath: program.path)
    /// Why tests are skipped where it cannot.
    public static let reason = "a server of MongoDB's protocol is not installed (make services installs it)"

    /// The server that tests share; each takes a database of its own.
    public static let shared = Result { try MongoServer() }

    private struct State {
        var process: (shell: Process, lifeline: Pipe)?
        var needsLogin = false
    }

    private let folder: TemporaryFolder
    /// The port it listens on, of all addresses only on loopback.
    public let port: Int
    private let state = Mutex(State())

    /// Makes and starts a server; takes two seconds.
    ///
    /// - Parameter needsLogin: whether only the user `app` with the password `p@ss:word` may use it.
    public init(needsLogin: Bool = false) throws {
        folder = try TemporaryFolder()
        port = try LoopbackPorts.free(1)[0]
        try start()
        if needsLogin {
            try run(
                """
                import pymongo, sys
                pymongo.MongoClient("127.0.0.1", int(sys.argv[1]), directConnection=True).admin.command(
                    "createUser", "app", pwd="p@ss:word", roles=[{"role": "root", "db": "admin"}])
                """, "\(port)")
            stop()
            state.withLock { $0.needsLogin = true }
            try start()
        }
    }

    deinit { stop() }

    /// How a client reaches it.
    public var uri: String {
        let login = state.withLock(\.needsLogin) ? "app:p%40ss%3Aword@" : ""
        return "mongodb://\(login)127.0.0.1:\(port)/"
    }

    /// Starts it on what it kept, and waits until it listens.
    public func start() throws {
        // A configuration elsewhere on the machine must not change a test.
        let configuration = try folder.write([], to: "empty.toml")
        let script = """
            "$@" >log 2>&1 & child=$!
            (read -r _; kill -KILL $child) <&3 & guard=$!
            echo $child > pid; wait $child; kill $guard 2>/dev/null
            """
        let (shell, lifeline) = (Process(), Pipe())
        shell.executableURL = URL(filePath: "/bin/sh")
        var arguments = [
            "--host", "127.0.0.1", "--port", "\(port)", "--storage-path", folder.file("data").path, "--standalone",
            "--cache-size", "64M", "--config", configuration.path,
        ]
        if state.withLock(\.needsLogin) { arguments.append("--auth") }
        shell.arguments = ["-c", "exec 3<&0; \(script)", "mongo", Self.program.path] + arguments
        shell.currentDirectoryURL = folder.url
        shell.standardInput = lifeline
        shell.standardOutput = FileHandle.nullDevice
        shell.standardError = FileHandle.nullDevice
        try shell.runWithSignals()
        state.withLock { $0.process = (shell, lifeline) }
        let end = ContinuousClock.now + .seconds(120)
        while !LoopbackPorts.listens(port) {
            guard shell.isRunning, .now < end else { throw TestTimeout() }
            usleep(20_000)
        }
    }

    /// Ends it at once, as a crash does.
    public func stop() {
        guard let (shell, lifeline) = state.withLock(\.process) else { return }
        signal(SIGKILL)
        // Waiting in Foundation's way would run the loop of a thread that belongs to the tasks.
        while shell.isRunning { usleep(5_000) }
        try? lifeline.fileHandleForWriting.close()
        state.withLock { $0.process = nil }
    }

    /// Sends it a signal, such as `SIGSTOP` and `SIGCONT`.
    public func signal(_ signal: Int32) {
        let text = try? String(contentsOf: folder.file("pid"), encoding: .utf8)
        if let pid = text.flatMap({ pid_t($0.trimmingCharacters(in: .whitespacesAndNewlines)) }) { kill(pid, signal) }
    }

    /// A name for a database of a test's own.
    public static func databaseName() -> String {
        "test_" + UUID().uuidString.replacing("-", with: "").lowercased().prefix(20)
    }

    /// Runs a Python program that has PyMongo and waits for its end.
    ///
    /// - Returns: what it printed.
    /// - Throws: `ScriptFailure` with its last words where it failed.
    @discardableResult
    public func run(_ script: String, _ arguments: String...) throws -> String {
        let process = Process()
        process.executableURL = Self.python
        process.arguments = ["-c", script] + arguments
        process.currentDirectoryURL = folder.url
        process.standardInput = FileHandle.nullDevice
        let name = UUID().uuidString
        let (output, errors) = (try folder.write([], to: name + ".out"), try folder.write([], to: name + ".err"))
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.runWithSignals()
        while process.isRunning { usleep(5_000) }
        guard process.terminationStatus == 0 else {
            throw ScriptFailure(description: try String(contentsOf: errors, encoding: .utf8))
        }
        return try String(contentsOf: output, encoding: .utf8)
    }

    /// A script ended with an error.
    public struct ScriptFailure: Error, CustomStringConvertible {
        public let description: String
    }
}
