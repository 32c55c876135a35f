// The socket types belong to whichever C module the compiler meets first; importing both works in every order.
internal import CMicrohttpd
internal import Glibc

/// A bound socket that accepts connections.
struct ListeningSocket {
    let descriptor: Int32
    /// The port it is bound to.
    let port: Int

    /// Listens on the first address of a host that works.
    ///
    /// - Throws: `ServerError`: no address, or not to be had, such as a port in use.
    init(host: String, port: Int) throws(ServerError) {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let result = getaddrinfo(host, String(port), &hints, &list)
        guard result == 0 else { throw ServerError.unknownHost(host, reason: String(cString: gai_strerror(result))) }
        defer { freeaddrinfo(list) }
        var failure = EADDRNOTAVAIL
        var candidate = list
        while let address = candidate?.pointee {
            switch Self.listen(on: address) {
            case .success(let descriptor):
                self.descriptor = descriptor
                self.port = Self.boundPort(descriptor) ?? port
                return
            case .failure(let error): failure = error.code
            }
            candidate = address.ai_next
        }
        throw ServerError.cannotListen(host: host, port: port, reason: String(cString: strerror(failure)))
    }

    private struct SystemError: Error {
        let code: Int32
    }

    private static func listen(on address: addrinfo) -> Result<Int32, SystemError> {
        let kind = address.ai_socktype | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(address.ai_family, kind, address.ai_protocol)
        guard descriptor >= 0 else { return .failure(SystemError(code: errno)) }
        var on: Int32 = 1
        var off: Int32 = 0
        let size = socklen_t(MemoryLayout<Int32>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, size)
        // `::` then also takes IPv4 clients, whatever the system's default is.
        if address.ai_family == AF_INET6 {
            setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &off, size)
        }
        guard bind(descriptor, address.ai_addr, address.ai_addrlen) == 0, Glibc.listen(descriptor, 4096) == 0 else {
            let code = errno
            close(descriptor)
            return .failure(SystemError(code: code))
        }
        return .success(descriptor)
    }

    private static func boundPort(_ descriptor: Int32) -> Int? {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
        }
        guard result == 0 else { return nil }
        // The port lies at the same place in the addresses of both families.
        return withUnsafeBytes(of: &storage) { Int(UInt16(bigEndian: $0.load(fromByteOffset: 2, as: UInt16.self))) }
    }
}
