import HTTP
import JSON

/// Failures in the words of Django REST framework: `{"detail": "…"}`.
struct DjangoErrors: ErrorShape {
    func response(for error: APIError, to request: HTTPRequest) -> HTTPResponse {
        .json(["detail": .string(text(of: error))] as JSONValue, status: error.code.status)
    }

    private func text(of error: APIError) -> String {
        switch error.problem {
        case .notFound: "Not found."
        case .methodNotAllowed(let method, _): "Method \"\(method)\" not allowed."
        case .unsupportedMediaType(let type): "Unsupported media type \"\(type)\" in request."
        case .malformedJSON(let reason): "JSON parse error - \(reason)"
        case .malformedForm(let reason): "Form parse error - \(reason)"
        case .malformedMultipart(let reason): "Multipart form parse error - \(reason)"
        default: error.message
        }
    }
}
