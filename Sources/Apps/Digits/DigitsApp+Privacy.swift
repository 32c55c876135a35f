import Application
public import Privacy
import Storage

extension DigitsApp {
    /// Drawings are kept for ever, as the replaced backend does, unless the operator wants otherwise.
    public var retention: [RetentionRule] {
        [
            RetentionRule(name: "drawings", app: Self.card.name, period: periods.replacedInference) {
                [drawings] before, dryRun in
                try await drawings.purge(before: before, corrected: false, dryRun: dryRun)
            },
            RetentionRule(name: "corrected drawings", app: Self.card.name, period: periods.replacedFeedback) {
                [drawings] before, dryRun in
                try await drawings.purge(before: before, corrected: true, dryRun: dryRun)
            },
        ]
    }

    /// Removes a drawing by its id: the app knows nothing else about who drew it.
    public func erase(subject: String, dryRun: Bool) async throws -> Int {
        guard let id = ObjectID(subject) else { return 0 }
        return try await drawings.remove(id, dryRun: dryRun) ? 1 : 0
    }
}
