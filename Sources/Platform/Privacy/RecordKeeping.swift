public import Observability
public import Storage

/// How records that may concern people are dealt with: for how long, under which names, and where acts are told.
public struct RecordKeeping: Sendable {
    /// Where administrative acts are told.
    public let audit: AuditLog
    /// How names of files are kept and found again.
    public let names: StoredNames
    /// How long records are kept.
    public let retention: RetentionSettings

    /// Opens the tables this needs, creating or updating them.
    ///
    /// - Parameters:
    ///   - retention: how long records are kept.
    ///   - pseudonymSecret: what pseudonyms depend on; nil for a key that is made once and kept in the database.
    ///   - hidesFileNames: whether names of files are replaced by pseudonyms before they are kept.
    ///   - mayBeAway: whether a database that does not answer now is waited for. Then pseudonyms need a secret: their key
    ///     lies in the database.
    public init(
        _ database: any SQLDatabase, retention: RetentionSettings = RetentionSettings(),
        pseudonymSecret: Secret<String>? = nil, hidesFileNames: Bool = false,
        mayBeAway: Bool = false
    ) async throws {
        var pseudonymizer = pseudonymSecret.map(Pseudonymizer.init(secret:))
        var log = AuditLog(away: database)
        do {
            log = try await AuditLog(database)
            if pseudonymizer == nil { pseudonymizer = try await Pseudonymizer(keptIn: database) }
        } catch let error as StorageError {
            guard mayBeAway, error.isTemporary, pseudonymizer != nil || !hidesFileNames else { throw error }
        }
        audit = log
        names = StoredNames(pseudonymizer ?? Pseudonymizer(), arePseudonyms: hidesFileNames)
        self.retention = retention
    }
}
