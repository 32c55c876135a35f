public import JSON
internal import Observability

/// What the server itself finds wrong with a request, with the facts an error shape needs to word it.
public enum HTTPProblem: Sendable, Equatable {
    /// No route has the path.
    case notFound
    /// The path exists, for other methods.
    case methodNotAllowed(HTTPMethod, allowed: [HTTPMethod])
    /// The route does not read bodies of this type; the text is the header as sent, empty where it is missing.
    case unsupportedMediaType(String)
    /// The body is compressed.
    case unsupportedContentEncoding(String)
    /// The body is not JSON.
    case malformedJSON(JSONError)
    /// The urlencoded body cannot be read.
    case malformedForm(reason: String)
    /// The multipart body cannot be read.
    case malformedMultipart(reason: String)
    /// Fields of the request do not have the values the route takes.
    case invalidFields([FieldProblem])
    /// The request line, the headers or the query cannot be read.
    case badRequest(reason: String)
    /// The body, or one of its parts, is larger than the limit in bytes.
    case bodyTooLarge(limit: Int)
    /// The client has not sent its request in time.
    case requestTimeout
    /// The handler has not answered in time.
    case deadlineExceeded(Duration)
    /// Too much work is waiting already.
    case queueFull
    /// The server is about to stop.
    case shuttingDown
    /// The server is at fault.
    case internalError
}

extension HTTPProblem {
    /// The code of the problem.
    public var code: APIErrorCode {
        switch self {
        case .notFound: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .unsupportedMediaType, .unsupportedContentEncoding: .unsupportedMediaType
        case .malformedJSON: .malformedJSON
        case .malformedForm: .malformedForm
        case .malformedMultipart: .malformedMultipart
        case .invalidFields: .invalidFields
        case .badRequest: .badRequest
        case .bodyTooLarge: .bodyTooLarge
        case .requestTimeout: .requestTimeout
        case .deadlineExceeded: .deadlineExceeded
        case .queueFull: .queueFull
        case .shuttingDown: .shuttingDown
        case .internalError: .internalError
        }
    }

    /// The problem in words for a client.
    public var message: String {
        switch self {
        case .notFound: "Nothing is found at this path."
        case .methodNotAllowed(let method, let allowed):
            "Method \(method) is not allowed here; allowed: \(allowed.map(\.rawValue).joined(separator: ", "))."
        case .unsupportedMediaType(let type):
            type.isEmpty ? "The content type of the body is missing." : "Content type \(type) is not supported here."
        case .unsupportedContentEncoding(let encoding): "Content encoding \(encoding) is not supported."
        case .malformedJSON(let error): "The body is not JSON: \(error)."
        case .malformedForm(let reason): "The form cannot be read: \(reason)."
        case .malformedMultipart(let reason): "The multipart body cannot be read: \(reason)."
        case .invalidFields(let problems): "Fields are not valid: \(problems.sentence)."
        case .badRequest(let reason): "The request cannot be read: \(reason)."
        case .bodyTooLarge(let limit): "The body is larger than the limit of \(limit) bytes."
        case .requestTimeout: "The request was not sent in time."
        case .deadlineExceeded(let limit): "No answer was ready within \(Int(limit.inSeconds.rounded(.up))) seconds."
        case .queueFull: "Too many requests are waiting; try again."
        case .shuttingDown: "The server is about to stop; try again."
        case .internalError: "The server failed to answer; the request id tells its operator more."
        }
    }
}
