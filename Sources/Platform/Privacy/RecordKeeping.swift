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

    /// The tables of the audit log, the purges and the pseudonyms.
    public static let schema = PrivacyTables.schema

    /// Opens the tables this needs, creating or updating them.
    ///
    /// - Parameters:
    ///   - retention: how long records are kept.
    ///   - pseudonymSecret: what pseudonyms depend on; nil for a key that is made once and kept in the database.
    ///   - hidesFileNames: whether names of files are replaced by pseudonyms before they are kept.
    ///   - mayBeAway: whether a database that does not answer now is no obstacle; unless names are to be hidden by the key
    ///     that only it has.
    public init(
        _ database: any SQLDatabase, retention: RetentionSettings = RetentionSettings(),
        pseudonymSecret: Secret<String>? = nil, hidesFileNames: Bool = false, mayBeAway: Bool = false
    ) async throws {
        audit = try await AuditLog(database, mayBeAway: mayBeAway)
        let pseudonymizer: Pseudonymizer
        if let pseudonymSecret {
            pseudonymizer = Pseudonymizer(secret: pseudonymSecret)
        } else {
            do {
                pseudonymizer = try await Pseudonymizer(keptIn: database)
            } catch let error as StorageError where mayBeAway && !hidesFileNames && error.isTemporary {
                // Nothing is kept under a pseudonym then, and the commands that look for them need the database.
                pseudonymizer = Pseudonymizer(secret: Secret(""))
            }
        }
        names = StoredNames(pseudonymizer, arePseudonyms: hidesFileNames)
        self.retention = retention
    }
}
