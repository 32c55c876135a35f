public import JSON
public import Observability
public import Storage

/// The record of administrative acts: who did what, when, and to what.
///
/// Entries are only added; the database refuses to change them, and they leave by their own retention only. They hold no
/// data of the people whose pictures are judged: what was erased, for instance, appears as a pseudonym.
public struct AuditLog: Sendable {
    /// The database once its tables are there.
    private let database: Eventually<any SQLDatabase>
    private let now: @Sendable () -> Timestamp

    /// Longest subject in characters; the rest is cut off.
    private static let longestSubject = 200

    /// Opens the log, creating or updating its table.
    ///
    /// - Parameter mayBeAway: whether a database that does not answer now is asked again at the first entry.
    public init(
        _ database: any SQLDatabase, mayBeAway: Bool = false, now: @escaping @Sendable () -> Timestamp = { .now }
    ) async throws {
        self.database = Eventually {
            try await PrivacyTables.prepare(database)
            return database
        }
        self.now = now
        do {
            _ = try await self.database.value()
        } catch let error as StorageError where mayBeAway && error.isTemporary {
            // The next entry finds out again.
        }
    }

    /// Keeps an act; `entry` does so in the same unit as the act itself.
    ///
    /// - Parameters:
    ///   - act: what was done.
    ///   - subject: what it was done to; at most 200 characters are kept.
    ///   - app: the app concerned; nil for the whole server.
    ///   - actor: who did it; the one for whom the present task works.
    ///   - detail: what else is worth knowing.
    public func record(
        _ act: AuditAct, of subject: String, app: String? = nil, by actor: AuditActor = .current,
        detail: JSONValue = [:]
    ) async throws {
        try await database.value().write(entry(act, of: subject, app: app, by: actor, detail: detail))
    }

    /// The statement that keeps an act, for writing it together with the change it tells of: both or neither.
    public func entry(
        _ act: AuditAct, of subject: String, app: String? = nil, by actor: AuditActor = .current,
        detail: JSONValue = [:]
    ) -> SQLStatement {
        """
        INSERT INTO privacy_audit (at, actor, act, app, subject, detail)
        VALUES (
            \(bind: now()), \(bind: actor.text), \(bind: act.name), \(bind: app),
            \(bind: String(subject.prefix(Self.longestSubject))), \(bind: detail))
        """
    }

    /// The latest entries, the newest first.
    ///
    /// - Parameters:
    ///   - app: only those of an app.
    ///   - number: only those before an entry, for reading on.
    public func latest(_ limit: Int, app: String? = nil, before number: Int64? = nil) async throws -> [AuditEntry] {
        var statement: SQLStatement = "SELECT * FROM privacy_audit WHERE number < \(bind: number ?? .max)"
        if let app { statement += " AND app = \(bind: app)" }
        statement += " ORDER BY number DESC LIMIT \(bind: limit)"
        return try await database.value().query(statement).map(Self.entry)
    }

    /// How long entries stay.
    public func retention(_ period: Duration?) -> RetentionRule {
        RetentionRule(name: "audit log", app: nil, period: period) { [database] before, dryRun in
            try await database.value().purge(
                "privacy_audit", key: "number", where: "at < \(bind: before)", dryRun: dryRun)
        }
    }

    private static func entry(_ row: SQLRow) throws -> AuditEntry {
        AuditEntry(
            number: try row.get("number"), at: try row.get("at"), actor: AuditActor(text: try row.get("actor")),
            act: AuditAct(try row.text("act")), app: try row.get("app"), subject: try row.get("subject"),
            detail: try row.get("detail"))
    }
}
