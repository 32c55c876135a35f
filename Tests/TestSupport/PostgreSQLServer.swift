public import Foundation
import Synchronization

/// A PostgreSQL server of the tests' own: a private folder, a socket in it, no port open to anyone.
///
/// It ends with the process of the tests, however that ends, and its folder is removed.
public final class PostgreSQLServer: Sendable {
    /// What went wrong while starting it.
    public struct StartError: Error {
        /// The end of what it wrote.
        public let log: String
    }

    /// The folder of the server's programs: the newest of Debian's packages, or wherever `PATH` has them.
    private static let programs: URL? = {
        let versions = URL(filePath: "/usr/lib/postgresql")
        let installed = ((try? FileManager.default.contentsOfDirectory(atPath: versions.path)) ?? [])
            .sorted { (Int($0) ?? 0) > (Int($1) ?? 0) }
            .map { versions.appending(path: "\($0)/bin").path }
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        return (installed + path.split(separator: ":").map(String.init)).map { URL(filePath: $0) }.first { folder in
            ["initdb", "postgres"].allSatisfy {
                FileManager.default.isExecutableFile(atPath: folder.appending(path: $0).path)
            }
        }
    }()

    /// The user to become, since the server refuses to run as root; nil where the tests do not run as root.
    private static let user: String? =
        geteuid() == 0 ? ["postgres", "nobody"].first { getpwnam($0) != nil } : nil

    /// Whether a server can be started here.
    public static let isPossible =
        programs != nil && (geteuid() != 0 || user != nil) && (geteuid() != 0 || has("setpriv"))

    /// The server that tests share; each takes a schema of its own.
    public static let shared = Result { try PostgreSQLServer() }

    private static func has(_ program: String) -> Bool {
        ["/usr/bin", "/bin"].contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(program)") }
    }

    private struct State {
        var process: Process?
        var lifeline: Pipe?
    }

    /// Where everything of it is. Short, since the path of a socket may have 107 bytes at most.
    public let folder: URL
    private let data: URL
    private let options: [String]
    private let state = Mutex(State())

    /// Makes and starts a server; takes a second or two.
    ///
    /// - Parameters:
    ///   - data: an existing folder for the data, such as a small disk; nil for one of its own.
    ///   - options: settings such as `max_connections=10`.
    public init(data: URL? = nil, options: [String] = []) throws {
        folder = URL(filePath: "/tmp/prunelle-pg-\(UUID().uuidString.prefix(8))")
        self.options = options
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        self.data = (data ?? folder).appending(path: "data")
        try FileManager.default.createDirectory(at: self.data, withIntermediateDirectories: true)
        for place in [folder, self.data] { Self.handOver(place) }
        try initialize()
        try start()
    }

    deinit {
        stop()
        try? FileManager.default.removeItem(at: folder)
    }

    /// How a client reaches it.
    public var url: String { "postgresql://postgres@/postgres?host=\(folder.path)&port=5432" }

    /// The path of its socket.
    public var socket: String { folder.appending(path: ".s.PGSQL.5432").path }

    /// The process to send signals to, as long as it runs.
    public var processID: pid_t? {
        let file = try? String(contentsOf: data.appending(path: "postmaster.pid"), encoding: .utf8)
        return file?.split(separator: "\n").first.flatMap { pid_t($0) }
    }

    /// Every process of it: one serves each connection, some work in the background.
    public var processIDs: [pid_t] {
        guard let parent = processID else { return [] }
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        let children = all.compactMap { pid_t($0) }.filter { pid in
            let stat = (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)) ?? ""
            // The name stands in parentheses and may hold anything; state and parent follow.
            let fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
            return fields.count > 1 && pid_t(fields[1]) == parent
        }
        return [parent] + children
    }

    /// Gives a folder to the user the server runs as.
    public static func handOver(_ folder: URL) {
        guard let user, let entry = getpwnam(user) else { return }
        chown(folder.path, entry.pointee.pw_uid, entry.pointee.pw_gid)
    }

    /// Starts it on the data it has.
    public func start() throws {
        let ready = ContinuousClock.now + .seconds(60)
        try spawn()
        while true {
            let file = try? String(contentsOf: data.appending(path: "postmaster.pid"), encoding: .utf8)
            let lines = file?.split(separator: "\n", omittingEmptySubsequences: false) ?? []
            if lines.count >= 8, lines[7].hasPrefix("ready") { return }
            let hasEnded = state.withLock { $0.process?.isRunning != true }
            guard !hasEnded, .now < ready else { throw StartError(log: log) }
            usleep(20_000)
        }
    }

    /// Ends it with a signal and waits: `SIGINT` drops connections properly, `SIGQUIT` and `SIGKILL` are crashes.
    public func stop(_ signal: Int32 = SIGINT) {
        let (process, lifeline) = state.withLock { ($0.process, $0.lifeline) }
        guard let process else { return }
        // A word: the end is meant, and the folder stays. The shell has to go first, since `Process` takes the server for
        // running as long as anything it has begun holds the descriptors it was given.
        try? lifeline?.fileHandleForWriting.write(contentsOf: Data("stopped\n".utf8))
        try? lifeline?.fileHandleForWriting.close()
        if signal == SIGKILL {
            for pid in processIDs.reversed() { kill(pid, SIGKILL) }
        } else if let pid = processID {
            kill(pid, SIGCONT)
            kill(pid, signal)
        }
        process.waitUntilExit()
        state.withLock { $0 = State() }
        // A killed server leaves its lock, which a new one believes where process numbers are used again quickly.
        try? FileManager.default.removeItem(at: data.appending(path: "postmaster.pid"))
    }

    /// Stops every process without ending it, as a machine does that is stuck.
    public func pause() { ProcessPause.begin(processIDs) }

    /// Lets it go on.
    public func resume() { ProcessPause.end(processIDs) }

    /// What it wrote.
    public var log: String { (try? String(contentsOf: folder.appending(path: "log"), encoding: .utf8)) ?? "" }

    private func command(_ program: String) -> [String] {
        guard let user = Self.user, let entry = getpwnam(user), let programs = Self.programs else {
            return [Self.programs?.appending(path: program).path ?? program]
        }
        let (uid, gid) = (entry.pointee.pw_uid, entry.pointee.pw_gid)
        return [
            "setpriv", "--reuid=\(uid)", "--regid=\(gid)", "--clear-groups", programs.appending(path: program).path,
        ]
    }

    private func initialize() throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments =
            command("initdb") + [
                "-D", data.path, "-U", "postgres", "--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C",
            ]
        process.currentDirectoryURL = folder
        let output = folder.appending(path: "initdb")
        _ = FileManager.default.createFile(atPath: output.path, contents: nil)
        process.standardOutput = FileHandle.nullDevice
        process.standardError = try FileHandle(forWritingTo: output)
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw StartError(log: (try? String(contentsOf: output, encoding: .utf8)) ?? "")
        }
    }

    /// Starts the server, and beside it a shell that ends it when this process ends without a word.
    private func spawn() throws {
        let script = """
            (read -r _ && exit; kill -QUIT $$; sleep 1; rm -rf "$FOLDER") <&3 >/dev/null 2>&1 &
            exec "$@" 3<&- </dev/null
            """
        let process = Process()
        let lifeline = Pipe()
        process.executableURL = URL(filePath: "/bin/sh")
        let settings = [
            "listen_addresses=", "unix_socket_directories=\(folder.path)", "fsync=off", "full_page_writes=off",
            "max_connections=1000", "shared_buffers=32MB", "log_min_messages=fatal",
        ]
        process.arguments =
            ["-c", "exec 3<&0; \(script)", "postgres"] + command("postgres") + ["-D", data.path, "-p", "5432"]
            + (settings + options).flatMap { ["-c", $0] }
        process.environment = ["PATH": "/usr/bin:/bin", "FOLDER": folder.path]
        process.currentDirectoryURL = folder
        process.standardInput = lifeline
        let output = folder.appending(path: "log")
        if !FileManager.default.fileExists(atPath: output.path) {
            _ = FileManager.default.createFile(atPath: output.path, contents: nil)
        }
        let log = try FileHandle(forWritingTo: output)
        try log.seekToEnd()
        process.standardOutput = log
        process.standardError = log
        try process.run()
        state.withLock { $0 = State(process: process, lifeline: lifeline) }
    }
}
