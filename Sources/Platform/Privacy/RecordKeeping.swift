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
    public init(
        _ database: any SQLDatabase, retention: RetentionSettings = RetentionSettings(),
        pseudonymSecret: Secret<String>? = nil, hidesFileNames: Bool = false
    ) async throws {
        audit = try await AuditLog(database)
        let pseudonymizer =
            if let pseudonymSecret { Pseudonymizer(secret: pseudonymSecret) } else {
                try await Pseudonymizer(keptIn: database)
            }
        names = StoredNames(pseudonymizer, arePseudonyms: hidesFileNames)
        self.retention = retention
    }
}
