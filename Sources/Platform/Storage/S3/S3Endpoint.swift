import Foundation

/// Where an object store listens: `https://storage.example.org:9000/path`.
public struct S3Endpoint: Sendable, Equatable, CustomStringConvertible {
    /// Whether connections are encrypted.
    public let isSecure: Bool
    /// A name or address; of IPv6 in brackets.
    public let host: String
    /// The port; nil for the usual one.
    public let port: Int?
    /// What comes before the bucket: empty, or with a slash in front and none at the end.
    public let path: String

    /// Takes the parts.
    public init(isSecure: Bool, host: String, port: Int? = nil, path: String = "") {
        self.isSecure = isSecure
        self.host = host
        self.port = port == (isSecure ? 443 : 80) ? nil : port
        self.path = path
    }

    /// Reads a URL.
    ///
    /// - Throws: `S3Address.Problem` that says which part cannot be used.
    public init(_ url: String) throws(S3Address.Problem) {
        guard let separator = url.range(of: "://"),
            ["http", "https"].contains(url[..<separator.lowerBound].lowercased())
        else { throw S3Address.Problem("must be a URL such as https://storage.example.org or http://localhost:9000") }
        let rest = url[separator.upperBound...]
        guard !rest.contains(where: { $0 == "?" || $0 == "#" || $0 == "@" }) else {
            throw S3Address.Problem("must hold neither keys, a query nor a fragment")
        }
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        let (host, port) = try Self.place(rest[..<slash])
        guard let host else { throw S3Address.Problem("names no host") }
        guard let path = rest[slash...].removingPercentEncoding else {
            throw S3Address.Problem("has a path with a broken percent code")
        }
        self.init(
            isSecure: url.lowercased().hasPrefix("https"), host: host, port: port,
            path: String(path.reversed().drop { $0 == "/" }.reversed()))
    }

    /// The host in a URL and the `Host` field: with its port, where that is not the usual one.
    public var authority: String { port.map { "\(host):\($0)" } ?? host }

    /// The URL without a slash at the end.
    public var description: String { "\(isSecure ? "https" : "http")://\(authority)\(path)" }

    /// The same place, for one bucket, whose name comes before the host.
    func withSubdomain(_ name: String) -> S3Endpoint {
        S3Endpoint(isSecure: isSecure, host: "\(name).\(host)", port: port, path: path)
    }

    /// Host and port as they are written in URLs; both may be missing.
    static func place(_ text: Substring) throws(S3Address.Problem) -> (host: String?, port: Int?) {
        var (host, port) = (text, Substring?.none)
        // Colons within the brackets of an IPv6 address do not separate a port.
        let end = text.lastIndex(of: "]") ?? text.startIndex
        if let colon = text[end...].lastIndex(of: ":") {
            (host, port) = (text[..<colon], text[text.index(after: colon)...])
        }
        guard host.utf8.allSatisfy({ isPart($0) }) else { throw S3Address.Problem("has an unusable host '\(host)'") }
        let name = host.isEmpty ? nil : host.lowercased()
        guard let port, !port.isEmpty else { return (name, nil) }
        guard let number = Int(port), (1...65_535).contains(number) else {
            throw S3Address.Problem("has the port '\(port)', must be 1 to 65535")
        }
        return (name, number)
    }

    private static func isPart(_ byte: UInt8) -> Bool {
        ObjectKey.mayHold(byte) || byte == UInt8(ascii: "[") || byte == UInt8(ascii: "]") || byte == UInt8(ascii: ":")
    }
}
