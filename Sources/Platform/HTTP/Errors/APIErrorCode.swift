/// One cause of failure that a client can act on; names are never reused or renamed.
public struct APIErrorCode: Sendable, Hashable {
    /// Who has to act.
    public enum Kind: String, Sendable, Hashable {
        /// The request is wrong; sending it again will not help.
        case invalidRequest = "invalid_request"
        /// The caller is unknown.
        case unauthenticated
        /// The caller may not do this.
        case forbidden
        /// What is asked for does not exist.
        case notFound = "not_found"
        /// The state of the server forbids it now.
        case conflict
        /// The server cannot do it now; sending it again later may help.
        case unavailable
        /// The server is at fault.
        case internalError = "internal"
    }

    /// The stable name, such as `body_too_large`.
    public let name: String
    /// Who has to act.
    public let kind: Kind
    /// The status code of the answer.
    public let status: Int
    /// When sending again may help.
    public let retryAfter: Duration?

    /// Makes a code.
    public init(name: String, kind: Kind, status: Int, retryAfter: Duration? = nil) {
        self.name = name
        self.kind = kind
        self.status = status
        self.retryAfter = retryAfter
    }
}

extension APIErrorCode {
    public static let badRequest = APIErrorCode(name: "bad_request", kind: .invalidRequest, status: 400)
    public static let malformedJSON = APIErrorCode(name: "malformed_json", kind: .invalidRequest, status: 400)
    public static let malformedForm = APIErrorCode(name: "malformed_form", kind: .invalidRequest, status: 400)
    public static let malformedMultipart = APIErrorCode(name: "malformed_multipart", kind: .invalidRequest, status: 400)
    public static let invalidFields = APIErrorCode(name: "invalid_fields", kind: .invalidRequest, status: 422)
    public static let notFound = APIErrorCode(name: "not_found", kind: .notFound, status: 404)
    public static let methodNotAllowed = APIErrorCode(name: "method_not_allowed", kind: .invalidRequest, status: 405)
    public static let requestTimeout = APIErrorCode(name: "request_timeout", kind: .invalidRequest, status: 408)
    public static let bodyTooLarge = APIErrorCode(name: "body_too_large", kind: .invalidRequest, status: 413)
    public static let unsupportedMediaType = APIErrorCode(
        name: "unsupported_media_type", kind: .invalidRequest, status: 415)
    public static let internalError = APIErrorCode(name: "internal_error", kind: .internalError, status: 500)
    public static let queueFull = APIErrorCode(
        name: "queue_full", kind: .unavailable, status: 503, retryAfter: .seconds(1))
    public static let deadlineExceeded = APIErrorCode(
        name: "deadline_exceeded", kind: .unavailable, status: 503, retryAfter: .seconds(1))
    public static let shuttingDown = APIErrorCode(
        name: "shutting_down", kind: .unavailable, status: 503, retryAfter: .seconds(5))
}
