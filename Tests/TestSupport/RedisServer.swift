import Foundation
import Synchronization

/// A Redis server of the tests' own, on a port of its own; it ends with the process of the tests, however that ends.
public final class RedisServer: Sendable {
    private static let program = ["/usr/bin/redis-server", "/usr/local/bin/redis-server"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    /// Whether a server can be started here.
    public static let isPossible = program != nil
    /// Why tests are skipped where it cannot.
    public static let reason = "redis-server is not installed (make test installs it)"

    private let folder: TemporaryFolder
    private let options: [String]
    /// The port it listens on, of all addresses only on loopback.
    public let port: Int
    private let process = Mutex<(shell: Process, lifeline: Pipe)?>(nil)

    /// Makes and starts a server.
    ///
    /// - Parameter options: such as `--requirepass word`.
    public init(options: [String] = []) throws {
        folder = try TemporaryFolder()
        self.options = options
        port = try LoopbackPorts.free(1)[0]
        try start()
    }

    deinit { stop() }

    /// How a client reaches it.
    public var url: String { "redis://127.0.0.1:\(port)/0" }

    /// Starts it, with nothing in it, and waits until it listens.
    public func start() throws {
        let script = """
            "$@" & child=$!
            (read -r _; kill -KILL $child) <&3 & guard=$!
            echo $child > pid; wait $child; kill $guard 2>/dev/null
            """
        let (shell, lifeline) = (Process(), Pipe())
        shell.executableURL = URL(filePath: "/bin/sh")
        shell.arguments =
            ["-c", "exec 3<&0; \(script)", "redis", Self.program ?? "redis-server", "--port", "\(port)"]
            + ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--daemonize", "no"] + options
        shell.currentDirectoryURL = folder.url
        shell.standardInput = lifeline
        shell.standardOutput = FileHandle.nullDevice
        shell.standardError = FileHandle.nullDevice
        try shell.runWithSignals()
        process.withLock { $0 = (shell, lifeline) }
        let end = ContinuousClock.now + .seconds(30)
        while !LoopbackPorts.listens(port) {
            guard shell.isRunning, .now < end else { throw TestTimeout() }
            usleep(10_000)
        }
    }

    /// Ends it at once, as a crash does.
    public func stop() {
        guard let (shell, lifeline) = process.withLock({ $0 }) else { return }
        signal(SIGKILL)
        // Waiting in Foundation's way would run the loop of a thread that belongs to the tasks.
        while shell.isRunning { usleep(5_000) }
        try? lifeline.fileHandleForWriting.close()
        process.withLock { $0 = nil }
    }

    /// Sends it a signal, such as `SIGSTOP` and `SIGCONT`.
    public func signal(_ signal: Int32) {
        let text = try? String(contentsOf: folder.file("pid"), encoding: .utf8)
        if let pid = text.flatMap({ pid_t($0.trimmingCharacters(in: .whitespacesAndNewlines)) }) { kill(pid, signal) }
    }
}
