internal import CMicrohttpd
internal import Foundation
public import Observability
internal import Synchronization

/// Serves a router over HTTP/1.1.
///
/// TLS and HTTP/2 are left to a proxy in front. A few threads serve all connections; asynchronous handlers run as tasks
/// meanwhile. What is wrong below HTTP, such as headers beyond a connection's 32 KiB (431) or a request line that is none (400), the
/// library answers by itself, without the app's error shape.
public final class HTTPServer: Sendable {
    private struct Running: @unchecked Sendable {
        // The daemon's own functions are safe to call from any thread; `state` is the lock for the pointer.
        let daemon: OpaquePointer
        let port: Int
        let listener: Int32
    }

    private enum State {
        case new
        case running(Running)
        case stopped
    }

    /// Memory for one connection's headers and pieces of its body.
    private static let connectionMemory = 32 * 1024

    private let core: ServerCore
    private let state = Mutex(State.new)

    /// Makes a server; `start()` opens its port.
    public init(
        _ configuration: ServerConfiguration = ServerConfiguration(), router: Router, logger: Logger = .disabled,
        metrics: Metrics = Metrics()
    ) {
        core = ServerCore(configuration, router: router, logger: logger, metrics: metrics)
    }

    /// The port that is listened on; 0 before `start()` and after `stop(drain:)`.
    public var port: Int {
        state.withLock { if case .running(let running) = $0 { running.port } else { 0 } }
    }

    /// Opens the port and starts to serve.
    ///
    /// - Throws: `ServerError`.
    public func start() throws(ServerError) {
        let problems = core.configuration.problems()
        guard problems.isEmpty else { throw ServerError.configuration(problems) }
        try core.folder.prepare()
        Self.raiseFileLimit()
        let result: Result<Void, ServerError> = state.withLock { state in
            guard case .new = state else { return .failure(.alreadyStarted) }
            do throws(ServerError) {
                state = .running(try launch())
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try result.get()
        core.watcher.start()
    }

    /// Stops accepting, lets running requests finish, and closes everything.
    ///
    /// - Parameter drain: how long running requests may take; those that take longer are answered with
    ///   `shuttingDown` and their tasks cancelled.
    public func stop(drain: Duration = .seconds(10)) async {
        let running: Running? = state.withLock { state in
            guard case .running(let running) = state else { return nil }
            state = .stopped
            return running
        }
        guard let running else { return }
        // Draining waits and joins threads, which the pool of tasks must not be held up by.
        await withCheckedContinuation { continuation in
            let thread = Thread { [self] in
                shutDown(running, drain: drain)
                continuation.resume()
            }
            thread.start()
        }
    }

    private func launch() throws(ServerError) -> Running {
        let socket = try ListeningSocket(host: core.configuration.host, port: core.configuration.port)
        var options = cmicrohttpd_options()
        options.listen_socket = socket.descriptor
        options.threads = UInt32(core.configuration.threads)
        options.connection_limit = UInt32(core.configuration.maximumConnections)
        options.inactivity_seconds = UInt32(max(1, core.configuration.idleTimeout.inSeconds.rounded(.up)))
        options.connection_memory = Self.connectionMemory
        options.cls = Unmanaged.passUnretained(core).toOpaque()
        options.handler = Callbacks.handler
        options.request_line = Callbacks.requestLine
        options.completed = Callbacks.completed
        options.notify = Callbacks.notify
        guard let daemon = cmicrohttpd_start(&options) else {
            close(socket.descriptor)
            throw ServerError.cannotServe
        }
        return Running(daemon: daemon, port: socket.port, listener: socket.descriptor)
    }

    private func shutDown(_ running: Running, drain: Duration) {
        core.isDraining.store(true, ordering: .relaxed)
        stopListening(running)
        wait(upTo: drain) { core.watcher.closeIdle() }
        core.refusesWork.store(true, ordering: .releasing)
        // Handlers are ended again and again, since one may have started just before `refusesWork` was set.
        wait(upTo: .seconds(1)) {
            core.watcher.closeUnfinished()
            core.watcher.closeIdle()
        }
        core.watcher.closeAll()
        MHD_stop_daemon(running.daemon)
        core.watcher.stop()
    }

    /// Closes the listening socket and leaves one that never has a connection under its number, until the library
    /// closes that at the end.
    ///
    /// `MHD_quiesce_daemon` is made for this, but in version 0.9.75 it and the serving threads both take the socket out
    /// of the same event set, and whoever comes second ends the process.
    private func stopListening(_ running: Running) {
        let silent = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard silent >= 0 else { return }
        dup2(silent, running.listener)
        close(silent)
    }

    /// Repeats an action until no connection is left or a time has passed.
    private func wait(upTo time: Duration, _ action: () -> Void) {
        let end = MonotonicTime.now.advanced(by: time)
        while core.watcher.count > 0, MonotonicTime.now < end {
            action()
            usleep(5_000)
        }
    }

    /// Lets the process have as many open files as the system grants it: each connection is one.
    private static func raiseFileLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
