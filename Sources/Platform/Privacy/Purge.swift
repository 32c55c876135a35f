public import JSON
public import Observability

/// Removes what is older than its rule allows.
public enum Purge {
    /// What came of one rule.
    public struct Outcome: Sendable {
        /// The rule.
        public let rule: RetentionRule
        /// Records made before this were too old; nil where the rule keeps them for ever.
        public let before: Timestamp?
        /// How many were removed, or would be.
        public let count: Int
        /// Why the rule could not be carried out.
        public let failure: (any Error)?
    }

    /// Carries out every rule; one that fails does not keep the others from being carried out.
    ///
    /// - Parameters:
    ///   - rules: what is kept for how long.
    ///   - now: the present moment.
    ///   - dryRun: whether records are only counted.
    ///   - mayGoOn: asked before each rule; on false the rest is left.
    /// - Throws: `CancellationError` only.
    public static func run(
        _ rules: [RetentionRule], now: Timestamp, dryRun: Bool,
        while mayGoOn: @Sendable () async -> Bool = { true }
    ) async throws -> [Outcome] {
        var outcomes: [Outcome] = []
        for rule in rules {
            guard await mayGoOn() else { break }
            guard let before = rule.limit(at: now) else {
                outcomes.append(Outcome(rule: rule, before: nil, count: 0, failure: nil))
                continue
            }
            do {
                let count = try await rule.purge(before, dryRun)
                outcomes.append(Outcome(rule: rule, before: before, count: count, failure: nil))
            } catch let error as CancellationError {
                throw error
            } catch {
                outcomes.append(Outcome(rule: rule, before: before, count: 0, failure: error))
            }
        }
        return outcomes
    }
}

extension [Purge.Outcome] {
    /// How many records of each rule, for the audit log; rules that found none are left out.
    public var auditDetail: JSONValue {
        .array(
            filter { $0.count > 0 || $0.failure != nil }.map { outcome in
                [
                    "app": outcome.rule.app.json, "records": outcome.rule.name.json, "count": outcome.count.json,
                    "before": (outcome.before?.iso8601(fraction: .none)).json,
                    "failed": .bool(outcome.failure != nil),
                ]
            })
    }
}
