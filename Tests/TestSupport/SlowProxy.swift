public import Foundation
import Glibc
import Synchronization

/// Stands between a client and a server's socket, and makes the way between them slow or cuts it.
public final class SlowProxy: Sendable {
    private struct State {
        var delay: UInt32 = 0
        var open: [Int32] = []
        var isClosed = false
    }

    /// The folder of its socket, which is named as PostgreSQL names its own.
    public let folder: URL
    /// The port it listens on instead; 0 where it has a socket.
    public let port: Int
    private let connectToTarget: @Sendable () -> Int32?
    private let listener: Int32
    private let state = Mutex(State())

    /// Begins to listen.
    ///
    /// - Parameter target: the path of the server's socket.
    public init(to target: String) throws {
        folder = URL(filePath: "/tmp/prunelle-px-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        port = 0
        connectToTarget = {
            let server = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            if Self.withAddress(target, { connect(server, $0, $1) }) == 0 { return server }
            Glibc.close(server)
            return nil
        }
        listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        let bound = Self.withAddress(folder.appending(path: ".s.PGSQL.5432").path) { bind(listener, $0, $1) }
        guard bound == 0, listen(listener, 64) == 0 else { throw TestTimeout() }
        Thread { [self] in accept() }.start()
    }

    /// Begins to listen on a port.
    ///
    /// - Parameter port: the server's, on loopback.
    public init(toPort port: Int) throws {
        folder = URL(filePath: "/tmp/prunelle-px-\(UUID().uuidString.prefix(8))")
        connectToTarget = { LoopbackPorts.connected(to: port) }
        (listener, self.port) = try LoopbackPorts.listener()
        Thread { [self] in accept() }.start()
    }

    /// How a client reaches the server through it.
    public var url: String { "postgresql://postgres@/postgres?host=\(folder.path)&port=5432" }

    /// How long each piece of data waits, in each direction.
    public func slowDown(by delay: Duration) {
        state.withLock { $0.delay = UInt32(delay / .microseconds(1)) }
    }

    /// Breaks all connections without a word.
    public func cut() {
        for descriptor in state.withLock({ $0.open }) { shutdown(descriptor, Int32(SHUT_RDWR)) }
    }

    /// Ends it. Its threads hold it until then.
    public func close() {
        state.withLock { $0.isClosed = true }
        shutdown(listener, Int32(SHUT_RDWR))
        Glibc.close(listener)
        cut()
        try? FileManager.default.removeItem(at: folder)
    }

    private func accept() {
        while true {
            let client = Glibc.accept(listener, nil, nil)
            guard client >= 0, !state.withLock({ $0.isClosed }) else { return }
            guard let server = connectToTarget() else {
                Glibc.close(client)
                continue
            }
            state.withLock { $0.open += [client, server] }
            Thread { [self] in copy(from: client, to: server) }.start()
            Thread { [self] in copy(from: server, to: client) }.start()
        }
    }

    private func copy(from source: Int32, to target: Int32) {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(source, &buffer, buffer.count)
            guard count > 0 else { break }
            let delay = state.withLock(\.delay)
            if delay > 0 { usleep(delay) }
            var sent = 0
            while sent < count {
                let part = buffer.withUnsafeBytes {
                    send(target, $0.baseAddress.map { $0 + sent }, count - sent, Int32(MSG_NOSIGNAL))
                }
                guard part > 0 else { break }
                sent += part
            }
        }
        // The numbers stay taken until the end, so that none is closed twice.
        shutdown(target, Int32(SHUT_RDWR))
        shutdown(source, Int32(SHUT_RDWR))
    }

    private static func withAddress<Value>(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Value
    ) -> Value {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(107)) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
