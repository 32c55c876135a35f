public import JSON

/// One method and path, what it reads and answers, and the function that does so.
///
/// The same declaration serves routing, limits, metrics and the OpenAPI document.
public struct Route: Sendable {
    /// The function behind a route.
    public enum Handler: Sendable {
        /// Runs on the thread that serves the connection, and must not wait for anything: for instant answers.
        case immediate(@Sendable (HTTPRequest) throws -> HTTPResponse)
        /// Runs as a task; cancelled when the client goes away or the deadline passes.
        case async(@Sendable (HTTPRequest) async throws -> HTTPResponse)
    }

    /// The method; `GET` routes also answer `HEAD`.
    public var method: HTTPMethod
    /// The path below the group's prefix, such as `api/v1/models/{id}/default`; a slash at either end counts except
    /// the first one.
    public var path: String
    /// One line for the documentation.
    public var summary: String
    /// More for the documentation, in Markdown.
    public var description: String
    /// Chapters of the documentation.
    public var tags: [String]
    /// Whether a request must bring a bearer token, for the documentation; the handler asks for it.
    public var needsToken: Bool
    /// Parameters of path, query and headers, for the documentation.
    public var parameters: [Parameter]
    /// What the route reads; nil means that a body, if any, is collected as it is.
    public var body: RequestBody?
    /// What the route answers, for the documentation.
    public var responses: [Response]
    /// Largest body in bytes; nil means the server's `bodyLimit`.
    public var bodyLimit: Int?
    /// Time for an asynchronous handler; nil means the server's `requestDeadline`.
    public var deadline: Duration?
    /// Whether the OpenAPI document shows the route.
    public var isDocumented: Bool
    /// Looks at a request before its body is read; what it throws is the answer. It must not wait for anything.
    public var admission: (@Sendable (HTTPRequest) throws(APIError) -> Void)?
    /// The function behind the route.
    public var handler: Handler

    /// Declares a route.
    public init(
        _ method: HTTPMethod, _ path: String, summary: String = "", description: String = "", tags: [String] = [],
        needsToken: Bool = false, parameters: [Parameter] = [], body: RequestBody? = nil, responses: [Response] = [],
        bodyLimit: Int? = nil,
        deadline: Duration? = nil, isDocumented: Bool = true,
        admission: (@Sendable (HTTPRequest) throws(APIError) -> Void)? = nil, handler: Handler
    ) {
        self.method = method
        self.path = path
        self.summary = summary
        self.description = description
        self.tags = tags
        self.needsToken = needsToken
        self.parameters = parameters
        self.body = body
        self.responses = responses
        self.bodyLimit = bodyLimit
        self.deadline = deadline
        self.isDocumented = isDocumented
        self.admission = admission
        self.handler = handler
    }
}

extension Route {
    /// A parameter outside the body.
    public struct Parameter: Sendable {
        /// Where a parameter stands.
        public enum Place: String, Sendable {
            case path
            case query
            case header
        }

        /// Where it stands.
        public var place: Place
        /// Its name.
        public var name: String
        /// Its type.
        public var schema: Schema
        /// What it means.
        public var description: String
        /// Whether it must be present; path parameters always must.
        public var isRequired: Bool

        /// A value of the query string.
        public static func query(
            _ name: String, _ schema: Schema = .string, _ description: String = "", isRequired: Bool = false
        ) -> Parameter {
            Parameter(place: .query, name: name, schema: schema, description: description, isRequired: isRequired)
        }

        /// A `{name}` segment of the path.
        public static func path(_ name: String, _ schema: Schema = .string, _ description: String = "") -> Parameter {
            Parameter(place: .path, name: name, schema: schema, description: description, isRequired: true)
        }

        /// A header.
        public static func header(
            _ name: String, _ schema: Schema = .string, _ description: String = "", isRequired: Bool = false
        ) -> Parameter {
            Parameter(place: .header, name: name, schema: schema, description: description, isRequired: isRequired)
        }
    }

    /// An answer of the documentation.
    public struct Response: Sendable {
        /// The status code.
        public var status: Int
        /// When it is given.
        public var description: String
        /// The body; nil for none.
        public var schema: Schema?
        /// An example of the body.
        public var example: JSONValue?
        /// The body's media type.
        public var contentType: String

        /// Declares an answer.
        public init(
            _ status: Int, _ description: String, schema: Schema? = nil, example: JSONValue? = nil,
            contentType: String = "application/json"
        ) {
            self.status = status
            self.description = description
            self.schema = schema
            self.example = example
            self.contentType = contentType
        }
    }
}
