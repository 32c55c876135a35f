public import Foundation

/// Serves the files of a folder below a prefix.
///
/// Answers carry a strong `ETag` made of the content's hash; texts are compressed once, in memory, for clients that
/// accept gzip. Links are not followed, and names that start with a dot do not exist.
public struct StaticFiles: Sendable {
    /// Where the programs of Swagger UI and ReDoc are expected, from the root of the server.
    public static let vendorPrefix = "/assets/vendor"

    /// The prefix below that of the group, such as `/assets`; empty for the group's own.
    public let prefix: String
    /// The value of `Cache-Control`.
    public let cacheControl: String
    /// The file that answers for the folder itself; nil for none.
    public let indexFile: String?

    private let cache: FileCache
    private let policy: ContentSecurityPolicy

    /// Serves a folder.
    ///
    /// - Parameters:
    ///   - prefix: starts with a slash and does not end with one, or is empty.
    ///   - folder: files are read when asked for, and again when they have changed.
    ///   - cacheControl: `no-cache` has browsers ask each time, which costs one 304.
    ///   - indexFile: answers for the prefix itself, followed by a slash.
    ///   - policy: what pages of this folder may load.
    public init(
        prefix: String = "", folder: URL, cacheControl: String = "no-cache", indexFile: String? = "index.html",
        policy: ContentSecurityPolicy = .standard
    ) {
        self.prefix = prefix
        self.cacheControl = cacheControl
        self.indexFile = indexFile
        self.policy = policy
        cache = FileCache(folder: folder)
    }

    /// The programs of the documentation pages, from a folder that holds `swagger-ui` and `redoc`.
    public static func vendor(folder: URL) -> StaticFiles {
        StaticFiles(prefix: vendorPrefix, folder: folder, cacheControl: "public, max-age=86400", indexFile: nil)
    }

    /// The name below the folder of a path; nil where the path is not below the prefix.
    func name(of path: String, below groupPrefix: String) -> String? {
        let base = groupPrefix + prefix
        if path == base { return "" }
        guard path.hasPrefix(base + "/") else { return nil }
        return String(path.dropFirst(base.count + 1))
    }

    /// Answers a `GET` or `HEAD` request.
    ///
    /// - Throws: `APIError`: not found, or another method.
    func response(to request: HTTPRequest, name: String) throws(APIError) -> HTTPResponse {
        var name = name
        if name.isEmpty {
            guard let indexFile else { throw APIError(.notFound) }
            // Relative links of the page need the slash at the end of its address.
            if !request.path.hasSuffix("/") {
                guard cache.entry(indexFile) != nil else { throw APIError(.notFound) }
                let last = request.path.split(separator: "/").last.map(String.init) ?? ""
                return .redirect(to: last + "/")
            }
            name = indexFile
        }
        guard let entry = cache.entry(name) else { throw APIError(.notFound) }
        guard request.method == .get || request.method == .head else {
            throw APIError(.methodNotAllowed(request.method, allowed: [.get, .head, .options]))
        }
        return response(to: request, entry)
    }

    private func response(to request: HTTPRequest, _ entry: FileCache.Entry) -> HTTPResponse {
        let gzip = entry.gzip.flatMap { Self.acceptsGzip(request.header("Accept-Encoding")) ? $0 : nil }
        let tag = gzip == nil ? "\"\(entry.hash)\"" : "\"\(entry.hash)-gz\""
        var headers: HTTPHeaders = ["ETag": tag, "Cache-Control": cacheControl]
        if entry.gzip != nil { headers.append("Vary", "Accept-Encoding") }
        if let known = request.header("If-None-Match"), Self.matches(known, tag) {
            return HTTPResponse(status: 304, headers: headers)
        }
        headers.append("Content-Type", entry.contentType)
        if entry.contentType.hasPrefix("text/html") { headers.append("Content-Security-Policy", policy.text) }
        if gzip != nil { headers.append("Content-Encoding", "gzip") }
        return HTTPResponse(headers: headers, body: .bytes(gzip ?? entry.bytes))
    }

    /// Whether `If-None-Match` names a tag; weak tags match too (RFC 9110, 13.1.2).
    private static func matches(_ header: String, _ tag: String) -> Bool {
        header.split(separator: ",").contains { candidate in
            let candidate = candidate.trimmingCharacters(in: .whitespaces)
            return candidate == "*" || candidate == tag || candidate == "W/" + tag
        }
    }

    /// Whether `Accept-Encoding` names gzip with a weight above 0.
    static func acceptsGzip(_ header: String?) -> Bool {
        guard let header else { return false }
        var wildcard = false
        for item in header.split(separator: ",") {
            let parts = item.split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces).lowercased() }
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
            if parts.first == "gzip" { return weight > 0 }
            if parts.first == "*" { wildcard = weight > 0 }
        }
        return wildcard
    }
}
