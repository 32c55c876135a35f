// The socket types belong to whichever C module the compiler meets first; importing both works in every order.
internal import CMicrohttpd
internal import Glibc
internal import Observability
internal import Synchronization

/// One client's connection, as the watcher sees it.
///
/// Created and closed on the connection's own thread; the watcher's thread reads the atomics.
final class Connection: Sendable {
    /// What a connection is about.
    enum Phase: UInt8, AtomicRepresentable {
        /// Between requests.
        case idle
        /// A request line has come.
        case headers
        /// The body is coming.
        case body
        /// The handler is at work.
        case handling
        /// The answer is being sent.
        case answering
    }

    let descriptor: Int32
    /// The peer's address without its port.
    let address: String
    /// Whether the watcher has cut the connection off because the client was slow.
    let isTimedOut = Atomic<Bool>(false)

    private let phaseValue = Atomic<Phase>(.idle)
    private let deadlineValue = Atomic<UInt64>(.max)
    private let handlingSince = Atomic<UInt64>(0)
    private let exchange = Mutex<Exchange?>(nil)

    init(descriptor: Int32, address: UnsafePointer<sockaddr>?) {
        self.descriptor = descriptor
        self.address = address.map(Self.text) ?? ""
    }

    var phase: Phase { phaseValue.load(ordering: .acquiring) }

    /// When the present phase must be over.
    var deadline: MonotonicTime { MonotonicTime(nanoseconds: deadlineValue.load(ordering: .relaxed)) }

    /// Starts a phase that must end by a moment.
    func enter(_ phase: Phase, until deadline: MonotonicTime) {
        deadlineValue.store(deadline.nanoseconds, ordering: .relaxed)
        phaseValue.store(phase, ordering: .releasing)
    }

    /// Starts the phase of an asynchronous handler.
    func handle(_ exchange: Exchange, since: MonotonicTime, until deadline: MonotonicTime) {
        handlingSince.store(since.nanoseconds, ordering: .relaxed)
        self.exchange.withLock { $0 = exchange }
        enter(.handling, until: deadline)
    }

    /// Ends the phase of an asynchronous handler.
    func stopHandling() {
        exchange.withLock { $0 = nil }
    }

    /// The exchange whose handler is at work.
    var handledExchange: Exchange? { exchange.withLock { $0 } }

    /// Whether a handler has been at work since before a moment.
    func hasHandled(before moment: MonotonicTime) -> Bool {
        phase == .handling && handlingSince.load(ordering: .relaxed) < moment.nanoseconds
    }

    private static func text(_ address: UnsafePointer<sockaddr>) -> String {
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = Int32(address.pointee.sa_family)
        let raw = UnsafeRawPointer(address)
        switch family {
        case AF_INET:
            var source = raw.loadUnaligned(as: sockaddr_in.self).sin_addr
            inet_ntop(family, &source, &buffer, socklen_t(buffer.count))
        case AF_INET6:
            var source = raw.loadUnaligned(as: sockaddr_in6.self).sin6_addr
            inet_ntop(family, &source, &buffer, socklen_t(buffer.count))
        default: return ""
        }
        let text = String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        // IPv4 clients of a dual-stack socket.
        return text.hasPrefix("::ffff:") && text.contains(".") ? String(text.dropFirst(7)) : text
    }
}
