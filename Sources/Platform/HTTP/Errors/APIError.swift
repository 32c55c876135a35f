/// A failure that is told to the client.
///
/// Only `code`, `message`, `problem` and `headers` leave the process; `detail` goes to the log, beside the request id.
public struct APIError: Error, Sendable {
    /// The cause.
    public let code: APIErrorCode
    /// What the client is told.
    public let message: String
    /// What the log is told.
    public let detail: String?
    /// The facts, where the server itself found the fault.
    public let problem: HTTPProblem?
    /// Fields added to the answer, such as `WWW-Authenticate`.
    public var headers: HTTPHeaders

    /// A failure of an app's own.
    public init(_ code: APIErrorCode, _ message: String, detail: String? = nil, headers: HTTPHeaders = [:]) {
        self.code = code
        self.message = message
        self.detail = detail
        self.headers = headers
        problem = nil
    }

    /// A failure of the kind the server itself finds.
    public init(_ problem: HTTPProblem, detail: String? = nil, headers: HTTPHeaders = [:]) {
        code = problem.code
        message = problem.message
        self.detail = detail
        self.headers = headers
        self.problem = problem
        if case .methodNotAllowed(_, let allowed) = problem {
            self.headers["Allow"] = allowed.map(\.rawValue).joined(separator: ", ")
        }
        if case .unsupportedContentEncoding = problem { self.headers["Accept-Encoding"] = "identity" }
    }
}

extension APIError: CustomStringConvertible {
    public var description: String { "\(code.name): \(message)" + (detail.map { " (\($0))" } ?? "") }
}
