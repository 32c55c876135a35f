import Foundation

extension StorageError {
    /// The error for a failed call while a store is being opened, when everything but the disk's state is a fault of the
    /// place it was told to use.
    static func unusable(_ call: String, code: Int32 = errno) -> StorageError {
        switch system(call, code: code) {
        case .full(let detail): .full(detail: detail)
        case .readOnly(let detail): .readOnly(detail: detail)
        case let other: .unavailable(detail: other.detail)
        }
    }

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
