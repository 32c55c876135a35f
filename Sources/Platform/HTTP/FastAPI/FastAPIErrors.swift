public import JSON

/// Failures in the words of FastAPI: `{"detail": …}`, with a list of field problems for 422.
///
/// - Source: FastAPI 0.117 with pydantic 2; compared request by request in `FastAPIReplayTests`.
public struct FastAPIErrors: ErrorShape {
    /// Makes the shape.
    public init() {}

    public func response(for error: APIError, to request: HTTPRequest) -> HTTPResponse {
        // An unforeseen failure is worded by Starlette, which knows nothing of JSON.
        if error.problem == .internalError { return .text("Internal Server Error", status: 500) }
        return .json(["detail": detail(of: error)] as JSONValue, status: error.code.status)
    }

    private func detail(of error: APIError) -> JSONValue {
        switch error.problem {
        case .notFound: "Not Found"
        case .methodNotAllowed: "Method Not Allowed"
        case .invalidFields(let problems): problems.json
        case .malformedMultipart(MultipartFault.noBoundary): "Missing boundary in multipart."
        case .malformedMultipart(MultipartFault.noName):
            "The Content-Disposition header field \"name\" must be provided."
        case .malformedMultipart, .malformedForm: "There was an error parsing the body"
        default: .string(error.message)
        }
    }
}

extension FieldProblem: JSONRepresentable {
    /// The problem as pydantic lists it.
    public var json: JSONValue {
        var object = JSONObject([
            ("type", .string(type)), ("loc", .array(location)), ("msg", .string(message)), ("input", input),
        ])
        object["ctx"] = context
        return .object(object)
    }
}
