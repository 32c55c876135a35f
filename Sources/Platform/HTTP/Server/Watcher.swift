// The socket types belong to whichever C module the compiler meets first; importing both works in every order.
internal import CMicrohttpd
internal import Foundation
internal import Observability
internal import Synchronization

/// Keeps the time of all connections from one thread: cuts off slow clients, ends handlers whose time is up or whose
/// client has left, and lets refused uploads run out.
///
/// The HTTP library knows only how long a connection has been silent, so a client that sends a byte now and then could
/// hold it for ever; and it does not look at connections whose handler is at work.
final class Watcher: Sendable {
    private struct Lingering {
        let descriptor: Int32
        let end: MonotonicTime
        var allowance: Int
    }

    private struct State {
        var connections: [Int32: Connection] = [:]
        var lingering: [Lingering] = []
        var isStopped = false
    }

    /// Longest time a refused upload is read on, so that its client finds the answer instead of a broken connection.
    private static let lingerTime = Duration.seconds(3)
    /// Most bytes of a refused upload that are read.
    private static let lingerBytes = 256 << 20
    /// Most refused uploads that are read on at a time.
    private static let maximumLingering = 256

    /// `POLLRDHUP` of the system's headers, which only GNU programs in C are shown.
    private static let peerHasClosed: Int32 = 0x2000
    /// `MSG_DONTWAIT` likewise.
    private static let withoutWaiting: Int32 = 0x40

    /// Every how many looks the connections that wait for their client are asked whether it has left.
    private static let restingInterval = 8

    private let state = Mutex(State())
    private let tick: Duration

    init(tick: Duration) {
        self.tick = tick
    }

    /// Number of open connections.
    var count: Int { state.withLock { $0.connections.count } }

    func add(_ connection: Connection) {
        state.withLock { $0.connections[connection.descriptor] = connection }
    }

    /// Forgets a connection; after this the watcher never touches its socket.
    func remove(_ connection: Connection) {
        state.withLock { _ = $0.connections.removeValue(forKey: connection.descriptor) }
    }

    /// Reads on and throws away what still arrives on a socket, then closes it; takes the descriptor over.
    ///
    /// Closing a socket with unread data resets the connection, and the client loses the answer it has not read yet.
    func linger(_ descriptor: Int32) {
        let accepted = state.withLock { state in
            guard !state.isStopped, state.lingering.count < Self.maximumLingering else { return false }
            let end = MonotonicTime.now.advanced(by: Self.lingerTime)
            state.lingering.append(Lingering(descriptor: descriptor, end: end, allowance: Self.lingerBytes))
            return true
        }
        if !accepted { close(descriptor) }
    }

    /// Starts the thread; `stop()` ends it.
    func start() {
        let thread = Thread { [self] in run() }
        thread.name = "http-watch"
        thread.start()
    }

    func stop() {
        state.withLock { $0.isStopped = true }
    }

    /// Closes connections that are between requests.
    func closeIdle() {
        state.withLock { state in
            for connection in state.connections.values where connection.phase == .idle {
                shutdown(connection.descriptor, Int32(SHUT_RDWR))
            }
        }
    }

    /// Closes connections that are still being read from, and ends all handlers.
    func closeUnfinished() {
        let handled = state.withLock { state in
            for connection in state.connections.values where connection.phase != .handling {
                if connection.phase != .answering { shutdown(connection.descriptor, Int32(SHUT_RD)) }
            }
            return state.connections.values.compactMap(\.handledExchange)
        }
        for exchange in handled { exchange.end(with: APIError(.shuttingDown)) }
    }

    /// Closes all connections whatever they are about.
    func closeAll() {
        state.withLock { state in
            for connection in state.connections.values { shutdown(connection.descriptor, Int32(SHUT_RDWR)) }
        }
    }

    private func run() {
        var lingering: [Lingering] = []
        var nextSweep = MonotonicTime.now
        var sweeps = 0
        while true {
            let (isStopped, new) = state.withLock { state in
                defer { state.lingering = [] }
                return (state.isStopped, state.lingering)
            }
            lingering += new
            if isStopped { break }
            let now = MonotonicTime.now
            if now >= nextSweep {
                sweep(now)
                sweeps += 1
                if sweeps % Self.restingInterval == 0 { closeHalfClosed() }
                nextSweep = now.advanced(by: tick)
            }
            Self.wait(for: lingering, tick)
            lingering = lingering.compactMap(Self.readOn)
        }
        for socket in lingering { close(socket.descriptor) }
    }

    /// Looks after every connection once.
    private func sweep(_ now: MonotonicTime) {
        var late: [Exchange] = []
        var abandoned: [Exchange] = []
        state.withLock { state in
            var handling: [(pollfd, Connection)] = []
            let recently = MonotonicTime(nanoseconds: now.nanoseconds - UInt64(max(0, tick.wholeNanoseconds / 2)))
            for connection in state.connections.values {
                if connection.deadline <= now {
                    if let exchange = expire(connection) { late.append(exchange) }
                } else if connection.hasHandled(before: recently) {
                    let events = Int16(Self.peerHasClosed)
                    handling.append((pollfd(fd: connection.descriptor, events: events, revents: 0), connection))
                }
            }
            // The sockets stay open while the lock is held, see `remove`.
            abandoned = Self.closedByPeer(handling)
        }
        for exchange in late { exchange.expire() }
        for exchange in abandoned { exchange.abandon() }
    }

    /// Cuts off a client whose time is up; returns the exchange where it is the handler that is late.
    private func expire(_ connection: Connection) -> Exchange? {
        switch connection.phase {
        case .handling: return connection.handledExchange
        case .idle, .answering: shutdown(connection.descriptor, Int32(SHUT_RDWR))
        case .headers, .body:
            connection.isTimedOut.store(true, ordering: .releasing)
            // Reading ends now; the connection's own thread then tells the client why.
            shutdown(connection.descriptor, Int32(SHUT_RD))
        }
        return nil
    }

    /// Ends connections whose client has closed its side and from which all data has been read.
    ///
    /// The HTTP library waits for edges of epoll and takes a short read for the end of what there is; where data and
    /// the client's goodbye came together it never learns of the latter.
    private func closeHalfClosed() {
        state.withLock { state in
            let resting = state.connections.values.filter { $0.phase != .handling && $0.phase != .answering }
            var sockets = resting.map { pollfd(fd: $0.descriptor, events: Int16(Self.peerHasClosed), revents: 0) }
            guard poll(&sockets, nfds_t(sockets.count), 0) > 0 else { return }
            for (socket, connection) in zip(sockets, resting) where socket.revents != 0 {
                var byte: UInt8 = 0
                let left = recv(socket.fd, &byte, 1, Int32(MSG_PEEK) | Self.withoutWaiting)
                guard left == 0 else { continue }
                shutdown(socket.fd, connection.phase == .idle ? Int32(SHUT_RDWR) : Int32(SHUT_RD))
            }
        }
    }

    private static func closedByPeer(_ handling: [(pollfd, Connection)]) -> [Exchange] {
        guard !handling.isEmpty else { return [] }
        var sockets = handling.map(\.0)
        guard poll(&sockets, nfds_t(sockets.count), 0) > 0 else { return [] }
        return zip(sockets, handling).compactMap { socket, pair in
            socket.revents & Int16(Self.peerHasClosed | Int32(POLLHUP | POLLERR)) != 0 ? pair.1.handledExchange : nil
        }
    }

    private static func wait(for lingering: [Lingering], _ tick: Duration) {
        var sockets = lingering.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        poll(&sockets, nfds_t(sockets.count), Int32(max(1, tick.wholeNanoseconds / 1_000_000)))
    }

    /// Reads what has arrived; nil when the socket is done with and closed.
    private static func readOn(_ socket: Lingering) -> Lingering? {
        var socket = socket
        return withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 16) { buffer in
            while socket.allowance > 0, MonotonicTime.now < socket.end {
                let count = recv(socket.descriptor, buffer.baseAddress, buffer.count, withoutWaiting)
                if count < 0 && errno == EINTR { continue }
                if count < 0 && errno == EAGAIN { return socket }
                if count <= 0 { break }
                socket.allowance -= count
            }
            close(socket.descriptor)
            return nil
        }
    }
}
