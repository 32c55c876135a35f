import CMongoC

/// Why a call of the driver did not succeed.
enum MongoFailure: Error {
    /// The server said no; the connection goes on.
    case refused(code: Int, message: String)
    /// No server could be reached, so nothing was sent.
    case unreachable(message: String)
    /// The connection broke, or the answer did not come in time: what was sent may have been done or not.
    case lost(isTimeout: Bool, message: String)
    /// The change was made, and may be undone again, since not enough servers have kept it yet.
    case notKept(message: String)
    /// The program asked for something impossible, or got something unreadable.
    case other(StorageError)

    /// Reads an error of the library.
    ///
    /// - Parameters:
    ///   - elapsed: how long the call took.
    ///   - limit: how long the answer was waited for.
    init(_ error: bson_error_t, elapsed: Duration, limit: Duration) {
        let message = withUnsafePointer(to: error) { pointer in
            cmongoc_message(pointer).map { String(cString: $0) } ?? ""
        }
        let detail = "MongoDB: \(message)"
        switch mongoc_error_domain_t(error.domain) {
        case MONGOC_ERROR_SERVER_SELECTION, MONGOC_ERROR_POOL: self = .unreachable(message: detail)
        case MONGOC_ERROR_STREAM:
            let isSent =
                error.code != MONGOC_ERROR_STREAM_CONNECT.rawValue
                && error.code != MONGOC_ERROR_STREAM_NAME_RESOLUTION.rawValue
            // The library does not tell a time-out from a broken connection.
            self = isSent ? .lost(isTimeout: elapsed >= limit * 0.9, message: detail) : .unreachable(message: detail)
        case MONGOC_ERROR_CLIENT, MONGOC_ERROR_SASL, MONGOC_ERROR_SCRAM: self = .unreachable(message: detail)
        case MONGOC_ERROR_WRITE_CONCERN: self = .notKept(message: detail)
        case MONGOC_ERROR_SERVER: self = .refused(code: Int(error.code), message: detail)
        case MONGOC_ERROR_PROTOCOL: self = .lost(isTimeout: false, message: detail)
        default: self = .other(.invalidStatement(detail: detail))
        }
    }

    /// Whether trying again might be of use to a caller who has not waited long: a connection that was idle may have been
    /// closed long ago, and a server that steps down has another in its place soon.
    var isWorthAnotherTry: Bool {
        switch self {
        case .lost(let isTimeout, _): !isTimeout
        case .refused(let code, _): Self.steppingDown.contains(code)
        default: false
        }
    }

    /// What a caller is told.
    ///
    /// - Parameter isChange: whether the call was to change something.
    func storageError(isChange: Bool) -> StorageError {
        switch self {
        case .refused(let code, let message): Self.error(code: code, message: message)
        case .unreachable(let message): .unavailable(detail: message)
        case .lost(_, let message) where isChange: .uncertain(detail: message)
        case .lost(let isTimeout, let message): isTimeout ? .timeout(detail: message) : .unavailable(detail: message)
        case .notKept(let message): .uncertain(detail: message)
        case .other(let error): error
        }
    }

    /// Codes of a server that is no longer, or not yet, the one that takes changes.
    private static let steppingDown: Set<Int> = [91, 189, 10107, 11600, 11602, 13435, 13436]

    /// - Source: `error_codes.yml` of MongoDB; the numbers are part of its protocol.
    static func error(code: Int, message: String) -> StorageError {
        switch code {
        case 11000, 11001, 12582: .conflict(detail: message)
        case 121: .constraint(detail: message)
        case 50, 262: .timeout(detail: message)
        case 10334, 17280, 17419, 17420, 10003: .tooLarge(detail: message)
        case 14031: .full(detail: message)
        case 64, 100: .uncertain(detail: message)
        case 112, 251: .busy(detail: message)
        case 2, 9, 14, 40, 56, 57, 59, 72, 73: .invalidStatement(detail: message)
        // Among them 13 and 18: not allowed, and wrong user or password.
        default: .unavailable(detail: message)
        }
    }
}
