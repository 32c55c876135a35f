import JSON
public import Observability
public import Privacy
public import Storage

/// Gives tokens out and takes them back; every change is in the audit log.
///
/// Running servers follow within two seconds. To replace a token without a pause, create another of the same name, hand
/// it over, and revoke the old one by its id.
public struct TokenBook: Sendable {
    private let database: any SQLDatabase
    private let audit: AuditLog
    private let now: @Sendable () -> Timestamp

    /// The table of tokens.
    public static let schema = TokenTable.schema

    /// Why a token was not made or taken back.
    public enum Problem: Error, Equatable, CustomStringConvertible {
        /// The name cannot be used.
        case badName
        /// The end lies in the past.
        case alreadyExpired
        /// No token has this id or name.
        case unknown(String)
        /// The token was taken back before.
        case alreadyRevoked(String)
        /// Several active tokens have this name; these are their ids.
        case ambiguous(String, [ObjectID])

        public var description: String {
            switch self {
            case .badName:
                "a token's name has 1 to 64 characters, none of them a control character, and is not 24 digits like an id"
            case .alreadyExpired: "the token would be over before it begins"
            case .unknown(let name): "there is no token '\(name)'"
            case .alreadyRevoked(let name): "the token '\(name)' was revoked before"
            case .ambiguous(let name, let ids):
                "\(ids.count) active tokens have the name '\(name)'; give the id of one: "
                    + ids.map(\.description).joined(separator: ", ")
            }
        }
    }

    /// Opens the book, creating or updating its table.
    public init(
        _ database: any SQLDatabase, audit: AuditLog, now: @escaping @Sendable () -> Timestamp = { .now }
    ) async throws {
        self.database = database
        self.audit = audit
        self.now = now
        try await TokenTable.prepare(database)
    }

    /// Makes a token.
    ///
    /// - Parameters:
    ///   - name: whose it is; several tokens may share it.
    ///   - app: the app it is good for; nil for every app.
    ///   - expiresAt: when it stops to count; nil for never.
    /// - Returns: what is known of it, and its text, which is kept nowhere.
    /// - Throws: `Problem`, or `StorageError`.
    public func create(
        _ name: String, app: String? = nil, expiresAt: Timestamp? = nil
    ) async throws -> (token: BearerToken, text: Secret<String>) {
        guard Self.isUsable(name) else { throw Problem.badName }
        let created = now()
        if let expiresAt, expiresAt <= created { throw Problem.alreadyExpired }
        let (id, text) = (ObjectID.next(), TokenText())
        let insert: SQLStatement = """
            INSERT INTO identity_tokens (id, name, hash, hint, app, created_at, expires_at)
            VALUES (
                \(bind: id), \(bind: name), \(bind: TokenText.hash(text.secret.reveal())), \(bind: text.hint),
                \(bind: app), \(bind: created), \(bind: expiresAt))
            RETURNING *
            """
        let entry = audit.entry(
            .createToken, of: name, app: app,
            detail: ["id": id.json, "expires_at": (expiresAt?.iso8601(fraction: .none)).json])
        let results = try await database.write([insert, entry])
        guard let row = results.first?.rows.first else { throw StorageError.corrupt(detail: "no row came back") }
        return (try BearerToken(row), text.secret)
    }

    /// All tokens, those taken back and over too, the newest first.
    public func list() async throws -> [BearerToken] {
        try await database.query("SELECT * FROM identity_tokens ORDER BY created_at DESC, id DESC")
            .map(BearerToken.init)
    }

    /// Takes a token back for good.
    ///
    /// - Parameter nameOrID: an id, or the name of one active token.
    /// - Throws: `Problem`, or `StorageError`.
    public func revoke(_ nameOrID: String) async throws -> BearerToken {
        try await database.transaction { transaction in
            let token = try await find(nameOrID, transaction)
            let rows = try await transaction.query(
                "SELECT * FROM identity_tokens WHERE id = \(bind: token) AND revoked_at IS NULL")
            guard !rows.isEmpty else { throw Problem.alreadyRevoked(nameOrID) }
            let revoked = try await transaction.execute(
                "UPDATE identity_tokens SET revoked_at = \(bind: now()) WHERE id = \(bind: token) RETURNING *")
            guard let row = revoked.rows.first else { throw Problem.unknown(nameOrID) }
            let result = try BearerToken(row)
            try await transaction.execute(
                audit.entry(.revokeToken, of: result.name, app: result.app, detail: ["id": result.id.json]))
            return result
        }
    }

    /// How long tokens stay in the list that were revoked or are over.
    public static func retention(_ period: Duration?, in database: any SQLDatabase) -> RetentionRule {
        RetentionRule(name: "ended tokens", app: nil, period: period) { before, dryRun in
            try await TokenTable.prepare(database)
            return try await database.purge(
                "identity_tokens", key: "id", where: "revoked_at < \(bind: before) OR expires_at < \(bind: before)",
                dryRun: dryRun)
        }
    }

    private func find(_ nameOrID: String, _ transaction: any SQLTransaction) async throws -> ObjectID {
        if let id = ObjectID(nameOrID) {
            let rows = try await transaction.query("SELECT id FROM identity_tokens WHERE id = \(bind: id)")
            guard !rows.isEmpty else { throw Problem.unknown(nameOrID) }
            return id
        }
        guard Self.isUsable(nameOrID) else { throw Problem.unknown(nameOrID) }
        let moment = now()
        let tokens = try await transaction.query("SELECT * FROM identity_tokens WHERE name = \(bind: nameOrID)")
            .map(BearerToken.init)
        let active = tokens.filter { $0.state(at: moment) == .active }.map(\.id)
        if active.count > 1 { throw Problem.ambiguous(nameOrID, active.sorted()) }
        // Of tokens that are over, taking back one only tidies up.
        let candidates = active + tokens.filter { $0.revokedAt == nil }.map(\.id)
        if let id = candidates.first { return id }
        throw tokens.isEmpty ? Problem.unknown(nameOrID) : Problem.alreadyRevoked(nameOrID)
    }

    private static func isUsable(_ name: String) -> Bool {
        (1...64).contains(name.count) && name.utf8.count <= 256 && ObjectID(name) == nil
            && name.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) }
    }
}
