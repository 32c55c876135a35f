public import Observability
public import Storage

/// How long records of one kind are kept, and how those older are removed.
public struct RetentionRule: Sendable {
    /// What is kept, for people: `predictions`, `feedback`.
    public let name: String
    /// The app whose records they are; nil for the platform's own.
    public let app: String?
    /// How long they are kept; nil for ever.
    public let period: Duration?
    /// Removes what was made before a moment, or only counts it, and returns how many records that are.
    ///
    /// It works in small steps, so that it holds up nobody, and may be run again after it was cut short.
    public let purge: @Sendable (_ before: Timestamp, _ dryRun: Bool) async throws -> Int

    /// Makes a rule.
    public init(
        name: String, app: String?, period: Duration?,
        purge: @escaping @Sendable (_ before: Timestamp, _ dryRun: Bool) async throws -> Int
    ) {
        self.name = name
        self.app = app
        self.period = period
        self.purge = purge
    }

    /// Records made before this moment are too old; nil where they are kept for ever.
    public func limit(at now: Timestamp) -> Timestamp? {
        guard let period else { return nil }
        let (microseconds, overflow) = now.microseconds.subtractingReportingOverflow(period.wholeNanoseconds / 1000)
        return Timestamp(microseconds: overflow ? .min : microseconds)
    }
}

/// How long the operator wants records to be kept.
public struct RetentionSettings: Sendable, Equatable {
    /// Records of predictions; nil for ever. 180 days.
    public var inference: Duration? = .days(180)
    /// Feedback and corrections; nil for ever. 365 days.
    public var feedback: Duration? = .days(365)
    /// Entries of the audit log; nil for ever. 1095 days.
    public var audit: Duration? = .days(1095)
    /// Whether that also goes for the tables and files of a replaced backend, which its own tools may rely on.
    public var includesReplaced = false

    /// The defaults.
    public init() {}

    /// The period for predictions in a table of a replaced backend.
    public var replacedInference: Duration? { includesReplaced ? inference : nil }
    /// The period for feedback in a table of a replaced backend.
    public var replacedFeedback: Duration? { includesReplaced ? feedback : nil }
}

extension Duration {
    /// So many times 24 hours.
    public static func days(_ days: Int) -> Duration { .seconds(days) * 86_400 }
}

extension SQLDatabase {
    /// Removes the rows of a table that meet a condition, a few at a time so that no transaction is long.
    ///
    /// - Parameters:
    ///   - table: the table's name.
    ///   - key: a column that tells rows apart.
    ///   - condition: what comes after `WHERE`; an index should serve it.
    ///   - dryRun: whether rows are only counted.
    ///   - batch: how many rows are removed in one unit.
    /// - Returns: how many rows were removed, or would be.
    public func purge(
        _ table: String, key: String, where condition: SQLStatement, dryRun: Bool, batch: Int = 500
    ) async throws -> Int {
        if dryRun {
            let count: SQLStatement = "SELECT COUNT(*) AS n FROM \(name: table) WHERE \(part: condition)"
            return Int(try await query(count).first?.integer("n") ?? 0)
        }
        let removal: SQLStatement = """
            DELETE FROM \(name: table) WHERE \(name: key) IN (
                SELECT \(name: key) FROM \(name: table) WHERE \(part: condition) LIMIT \(bind: batch))
            """
        var removed = 0
        while true {
            try Task.checkCancellation()
            let changed = try await write(removal).changedRows
            removed += changed
            if changed < batch { return removed }
        }
    }
}
