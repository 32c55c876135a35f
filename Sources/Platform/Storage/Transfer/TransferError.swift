/// Why data is not moved, backed up or restored. The texts are for whoever operates the program.
public enum TransferError: Error, Equatable, Sendable {
    /// A table's rows cannot be walked through: a mistake in the program.
    case noPrimaryKey(table: String)
    /// No order of the tables satisfies their references: a mistake in the program.
    case circularReferences(tables: [String])
    /// There is nothing of this program.
    case emptySource
    /// The tables have steps of a newer program, or of a part this one does not have.
    case newerSchema(namespace: String, migration: String)
    /// The tables lack steps.
    case olderSchema(namespace: String)
    /// The target holds something else.
    case targetHasData(String)
    /// Another migration or restore has begun here and not ended.
    case unfinished(source: String)
    /// A value is not of its column's kind, as only a foreign program could have stored it.
    case misfit(table: String, column: String)
    /// The source was written to while it was copied.
    case sourceChanged([String])
    /// What was read back from the target is not what was put there.
    case targetDiffers([String])
    /// An archive cannot be used.
    case badArchive(String)
    /// An archive cannot be written.
    case unwritableArchive(StorageError)
}

extension TransferError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noPrimaryKey(let table): "the table \(table) has no primary key, so its rows cannot be moved"
        case .circularReferences(let tables):
            "the tables \(tables.joined(separator: ", ")) refer to each other in a circle, so they cannot be moved"
        case .emptySource: "the source holds nothing of this program"
        case .newerSchema(let namespace, let migration):
            "the \(namespace) tables come from a newer version of the program (they have \(migration)); use that version"
        case .olderSchema(let namespace):
            "the \(namespace) tables come from an older version of the program; start the server on them once, which "
                + "brings them up to date, and run this again"
        case .targetHasData(let what):
            "the target is not empty: it has \(what) that the source has not; name a new one, or empty it"
        case .unfinished(let source):
            "a copy from \(source) has begun here and not ended; finish it, or empty the target"
        case .misfit(let table, let column):
            "a row of \(table) has a value in \(column) that is not of the column's type; correct or remove it"
        case .sourceChanged(let what):
            "the source was written to meanwhile (\(what.joined(separator: ", "))); stop the servers that use it and run "
                + "this again, which copies it anew"
        case .targetDiffers(let what):
            "the target does not hold what was copied (\(what.joined(separator: ", "))); is somebody else writing to it?"
        case .badArchive(let reason): "the archive cannot be used: \(reason)"
        case .unwritableArchive(.full): "the archive cannot be written: its disk has no room left"
        case .unwritableArchive(let error):
            "the archive cannot be written\(error.detail.isEmpty ? "" : ": \(error.detail)")"
        }
    }
}
