import Application
import HTTP
import Observability

/// Who may predict, give feedback and see what was predicted.
struct PetsAccess: Sendable {
    /// The token that pages may fill in; nil unless it is the published one on a machine of one's own.
    let publishedToken: String?

    private let isAccepted: @Sendable (_ header: String) async -> Bool

    init(_ context: AppContext) {
        let token = context.access.token?.reveal()
        publishedToken = context.access.isTokenPublished ? token : nil
        isAccepted = { header in
            token.map { header == "Bearer \($0)" } ?? false
        }
    }

    /// Lets a request with a good token pass.
    ///
    /// - Throws: `APIError` in the original's words.
    func check(_ request: HTTPRequest) async throws {
        _ = try request.fastAPIBearer()
        guard await isAccepted(request.header("Authorization") ?? "") else { throw APIError.invalidToken }
    }
}
