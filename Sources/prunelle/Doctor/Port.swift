import Glibc

/// An address and port that a server may listen on.
struct Port {
    enum Problem { case inUse, unusable }

    let host: String
    let port: Int

    /// Why it cannot be had now; nil when it can.
    func problem() -> Problem? {
        withSocket(flags: AI_PASSIVE | AI_NUMERICSERV) { descriptor, address -> Problem? in
            var on: Int32 = 1
            setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
            guard bind(descriptor, address.ai_addr, address.ai_addrlen) == 0 else {
                return errno == EADDRINUSE ? .inUse : .unusable
            }
            // Two may be bound with that option; only one may listen.
            return listen(descriptor, 1) == 0 ? nil : .inUse
        } ?? .unusable
    }

    /// The first line of the answer to a GET request; nil where none comes in time.
    func ask(_ path: String, within seconds: Int) -> String? {
        withSocket(flags: AI_NUMERICSERV) { descriptor, address -> String? in
            var limit = timeval(tv_sec: seconds, tv_usec: 0)
            for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
                setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
            }
            let request = Array("GET \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8)
            guard connect(descriptor, address.ai_addr, address.ai_addrlen) == 0,
                send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count
            else { return nil }
            var answer = [UInt8](repeating: 0, count: 256)
            let count = recv(descriptor, &answer, answer.count, 0)
            guard count > 0 else { return nil }
            return String(decoding: answer[..<count].prefix { $0 != 13 && $0 != 10 }, as: UTF8.self)
        } ?? nil
    }

    /// Lends a body a socket of the kind of the host's first address; nil where there is no such address or socket.
    private func withSocket<Value>(flags: Int32, _ body: (Int32, addrinfo) -> Value) -> Value? {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = flags
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &list) == 0, let address = list?.pointee else { return nil }
        defer { freeaddrinfo(list) }
        let descriptor = socket(address.ai_family, address.ai_socktype, address.ai_protocol)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return body(descriptor, address)
    }
}
