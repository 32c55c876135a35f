/// Why a store could not do what it was asked.
///
/// `message` is fit for a stranger. `detail`, which may hold statements, keys, paths and the words of the operating
/// system, is for the log only; printing the error as text leaves it out.
public enum StorageError: Error, Sendable, Equatable {
    /// There is no such object.
    case notFound(detail: String = "")
    /// A value that must be unique is taken, or a key is both an object and a folder.
    case conflict(detail: String = "")
    /// A rule of the schema does not hold: a missing value, an unknown reference, a failed check.
    case constraint(detail: String = "")
    /// Too much work is waiting; nothing was done, and a later try may succeed.
    case busy(detail: String = "")
    /// The deadline passed; nothing was done.
    case timeout(detail: String = "")
    /// The store is closed, cannot be reached or reports a fault.
    case unavailable(detail: String = "")
    /// The connection broke while a change was being kept: it may have been done or not.
    ///
    /// Only a store on the other side of a connection can leave this open. Doing the same again is safe only where
    /// doing it twice is.
    case uncertain(detail: String = "")
    /// The store does not accept the keys it was asked with, or they may not do this: for an operator to set right.
    case denied(detail: String = "")
    /// The store does not accept changes.
    case readOnly(detail: String = "")
    /// There is no room left; nothing was done.
    case full(detail: String = "")
    /// A value is larger than the store, or the caller, accepts.
    case tooLarge(detail: String = "")
    /// What was stored cannot be read back as what it should be.
    case corrupt(detail: String = "")
    /// A value cannot be stored as it is; `message` says which rule it breaks and is public.
    case invalidValue(message: String)
    /// A statement is wrong, or does what it may not do where it is run: a mistake in the program.
    case invalidStatement(detail: String = "")
    /// The tables were written by a newer version of the program.
    case newerSchema(namespace: String, migration: String)
    /// A migration stopped; it and those after it were not applied.
    case migrationFailed(namespace: String, migration: String, detail: String = "")
}

extension StorageError {
    /// What went wrong, without anything private.
    public var message: String {
        switch self {
        case .notFound: "It is not in the store."
        case .conflict: "A value that must be unique is already taken."
        case .constraint: "A rule of the database does not hold for this change."
        case .busy: "The store has too much work waiting; try again."
        case .timeout: "The store did not answer in time."
        case .unavailable: "The store is not available."
        case .uncertain: "The connection to the store broke; the change may have been kept or not."
        case .denied: "The store refuses access."
        case .readOnly: "The store does not accept changes."
        case .full: "The store has no room left."
        case .tooLarge: "The value is too large for the store."
        case .corrupt: "What was stored cannot be read."
        case .invalidValue(let message): message
        case .invalidStatement: "The store was asked in a way it does not understand."
        case .newerSchema(let namespace, let migration):
            "The \(namespace) tables come from a newer version of the program (they have \(migration)); "
                + "start that version, or restore a backup made before the update."
        case .migrationFailed(let namespace, let migration, _):
            "The \(namespace) tables could not be updated: \(migration) failed and was undone."
        }
    }

    /// What went wrong in the words of the driver, for the log; it may be empty.
    public var detail: String {
        switch self {
        case .notFound(let detail), .conflict(let detail), .constraint(let detail), .busy(let detail),
            .timeout(let detail), .unavailable(let detail), .uncertain(let detail), .denied(let detail),
            .readOnly(let detail), .full(let detail), .tooLarge(let detail), .corrupt(let detail),
            .invalidStatement(let detail),
            .migrationFailed(_, _, let detail):
            detail
        case .invalidValue, .newerSchema: ""
        }
    }

    /// Whether the same call may succeed later without anyone changing anything.
    public var isTemporary: Bool {
        switch self {
        case .busy, .timeout, .unavailable: true
        default: false
        }
    }

    /// Whether the store, and not what it was asked, is at fault; a change may have been made all the same.
    public var isOutage: Bool {
        if case .uncertain = self { true } else { isTemporary }
    }
}

extension StorageError: CustomStringConvertible, CustomDebugStringConvertible {
    public var description: String { message }
    public var debugDescription: String { message }
}
