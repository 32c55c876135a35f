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

    private let folder: TemporaryFolder
    /// The port it listens on, of all addresses only on loopback.
    public let port: Int
    private let loginIsNeeded = Atomic(false)
    private let process: GuardedProcess

    /// Makes and starts a server; takes two seconds.
    ///
    /// - Parameter needsLogin: whether only the user `app` with the password `p@ss:word` may use it.
    public init(needsLogin: Bool = false) throws {
        folder = try TemporaryFolder()
        process = GuardedProcess(in: folder)
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
            loginIsNeeded.store(true, ordering: .relaxed)
            try start()
        }
    }

    /// How a client reaches it.
    public var uri: String {
        let login = loginIsNeeded.load(ordering: .relaxed) ? "app:p%40ss%3Aword@" : ""
        return "mongodb://\(login)127.0.0.1:\(port)/"
    }

    /// Starts it on what it kept, and waits until it listens.
    public func start() throws {
        // A configuration elsewhere on the machine must not change a test.
        let configuration = try folder.write([], to: "empty.toml")
        var arguments = [
            "--host", "127.0.0.1", "--port", "\(port)", "--storage-path", folder.file("data").path, "--standalone",
            "--cache-size", "64M", "--config", configuration.path,
        ]
        if loginIsNeeded.load(ordering: .relaxed) { arguments.append("--auth") }
        try process.start(Self.program.path, arguments, port: port, within: .seconds(120))
    }

    /// Ends it at once, as a crash does.
    public func stop() { process.stop() }

    /// Stops it without ending it, as on a machine that is stuck.
    public func pause() { process.pause() }

    /// Lets it go on.
    public func resume() { process.resume() }

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
