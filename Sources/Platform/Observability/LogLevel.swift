/// How much a log line matters.
public enum LogLevel: Int, Sendable, Comparable, CaseIterable {
    /// For finding faults; off as a rule.
    case debug
    /// What happens in normal service.
    case info
    /// Something a person should look at some day.
    case warning
    /// Something failed.
    case error

    /// The name in the log, such as `warning`.
    public var name: String {
        switch self {
        case .debug: "debug"
        case .info: "info"
        case .warning: "warning"
        case .error: "error"
        }
    }

    /// The level of a name, in any case; `warn` counts.
    public init?(name: String) {
        let name = name.lowercased()
        guard let level = Self.allCases.first(where: { $0.name == name }) ?? (name == "warn" ? .warning : nil) else {
            return nil
        }
        self = level
    }

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
