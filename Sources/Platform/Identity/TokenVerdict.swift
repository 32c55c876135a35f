/// What became of a request's token.
public enum TokenVerdict: Sendable, Equatable {
    /// The token is good; its name says whose it is.
    case accepted(String)
    /// There is no `Authorization` header, or it is empty.
    case missing
    /// The header has a scheme other than `Bearer`, with credentials.
    case otherScheme
    /// The header has a scheme and nothing after it.
    case malformed
    /// Nobody knows the token.
    case unknown
    /// The token was taken back.
    case revoked
    /// The token's time is over.
    case expired
    /// The token is good for another app only.
    case otherApp
    /// The database does not answer, and the token may be one of those that only it knows.
    case unavailable

    /// The name of an accepted token; nil for all else.
    public var acceptedName: String? {
        if case .accepted(let name) = self { name } else { nil }
    }
}
