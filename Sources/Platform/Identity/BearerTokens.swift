public import Observability
import Privacy
public import Storage

/// Tells whether requests carry a token that counts.
///
/// Tokens of the configuration are compared first and need no database. Those given out by `TokenBook` are read from the
/// database at most once a second, however many requests there are, and a request costs no query of its own:
///
/// - A token revoked anywhere stops to count within two seconds. A new one counts within a tenth of a second and the
///   time of a query.
/// - While the database does not answer, the tokens read last count for five minutes more; those that only the database
///   can know are then `unavailable`. The configured ones count always.
///
/// Hashes are compared in constant time, and all of them, whether one was found or not.
public struct BearerTokens: Sendable {
    private let roster: TokenRoster
    private let app: String?
    private let known: HashedSecrets<String>
    /// Makes hashes of configured tokens, which may be short, useless elsewhere.
    private let key: [UInt8]
    private let now: @Sendable () -> Timestamp

    /// Opens the tokens of a database, creating or updating their table.
    ///
    /// A database that does not answer now does not matter: it is asked again.
    ///
    /// - Parameters:
    ///   - known: tokens of the configuration.
    ///   - app: the app that asks; tokens given out for others do not count.
    ///   - now: the present moment, for the end of tokens.
    ///   - clock: a clock that never goes back, for the age of what was read.
    ///   - patience: how long a request waits for the database.
    /// - Throws: `StorageError` that another try would not mend.
    public init(
        _ database: any SQLDatabase, known: [ConfiguredToken] = [], app: String? = nil,
        now: @escaping @Sendable () -> Timestamp = { .now },
        clock: @escaping @Sendable () -> MonotonicTime = { .now }, patience: Duration = .seconds(1)
    ) async throws {
        let key = RandomBytes.make(32)
        self.key = key
        self.known = HashedSecrets(known.map { (Blake2b.hash($0.text.reveal().utf8, key: key), $0.name) })
        self.app = app
        self.now = now
        roster = TokenRoster(database, now: now, clock: clock, patience: patience)
        try await roster.open()
    }

    /// Judges the `Authorization` header of a request; nil where it has none.
    public func authenticate(_ header: String?) async -> TokenVerdict {
        switch AuthorizationHeader(header) {
        case .missing: .missing
        case .withoutCredentials: .malformed
        case .otherScheme: .otherScheme
        case .tooLong: .unknown
        case .bearer(let text): await judge(text)
        }
    }

    private func judge(_ text: String) async -> TokenVerdict {
        if let name = known.find(Blake2b.hash(text.utf8, key: key)) { return .accepted(name) }
        guard TokenText.isPlausible(text) else { return .unknown }
        let hash = TokenText.hash(text)
        // A token that is not among those read may have been made a moment ago.
        for age in [TokenRoster.freshness, TokenRoster.freshnessForStrangers] {
            guard let tokens = await roster.tokens(noOlderThan: age) else { return .unavailable }
            if let token = tokens.find(hash) { return verdict(on: token) }
        }
        return roster.isCutOff ? .unavailable : .unknown
    }

    private func verdict(on token: BearerToken) -> TokenVerdict {
        let moment = now()
        switch token.state(at: moment) {
        case .revoked: return .revoked
        case .expired: return .expired
        case .active: break
        }
        guard token.app == nil || app == nil || token.app == app else { return .otherApp }
        if token.lastUsedOn ?? "" < moment.day { roster.noteUse(of: token.id, on: moment.day) }
        return .accepted(token.name)
    }
}
