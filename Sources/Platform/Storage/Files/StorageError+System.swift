import Foundation

extension StorageError {
    /// The error for a failed call of the operating system, by `errno`.
    ///
    /// - Parameter call: what was tried, for the log.
    static func system(_ call: String, code: Int32 = errno) -> StorageError {
        let detail = "\(call): \(String(cString: strerror(code)))"
        return switch code {
        case ENOENT: .notFound(detail: detail)
        case ENOSPC, EDQUOT, EFBIG: .full(detail: detail)
        case EROFS: .readOnly(detail: detail)
        case EISDIR, ENOTDIR, EEXIST, ENOTEMPTY: .conflict(detail: detail)
        // A link where a file or folder should be: someone else has been here.
        case ELOOP: .corrupt(detail: detail)
        default: .unavailable(detail: detail)
        }
    }
}
