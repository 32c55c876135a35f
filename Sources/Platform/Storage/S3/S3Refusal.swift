/// A store's answer that is not a success.
struct S3Refusal: Error, Sendable {
    /// The status code.
    let status: Int
    /// The store's name for what happened, such as `NoSuchKey`; empty where it gave none.
    let code: String
    /// The store's words and what else helps an operator; for the log.
    let detail: String

    /// Reads an answer.
    init(_ response: S3Response) {
        status = response.status
        let element = try? XMLElement(parsing: response.body)
        let error = element?.name == "Error" ? element : element?.children.first { $0.name == "Error" }
        code = error?["Code"] ?? ""
        // The other elements of an error repeat keys and texts that were signed.
        var words = ["S3 answered \(status)", code, error?["Message"] ?? ""].filter { !$0.isEmpty }
        if let region = response.headers["x-amz-bucket-region"], (300..<500).contains(status) {
            words.append("the bucket is in the region \(region)")
        }
        detail = words.joined(separator: ": ")
    }

    /// Whether the same request may succeed a little later.
    var isTemporary: Bool {
        switch code {
        case "SlowDown", "RequestTimeout", "OperationAborted", "InternalError", "ServiceUnavailable", "Throttling",
            "ThrottlingException", "RequestLimitExceeded", "ConditionalRequestConflict":
            true
        default: [429, 500, 502, 503, 504].contains(status)
        }
    }

    /// The error for callers.
    ///
    /// - Parameter isChange: whether the request was to change something.
    func storageError(isChange: Bool) -> StorageError {
        switch code {
        case "NoSuchKey": return .notFound(detail: detail)
        case "NoSuchBucket": return .unavailable(detail: detail)
        case "SlowDown", "OperationAborted", "Throttling", "ThrottlingException", "RequestLimitExceeded":
            return .busy(detail: detail)
        case "EntityTooLarge", "KeyTooLongError": return .tooLarge(detail: detail)
        case "QuotaExceeded", "XMinioStorageFull", "InsufficientStorage", "TooManyBuckets": return .full(detail: detail)
        case "ExistingObjectIsDirectory", "ExistingObjectIsFile", "ParentIsObject", "XMinioParentIsObject":
            return .conflict(detail: detail)
        case "AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken",
            "RequestTimeTooSkewed", "AuthorizationHeaderMalformed", "AllAccessDisabled", "AccountProblem":
            return .denied(detail: detail)
        default: break
        }
        return switch status {
        case 404: .notFound(detail: detail)
        case 401, 403: .denied(detail: detail)
        case 413: .tooLarge(detail: detail)
        case 429: .busy(detail: detail)
        case 507: .full(detail: detail)
        // The store may have done what it then failed to say.
        case 500, 502, 504: isChange ? .uncertain(detail: detail) : .unavailable(detail: detail)
        default: .unavailable(detail: detail)
        }
    }
}
