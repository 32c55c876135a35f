import Glibc
public import Observability

/// A secret that everyone can read in the documentation of a replaced backend.
///
/// It serves to try things out on one's own machine, and is refused where others can reach the server.
public struct PublishedDefault: Sendable {
    /// The setting that replaces it, such as `API_TOKEN`.
    public let key: String
    /// The published text.
    public let value: String

    /// Makes the rule for a setting.
    public init(key: String, value: String) {
        self.key = key
        self.value = value
    }

    /// What is to be done about a secret on a server that listens on a host.
    public enum Advice: Sendable, Equatable {
        /// The secret is the operator's own.
        case fine
        /// It is the published one, and only programs on this machine reach the server; the text is for the log.
        case warn(String)
        /// It is the published one, and others may reach the server, which must not start; the text says why.
        case refuse(String)
    }

    /// Judges a secret.
    ///
    /// - Parameter host: the address or name the server listens on.
    public func advice(on secret: Secret<String>, host: String) -> Advice {
        guard secret.reveal() == value else { return .fine }
        if LoopbackAddress.isLoopback(host) {
            return .warn(
                "\(key) is not set: the token that the documentation publishes lets every program on this machine in")
        }
        return .refuse(
            "\(key) must be set to a secret of your own before the server listens on '\(host)': "
                + "its default is published, so anyone could use it")
    }
}

/// Addresses that only programs on the same machine reach.
public enum LoopbackAddress {
    /// Whether everything a host stands for is such an address; a name is looked up as the server does to listen.
    public static func isLoopback(_ host: String) -> Bool {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE
        var list: UnsafeMutablePointer<addrinfo>?
        guard !host.isEmpty, getaddrinfo(host, nil, &hints, &list) == 0 else { return false }
        defer { freeaddrinfo(list) }
        var address = list
        while let entry = address?.pointee {
            guard isLoopback(entry) else { return false }
            address = entry.ai_next
        }
        return list != nil
    }

    private static func isLoopback(_ entry: addrinfo) -> Bool {
        guard let address = entry.ai_addr else { return false }
        switch entry.ai_family {
        case AF_INET:
            return address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { pointer in
                UInt32(bigEndian: pointer.pointee.sin_addr.s_addr) >> 24 == 127
            }
        case AF_INET6:
            let bytes = address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { pointer in
                withUnsafeBytes(of: pointer.pointee.sin6_addr) { Array($0) }
            }
            // `::1`, or `::ffff:127.x.x.x`, which is an IPv4 address in the clothes of the other family.
            let zeros = bytes.prefix(10).allSatisfy { $0 == 0 }
            let isMapped = zeros && bytes[10] == 0xFF && bytes[11] == 0xFF && bytes[12] == 127
            return isMapped || (bytes.prefix(15).allSatisfy { $0 == 0 } && bytes[15] == 1)
        default: return false
        }
    }
}
