import Foundation
import Observability

extension S3Address {
    /// Reads an address that is written as one URL.
    ///
    ///     s3://KEY:SECRET@localhost:9000/bucket/folder       on this machine: not encrypted unless ?tls=true
    ///     s3://KEY:SECRET@storage.example.org/bucket?region=eu-west-3&style=virtual
    ///     s3:///bucket                                       Amazon's, with the keys of the environment
    ///
    /// - Parameters:
    ///   - region: what is taken without `region=`.
    ///   - credentials: what is taken where the URL holds no keys.
    /// - Throws: `Problem` that says which part cannot be used.
    public init(
        url text: String, region fallbackRegion: String = "us-east-1", credentials fallback: S3Credentials? = nil
    ) throws(Problem) {
        guard let separator = text.range(of: "://"), text[..<separator.lowerBound].lowercased() == "s3" else {
            throw Problem("must be a URL such as s3://KEY:SECRET@host:port/bucket")
        }
        let halves = text[separator.upperBound...].split(
            separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard halves[0].contains("@") || halves.count == 1 || !halves[1].contains("@") else {
            throw Problem("has a question mark in its keys; write %3F for it")
        }
        var options = try Self.options(halves.count > 1 ? halves[1] : "")
        // Secrets hold slashes, which people do not always encode: the login ends at the last @.
        var rest = halves[0]
        let credentials = try Self.login(&rest) ?? fallback
        guard let credentials else { throw Problem("holds no keys, and none are set") }
        let parts = rest.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count > 1, let bucket = parts[1].removingPercentEncoding, !bucket.isEmpty else {
            throw Problem("names no bucket after the host")
        }
        let (host, port) = try S3Endpoint.place(parts[0])
        let secure = try Self.flag(options.removeValue(forKey: "tls"))
        let endpoint = host.map {
            S3Endpoint(isSecure: secure ?? !Self.isThisMachine($0), host: $0, port: port)
        }
        let style = options.removeValue(forKey: "style")
        guard style == nil || style.flatMap(Style.init) != nil else {
            throw Problem("has style=\(style ?? ""), must be path or virtual")
        }
        let region = options.removeValue(forKey: "region") ?? fallbackRegion
        if let unknown = options.keys.min() {
            throw Problem("has the option '\(unknown)', known are region, style and tls")
        }
        try self.init(
            bucket: bucket, prefix: parts.count > 2 ? parts[2].removingPercentEncoding ?? "%" : "", region: region,
            endpoint: endpoint, style: style.flatMap(Style.init), credentials: credentials)
    }

    private static func login(_ rest: inout Substring) throws(Problem) -> S3Credentials? {
        guard let at = rest.lastIndex(of: "@") else { return nil }
        let parts = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        rest = rest[rest.index(after: at)...]
        guard parts.count == 2, let key = parts[0].removingPercentEncoding,
            let secret = parts[1].removingPercentEncoding
        else { throw Problem("must have the keys as KEY:SECRET before the host, with percent codes that are whole") }
        return S3Credentials(accessKeyID: key, secretAccessKey: Secret(secret))
    }

    private static func options(_ query: Substring) throws(Problem) -> [String: String] {
        var options: [String: String] = [:]
        for item in query.split(separator: "&") {
            let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let value = parts[1].removingPercentEncoding else {
                throw Problem("has the option '\(parts[0])' without a value")
            }
            options[String(parts[0])] = value
        }
        return options
    }

    private static func flag(_ text: String?) throws(Problem) -> Bool? {
        switch text {
        case nil: nil
        case "true", "1", "yes", "on": true
        case "false", "0", "no", "off": false
        case let other?: throw Problem("has tls=\(other), must be true or false")
        }
    }

    private static func isThisMachine(_ host: String) -> Bool {
        host == "localhost" || host == "[::1]" || host.hasPrefix("127.")
    }
}
