public import HTTP
import Storage

extension APIErrorCode {
    /// The store cannot do it now.
    public static let storageUnavailable = APIErrorCode(
        name: "storage_unavailable", kind: .unavailable, status: 503, retryAfter: .seconds(1))
}

extension Route {
    /// The route, which tells clients of a store that does not answer instead of an internal error.
    public var tellingStorageErrors: Route {
        guard case .async(let handle) = handler else { return self }
        var route = self
        route.handler = .async { request in
            do {
                return try await handle(request)
            } catch let error as StorageError where error.isOutage {
                throw APIError(.storageUnavailable, error.message, detail: error.detail)
            }
        }
        return route
    }
}
