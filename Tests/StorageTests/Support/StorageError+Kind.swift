import Storage

/// The name of the case of a storage error, to compare without what is private; nil for other errors.
func kind(of error: (any Error)?) -> String? {
    guard let error = error as? StorageError else { return nil }
    return switch error {
    case .notFound: "notFound"
    case .conflict: "conflict"
    case .constraint: "constraint"
    case .busy: "busy"
    case .timeout: "timeout"
    case .unavailable: "unavailable"
    case .uncertain: "uncertain"
    case .denied: "denied"
    case .readOnly: "readOnly"
    case .full: "full"
    case .tooLarge: "tooLarge"
    case .corrupt: "corrupt"
    case .invalidValue: "invalidValue"
    case .invalidStatement: "invalidStatement"
    case .newerSchema: "newerSchema"
    case .migrationFailed: "migrationFailed"
    }
}
