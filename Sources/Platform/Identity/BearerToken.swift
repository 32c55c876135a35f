public import Observability
public import Storage

/// What is known of a token that was given out; the token itself is not.
public struct BearerToken: Sendable, Equatable {
    /// Names it in commands.
    public let id: ObjectID
    /// Whose it is, in the operator's words.
    public let name: String
    /// Its first characters.
    public let hint: String
    /// The app it is good for; nil for every app.
    public let app: String?
    /// When it was made.
    public let createdAt: Timestamp
    /// When it stops to count; nil for never.
    public let expiresAt: Timestamp?
    /// When it was taken back; nil where it was not.
    public let revokedAt: Timestamp?
    /// The day of its last use by UTC, as `2026-11-21`; nil where it was never used.
    public let lastUsedOn: String?

    /// Whether it counts.
    public enum State: String, Sendable {
        case active, expired, revoked
    }

    /// Whether it counts at a moment.
    public func state(at now: Timestamp) -> State {
        if revokedAt != nil { return .revoked }
        return expiresAt.map { $0 <= now } == true ? .expired : .active
    }

    init(_ row: SQLRow) throws {
        id = try row.get("id")
        name = try row.get("name")
        hint = try row.get("hint")
        app = try row.get("app")
        createdAt = try row.get("created_at")
        expiresAt = try row.get("expires_at")
        revokedAt = try row.get("revoked_at")
        lastUsedOn = try row.get("last_used_on")
    }
}

extension Timestamp {
    /// The day by UTC, as `2026-11-21`.
    var day: String { String(iso8601(fraction: .none).prefix(10)) }
}
