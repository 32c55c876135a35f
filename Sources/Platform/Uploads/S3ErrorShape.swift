import HTTP

/// Writes failures as S3 does: `<Error><Code>…</Code><Message>…</Message>…</Error>`.
struct S3ErrorShape: ErrorShape {
    func response(for error: APIError, to request: HTTPRequest) -> HTTPResponse {
        let (code, status) = Self.name(of: error)
        let elements = [
            ("Code", code), ("Message", error.message), ("Resource", request.path), ("RequestId", request.id.text),
        ]
        return XMLText.response("Error", elements, status: status)
    }

    /// The names of S3 for what the server itself finds.
    private static func name(of error: APIError) -> (code: String, status: Int) {
        switch error.problem {
        case nil: (error.code.name, error.code.status)
        case .bodyTooLarge: ("EntityTooLarge", 400)
        case .methodNotAllowed: ("MethodNotAllowed", 405)
        case .notFound: ("NoSuchKey", 404)
        case .malformedMultipart, .malformedForm: ("MalformedPOSTRequest", 400)
        case .unsupportedMediaType: ("PreconditionFailed", 412)
        case .requestTimeout: ("RequestTimeout", 400)
        case .queueFull, .deadlineExceeded: ("SlowDown", 503)
        case .shuttingDown: ("ServiceUnavailable", 503)
        case .internalError: ("InternalError", 500)
        default: ("InvalidRequest", 400)
        }
    }
}
