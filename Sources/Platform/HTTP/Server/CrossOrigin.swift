/// Which pages of other origins may call the server from a browser (Fetch standard, CORS).
struct CrossOrigin: Sendable {
    private let allowsAny: Bool
    private let origins: Set<String>

    init(allowedOrigins: [String]) {
        allowsAny = allowedOrigins.contains("*")
        origins = Set(allowedOrigins.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 })
    }

    /// The value of `Access-Control-Allow-Origin` for an origin; nil where it may not call.
    func allowed(_ origin: String) -> String? {
        if allowsAny { return "*" }
        return origins.contains(origin) ? origin : nil
    }

    /// Whether answers differ by origin, which caches must be told.
    var varies: Bool { !allowsAny }

    /// The answer to `OPTIONS`: what the path allows, and to a preflight also the headers it asked for.
    static func options(allowed: [HTTPMethod], request: HTTPRequest) -> HTTPResponse {
        let methods = allowed.map(\.rawValue).joined(separator: ", ")
        var response = HTTPResponse(status: 204, headers: ["Allow": methods])
        guard request.header("Origin") != nil, request.header("Access-Control-Request-Method") != nil else {
            return response
        }
        response.headers.append("Access-Control-Allow-Methods", methods)
        if let headers = request.header("Access-Control-Request-Headers") {
            response.headers.append("Access-Control-Allow-Headers", headers)
        }
        response.headers.append("Access-Control-Max-Age", "86400")
        return response
    }
}
