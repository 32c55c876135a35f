import Application
import Feedback
public import Privacy
import Storage

extension PetsApp {
    /// Predictions and feedback of the native API go by age; the original's table only where the operator says so.
    public var retention: [RetentionRule] {
        let app = Self.card.name
        return [
            RetentionRule(name: "predictions", app: app, period: records.retention.inference) {
                [log] before, dryRun in
                try await log.value().purge(.predictions, before: before, app: app, isDryRun: dryRun)
            },
            RetentionRule(name: "feedback", app: app, period: records.retention.feedback) { [log] before, dryRun in
                try await log.value().purge(.feedback, before: before, app: app, isDryRun: dryRun)
            },
            RetentionRule(name: "feedback_user", app: app, period: records.retention.replacedFeedback) {
                [feedback] before, dryRun in
                try await feedback.purge(before: before, dryRun: dryRun)
            },
            RetentionRule(name: "monitoring_inference.csv", app: app, period: records.retention.replacedInference) {
                [inferences] before, dryRun in
                inferences.purge(before: before, dryRun: dryRun)
            },
        ]
    }

    /// Removes predictions and feedback by the name of their picture, in every form it may have been kept.
    public func erase(subject: String, dryRun: Bool) async throws -> Int {
        let forms = records.names.forms(of: subject)
        var count = try await feedback.erase(forms, dryRun: dryRun)
        for form in forms {
            count += try await log.value().erase(subject: form, app: Self.card.name, isDryRun: dryRun)
        }
        return count
    }
}
