import Foundation

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
    private let process: GuardedProcess

    /// Makes and starts a server.
    ///
    /// - Parameter options: such as `--requirepass word`.
    public init(options: [String] = []) throws {
        folder = try TemporaryFolder()
        process = GuardedProcess(in: folder)
        self.options = options
        port = try LoopbackPorts.free(1)[0]
        try start()
    }

    /// How a client reaches it.
    public var url: String { "redis://127.0.0.1:\(port)/0" }

    /// Starts it, with nothing in it, and waits until it listens.
    public func start() throws {
        try process.start(
            Self.program ?? "redis-server",
            [
                "--port", "\(port)", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--daemonize", "no",
            ] + options, port: port, within: .seconds(30))
    }

    /// Ends it at once, as a crash does.
    public func stop() { process.stop() }

    /// Stops it without ending it, as on a machine that is stuck.
    public func pause() { process.pause() }

    /// Lets it go on.
    public func resume() { process.resume() }
}
