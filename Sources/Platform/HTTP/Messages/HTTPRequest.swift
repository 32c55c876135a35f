public import JSON

/// One request whose body has been read.
public struct HTTPRequest: Sendable {
    /// The method; `HEAD` where a `GET` route answers a `HEAD` request.
    public let method: HTTPMethod
    /// The path, percent-decoded, with the prefix its group is mounted under.
    public let path: String
    /// The prefix of the group, such as `/digits`; empty for the root.
    public let mountPrefix: String
    /// The declared path with its prefix, such as `/digits/api/v1/models/{id}`; the only form for logs and metrics labels.
    public let routeTemplate: String
    /// Values of the `{name}` segments.
    public let pathParameters: PathParameters
    /// Parameters of the query string.
    public let query: QueryItems
    /// Names the request in answers and logs.
    public let id: RequestID
    /// The body, unless it was multipart.
    public let body: [UInt8]
    /// The parts of a `multipart/form-data` body; nil for other bodies.
    public let multipart: FormData?
    /// The body where the route takes uploads; nil for other routes and for bodies without bytes.
    public internal(set) var upload: FormPart?

    private let source: any HeaderSource

    init(
        method: HTTPMethod, path: String, mountPrefix: String, routeTemplate: String, pathParameters: PathParameters,
        query: QueryItems, id: RequestID, body: [UInt8], multipart: FormData?, source: any HeaderSource
    ) {
        self.method = method
        self.path = path
        self.mountPrefix = mountPrefix
        self.routeTemplate = routeTemplate
        self.pathParameters = pathParameters
        self.query = query
        self.id = id
        self.body = body
        self.multipart = multipart
        self.source = source
    }

    /// A request made by hand, for calling handlers without a server.
    public init(
        _ method: HTTPMethod, _ path: String, query: QueryItems = [:], headers: HTTPHeaders = [:],
        pathParameters: PathParameters = [:], body: [UInt8] = [], multipart: FormData? = nil
    ) {
        self.init(
            method: method, path: path, mountPrefix: "", routeTemplate: path, pathParameters: pathParameters,
            query: query, id: RequestID(), body: body, multipart: multipart, source: FixedHeaders(headers: headers))
    }

    /// The first value of a header, whatever the case of its name.
    ///
    /// - Note: nil for every name once the request is over, which a handler sees only after it was cancelled.
    public func header(_ name: String) -> String? {
        source.header(name)
    }

    /// All headers; `header(_:)` is cheaper for one of them.
    public var headers: HTTPHeaders { source.allHeaders }

    /// The address of the peer, such as `192.0.2.7` or `2001:db8::1`, without its port.
    public var remoteAddress: String { source.remoteAddress }

    /// The media type of the body in lower case, without parameters; empty where none is stated.
    public var mediaType: String {
        header("Content-Type").map(MediaType.essence) ?? ""
    }

    /// The body read as JSON, whatever its content type.
    ///
    /// - Throws: `APIError(.malformedJSON)`.
    public func jsonBody() throws(APIError) -> JSONValue {
        do throws(JSONError) {
            return try JSONValue(parsing: body)
        } catch {
            throw APIError(.malformedJSON(error))
        }
    }

    /// The fields of a multipart or urlencoded body; none for other bodies.
    ///
    /// - Throws: `APIError(.malformedForm)` for an urlencoded body with broken percent-encoding.
    public func form() throws(APIError) -> FormData {
        if let multipart { return multipart }
        guard mediaType == MediaType.urlEncodedForm else { return FormData() }
        guard let items = PercentCoding.items(body) else {
            throw APIError(.malformedForm(reason: "percent-encoding is broken or not UTF-8"))
        }
        return FormData(items.map { FormPart(name: $0.name, text: $0.value) })
    }
}

/// Where a request's headers are read from.
protocol HeaderSource: Sendable {
    func header(_ name: String) -> String?
    var allHeaders: HTTPHeaders { get }
    var remoteAddress: String { get }
}

/// Headers of a request that no connection carries.
struct FixedHeaders: HeaderSource {
    let headers: HTTPHeaders

    func header(_ name: String) -> String? { headers[name] }
    var allHeaders: HTTPHeaders { headers }
    var remoteAddress: String { "127.0.0.1" }
}
