/// Routes that share a prefix, an error shape and an OpenAPI document: an app.
public struct RouteGroup: Sendable {
    /// The name in logs and metrics, such as `digits`.
    public var name: String
    /// The prefix, such as `/digits`; empty for the root.
    public var prefix: String
    /// The routes.
    public var routes: [Route]
    /// How failures below the prefix are worded.
    public var errors: any ErrorShape
    /// The title page of the OpenAPI document; nil serves no `openapi.json`, `docs` and `redoc`.
    public var document: APIDocument?
    /// Folders of files below the prefix.
    public var files: [StaticFiles]
    /// Whether a path that no route has is sent on to the one with, or without, a slash at its end, as Starlette does.
    public var redirectsSlashes: Bool

    /// Makes a group.
    public init(
        name: String, prefix: String = "", routes: [Route], errors: any ErrorShape = PlainErrorShape(),
        document: APIDocument? = nil, files: [StaticFiles] = [], redirectsSlashes: Bool = false
    ) {
        self.name = name
        self.prefix = prefix
        self.routes = routes
        self.errors = errors
        self.document = document
        self.files = files
        self.redirectsSlashes = redirectsSlashes
    }
}

/// What an OpenAPI document says about the whole.
public struct APIDocument: Sendable {
    /// The title.
    public var title: String
    /// The version of the API, not of OpenAPI.
    public var version: String
    /// What it is, in Markdown.
    public var description: String

    /// Makes a title page.
    public init(title: String, version: String, description: String = "") {
        self.title = title
        self.version = version
        self.description = description
    }
}
