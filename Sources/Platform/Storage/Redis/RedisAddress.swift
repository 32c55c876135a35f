import Foundation
public import Observability

/// Where a Redis server is and how to log in, as people write it.
///
///     redis://localhost:6379/0
///     redis://:password@host/2             redis://user:password@host:6380
///     unix:///run/redis.sock?db=1          also redis+socket://
public struct RedisAddress: Sendable, Equatable {
    /// How the server is reached.
    public enum Place: Sendable, Equatable {
        case host(String, port: Int)
        case socket(path: String)
    }

    /// How the server is reached.
    public let place: Place
    /// Name to log in with; nil for Redis's default user.
    public let user: String?
    /// Password to log in with; nil where none is asked for.
    public let password: Secret<String>?
    /// Number of the database, 0 unless said otherwise.
    public let database: Int

    /// What is wrong with a URL; the text never repeats the password.
    public struct Problem: Error, Equatable, Sendable, CustomStringConvertible {
        public let description: String
    }

    /// Reads a URL.
    ///
    /// - Throws: `Problem` that says which part cannot be used.
    public init(_ text: String) throws(Problem) {
        guard let separator = text.range(of: "://") else {
            throw Problem(description: "must be a URL such as redis://localhost:6379/0")
        }
        let scheme = text[..<separator.lowerBound].lowercased()
        let whole = text[separator.upperBound...].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var rest = whole[0]
        guard rest.contains("@") || whole.count == 1 || !whole[1].contains("@") else {
            throw Problem(description: "has a question mark in its user or password; write %3F for it")
        }
        let options = Self.options(whole.count > 1 ? whole[1] : "")
        (user, password) = try Self.login(&rest)
        switch scheme {
        case "redis":
            let parts = rest.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            place = try Self.host(parts[0])
            let path = parts.count > 1 && !parts[1].isEmpty ? String(parts[1]) : options["db"] ?? "0"
            database = try Self.database(path)
        case "unix", "redis+socket":
            guard let path = rest.removingPercentEncoding, path.hasPrefix("/") else {
                throw Problem(description: "must name the socket by an absolute path, such as unix:///run/redis.sock")
            }
            place = .socket(path: path)
            database = try Self.database(options["db"] ?? options["virtual_host"] ?? "0")
        case "rediss":
            throw Problem(
                description: "asks for TLS, which the Redis library of this system cannot; put stunnel in between")
        default:
            throw Problem(description: "begins with '\(scheme)', must begin with redis or unix")
        }
    }

    private static func login(_ rest: inout Substring) throws(Problem) -> (user: String?, password: Secret<String>?) {
        guard let at = rest.lastIndex(of: "@") else { return (nil, nil) }
        let parts = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        rest = rest[rest.index(after: at)...]
        let decoded = parts.map { String($0).removingPercentEncoding }
        guard let first = decoded[0], let last = decoded[decoded.count - 1] else {
            throw Problem(description: "has a user or password with a broken percent code")
        }
        if decoded.count == 1 { return (first.isEmpty ? nil : first, nil) }
        return (first.isEmpty ? nil : first, last.isEmpty ? nil : Secret(last))
    }

    private static func host(_ text: Substring) throws(Problem) -> Place {
        var host = text
        var port: Substring?
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            host = text[text.index(after: text.startIndex)..<end]
            let rest = text[text.index(after: end)...]
            if rest.hasPrefix(":") { port = rest.dropFirst() }
        } else if let colon = text.lastIndex(of: ":") {
            host = text[..<colon]
            port = text[text.index(after: colon)...]
        }
        guard let port, !port.isEmpty else { return .host(host.isEmpty ? "localhost" : String(host), port: 6379) }
        guard let number = Int(port), (1...65_535).contains(number) else {
            throw Problem(description: "has the port '\(port)', must be 1 to 65535")
        }
        return .host(host.isEmpty ? "localhost" : String(host), port: number)
    }

    private static func database(_ text: String) throws(Problem) -> Int {
        guard let number = Int(text), (0...65_535).contains(number) else {
            throw Problem(description: "has the database '\(text)', must be a number such as 0")
        }
        return number
    }

    private static func options(_ text: Substring) -> [String: String] {
        let pairs = text.split(separator: "&").map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
        return Dictionary(pairs.filter { $0.count == 2 }.map { ($0[0], $0[1]) }, uniquingKeysWith: { $1 })
    }
}
