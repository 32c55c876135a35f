public import JSON

/// The bodies a route reads.
public struct RequestBody: Sendable {
    /// One kind of body.
    public struct Content: Sendable {
        /// The media type in lower case.
        public var mediaType: String
        /// The form of the body.
        public var schema: Schema
        /// An example of the body.
        public var example: JSONValue?
        /// Largest body of this kind in bytes, where it is less than the route's.
        public var limit: Int?
    }

    /// The kinds, in the order they are shown.
    public var contents: [Content]
    /// Whether bodies of other types are refused with 415; else they are collected and the handler judges.
    public var refusesOthers: Bool
    /// Whether the documentation calls the body required; the handler checks.
    public var isRequired: Bool
    /// Whether a body that is none of the kinds is a file, which goes to the disk above 64 KiB: `HTTPRequest.upload`.
    public var takesUploads = false

    /// Declares the bodies of a route.
    public init(_ contents: [Content], refusesOthers: Bool = true, isRequired: Bool = true) {
        self.contents = contents
        self.refusesOthers = refusesOthers
        self.isRequired = isRequired
    }

    /// A JSON body only.
    public static func json(_ schema: Schema, example: JSONValue? = nil) -> RequestBody {
        RequestBody([.json(schema, example: example)])
    }

    /// A multipart form only; `Schema.file` for files.
    public static func multipart(_ schema: Schema) -> RequestBody {
        RequestBody([.multipart(schema)])
    }

    /// A file as the whole body, of any type.
    public static var upload: RequestBody {
        var body = RequestBody([], refusesOthers: false)
        body.takesUploads = true
        return body
    }

    /// The kind of a media type; nil where it is not among those declared.
    func content(of mediaType: String) -> Content? {
        contents.first { $0.mediaType == mediaType }
    }
}

extension RequestBody.Content {
    /// `application/json`.
    ///
    /// - Parameter limit: largest body, where it is to be less than the route's, as beside forms with large files.
    public static func json(_ schema: Schema, example: JSONValue? = nil, limit: Int? = nil) -> Self {
        Self(mediaType: MediaType.json, schema: schema, example: example, limit: limit)
    }

    /// `application/x-www-form-urlencoded`.
    public static func form(_ schema: Schema) -> Self {
        Self(mediaType: MediaType.urlEncodedForm, schema: schema)
    }

    /// `multipart/form-data`; its files are streamed to the disk above 64 KiB.
    public static func multipart(_ schema: Schema) -> Self {
        Self(mediaType: MediaType.multipartForm, schema: schema)
    }

    /// Bytes of another type.
    public static func binary(_ mediaType: String) -> Self {
        Self(mediaType: mediaType, schema: .file)
    }
}
