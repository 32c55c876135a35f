internal import JSON

/// Writes failures in the words of one app.
///
/// The server adds `Allow`, `Retry-After` and the error's own headers to whatever is returned.
public protocol ErrorShape: Sendable {
    /// The answer that tells of a failure.
    func response(for error: APIError, to request: HTTPRequest) -> HTTPResponse
}

/// The platform's own shape: `{"error": {"code": …, "kind": …, "message": …}, "request_id": …}`.
public struct PlainErrorShape: ErrorShape {
    /// Makes the shape.
    public init() {}

    public func response(for error: APIError, to request: HTTPRequest) -> HTTPResponse {
        let status = error.code.status
        let error: JSONValue = [
            "code": .string(error.code.name), "kind": .string(error.code.kind.rawValue),
            "message": .string(error.message),
        ]
        return .json(["error": error, "request_id": .string(request.id.text)] as JSONValue, status: status)
    }
}
