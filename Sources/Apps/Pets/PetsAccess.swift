import Application
import HTTP
import Identity
import Observability

/// Who may predict, give feedback and see what was predicted.
struct PetsAccess: Sendable {
    /// The token that pages may fill in; nil unless it is the published one on a machine of one's own.
    let publishedToken: String?

    private let tokens: BearerTokens

    init(_ context: AppContext) async throws {
        publishedToken = context.access.isTokenPublished ? context.access.token?.reveal() : nil
        let known = context.access.token.map { [ConfiguredToken(name: "API_TOKEN", text: $0)] } ?? []
        tokens = try await BearerTokens(context.database, known: known, app: PetsApp.card.name)
    }

    /// Lets a request with a good token pass.
    ///
    /// - Returns: the token's name.
    /// - Throws: `APIError` in the original's words.
    @discardableResult
    func check(_ request: HTTPRequest) async throws -> String {
        // Says which header is missing or of another scheme exactly as the original's framework does.
        _ = try request.fastAPIBearer()
        switch await tokens.authenticate(request.header("Authorization")) {
        case .accepted(let name): return name
        case .unavailable: throw APIError(.tokensUnavailable, "Jetons non vérifiables : base de données absente")
        case .missing, .otherScheme, .malformed, .unknown, .revoked, .expired, .otherApp: throw APIError.invalidToken
        }
    }
}
