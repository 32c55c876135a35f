import HTTP
import Storage

/// Refusals in the words of S3, which its clients compare.
enum UploadError {
    static func accessDenied(_ message: String = "Access Denied") -> APIError {
        refusal("AccessDenied", 403, message, kind: .forbidden)
    }

    static let unknownKey = refusal(
        "InvalidAccessKeyId", 403, "The AWS Access Key Id you provided does not exist in our records.",
        kind: .forbidden)

    static let signatureDiffers = refusal(
        "SignatureDoesNotMatch", 403,
        "The request signature we calculated does not match the signature you provided. "
            + "Check your key and signing method.", kind: .forbidden)

    static func policyFailed(_ reason: String) -> APIError { accessDenied("Invalid according to Policy: \(reason)") }

    static func badQuery(_ message: String) -> APIError { refusal("AuthorizationQueryParametersError", 400, message) }

    static func badArgument(_ message: String) -> APIError { refusal("InvalidArgument", 400, message) }

    static func badPolicy(_ message: String) -> APIError { refusal("InvalidPolicyDocument", 400, message) }

    static let tooLarge = refusal(
        "EntityTooLarge", 400, "Your proposed upload exceeds the maximum allowed size")

    static let tooSmall = refusal(
        "EntityTooSmall", 400, "Your proposed upload is smaller than the minimum allowed size")

    static let hashDiffers = refusal(
        "XAmzContentSHA256Mismatch", 400, "The provided 'x-amz-content-sha256' header does not match what was computed."
    )

    /// The refusal for what the store says.
    static func storage(_ error: StorageError) -> APIError {
        switch error {
        case .notFound: refusal("NoSuchKey", 404, "The specified key does not exist.", kind: .notFound)
        case .invalidValue(let message): badArgument(message)
        case .conflict:
            APIError(code("OperationAborted", 409, .conflict), "The key is a folder of another, or lies in one.")
        case .tooLarge: tooLarge
        case .busy, .timeout:
            APIError(code("SlowDown", 503, .unavailable), "Please reduce your request rate.", detail: error.detail)
        default: APIError(code("ServiceUnavailable", 503, .unavailable), error.message, detail: error.detail)
        }
    }

    private static func refusal(
        _ name: String, _ status: Int, _ message: String, kind: APIErrorCode.Kind = .invalidRequest
    ) -> APIError {
        APIError(code(name, status, kind), message)
    }

    private static func code(_ name: String, _ status: Int, _ kind: APIErrorCode.Kind) -> APIErrorCode {
        APIErrorCode(name: name, kind: kind, status: status)
    }
}
