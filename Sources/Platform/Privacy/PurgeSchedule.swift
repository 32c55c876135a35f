public import Observability
public import Storage
import Synchronization

/// Purges inside a server: soon after it started, and then once a day.
///
/// Servers on the same database take turns by a lease, so that a purge runs once and not once for each of them. One that
/// fails is tried again after a quarter of an hour.
public final class PurgeSchedule: Sendable {
    private let rules: [RetentionRule]
    private let audit: AuditLog
    private let lease: PurgeLease
    private let logger: Logger
    private let removed: Counter
    private let now: @Sendable () -> Timestamp
    private let task = Mutex<Task<Void, Never>?>(nil)

    /// From the end of a purge to the next.
    private static let period: Duration = .days(1)
    /// After a start a purge runs if the last one ended longer ago, so that a changed setting counts soon.
    private static let periodAfterStart: Duration = .seconds(3600)
    /// From one look whether a purge is due to the next.
    private static let interval: Duration = .seconds(900)

    /// Makes a schedule, which does nothing before `start`.
    ///
    /// - Parameters:
    ///   - database: where the lease is kept.
    ///   - name: names the rules; servers with the same one take turns.
    ///   - rules: what is kept for how long.
    ///   - audit: told of purges that removed something.
    ///   - now: the present moment.
    public init(
        _ database: any SQLDatabase, name: String, rules: [RetentionRule], audit: AuditLog, logger: Logger,
        metrics: Metrics, now: @escaping @Sendable () -> Timestamp = { .now }
    ) {
        self.rules = rules
        self.audit = audit
        lease = PurgeLease(database: database, name: name, holder: ObjectID.next().description)
        self.logger = logger
        removed = metrics.counter(
            "prunelle_purged_records_total", help: "Records removed because their retention was over.")
        self.now = now
    }

    deinit {
        task.withLock { $0?.cancel() }
    }

    /// Begins.
    ///
    /// - Parameter delay: from now to the first look whether a purge is due.
    public func start(after delay: Duration = .seconds(60)) {
        task.withLock { task in
            guard task == nil else { return }
            task = Task { [weak self] in
                guard (try? await Task.sleep(for: delay)) != nil else { return }
                var period = Self.periodAfterStart
                while !Task.isCancelled {
                    await self?.purgeIfDue(period)
                    period = Self.period
                    guard self != nil, (try? await Task.sleep(for: Self.interval)) != nil else { return }
                }
            }
        }
    }

    /// Whether it was begun and not ended.
    public var isRunning: Bool { task.withLock { $0 != nil } }

    /// Ends; a purge that runs stops after the rows it is at.
    public func stop() async {
        let running = task.withLock { task in
            defer { task = nil }
            task?.cancel()
            return task
        }
        await running?.value
    }

    /// Purges if the last purge of any server ended a while ago and none is at it.
    ///
    /// - Returns: what came of it; nil where it was not due.
    @discardableResult
    public func purgeIfDue(_ period: Duration = .days(1)) async -> [Purge.Outcome]? {
        let start = now()
        let due = Timestamp(microseconds: start.microseconds - period.wholeNanoseconds / 1000)
        do {
            guard try await lease.take(at: start, ifLastBefore: due) else { return nil }
        } catch {
            logger.warning("the purge could not begin; it is tried again", ["reason": .string("\(error)")])
            return nil
        }
        let outcomes = try? await Purge.run(rules, now: start, dryRun: false) { [lease, now] in
            // Without an answer the lease may still be ours, and purging twice harms nothing.
            (try? await lease.renew(at: now())) ?? true
        }
        // A stopping server must not take the lease with it: its end is told in a task that nobody cancels.
        await Task { await end(outcomes) }.value
        return outcomes
    }

    private func end(_ outcomes: [Purge.Outcome]?) async {
        let isWhole = outcomes.map { $0.count == rules.count && $0.allSatisfy { $0.failure == nil } } ?? false
        for outcome in outcomes ?? [] { tell(outcome) }
        do {
            try await lease.giveBack(finished: isWhole ? now() : nil)
            if let outcomes, outcomes.contains(where: { $0.count > 0 }) {
                try await audit.record(.purge, of: "retention", by: .server, detail: outcomes.auditDetail)
            }
        } catch {
            logger.error("the end of a purge could not be recorded", ["reason": .string("\(error)")])
        }
    }

    private func tell(_ outcome: Purge.Outcome) {
        let name = [outcome.rule.app, outcome.rule.name].compactMap(\.self).joined(separator: " ")
        if let failure = outcome.failure {
            logger.error("a purge failed", ["records": .string(name), "reason": .string("\(failure)")])
        } else if outcome.count > 0 {
            removed.increment(by: UInt64(outcome.count))
            logger.info("purged", ["records": .string(name), "count": .integer(outcome.count)])
        }
    }
}
