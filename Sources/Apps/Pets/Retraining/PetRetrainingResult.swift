public import Foundation
public import JSON
import Retraining

/// How a retraining ended.
public struct PetRetrainingResult: Sendable {
    /// What came of it.
    public enum Outcome: Sendable {
        /// It was not to be done.
        case skipped(reason: String)
        /// It would have been done.
        case simulated
        /// A model was trained and judged.
        case completed(Completion)
        /// It could not be done.
        case failed(reason: String)
    }

    /// A model that was trained and judged.
    public struct Completion: Sendable {
        /// Whether it answers from now on.
        public var isDeployed: Bool
        /// Epochs asked for.
        public var epochs: Int
        /// Part of the pictures held back that the new model told right, as the server shows pictures to it.
        public var accuracy: Double
        /// Mean binary cross entropy of the new model on them.
        public var loss: Double
        /// The same part for the model that answered before; 0 where none did.
        public var oldAccuracy: Double
        /// Pictures held back.
        public var pictures: Int
        /// Whether learning started from the weights of the model that answered.
        public var startedFromAnswering: Bool
        /// File of the new model, by its name in the folder of models.
        public var modelName: String
        /// The version of the new model in the registry; nil where it was not deployed.
        public var version: String?
        /// Figures of each epoch.
        public var history: [Epoch]
    }

    /// Figures of one epoch.
    public struct Epoch: Sendable {
        public var accuracy: Double
        public var validationAccuracy: Double
        public var loss: Double
        public var validationLoss: Double
    }

    /// What came of it.
    public var outcome: Outcome
    /// The feedback of the last days; nil where it was not looked at.
    public var statistics: PetFeedbackStatistics?
    /// When it began.
    public var startedAt: Date
    /// When it ended.
    public var endedAt: Date

    /// A run that did not get as far as looking at the feedback.
    public static func failed(_ reason: String) -> PetRetrainingResult {
        let now = Date()
        return PetRetrainingResult(
            outcome: .failed(reason: reason), statistics: nil, startedAt: now, endedAt: now)
    }

    /// The word that tells the outcome.
    public var status: String {
        switch outcome {
        case .skipped: "skipped"
        case .simulated: "simulated"
        case .completed: "completed"
        case .failed: "failed"
        }
    }
}

extension PetRetrainingResult: JSONRepresentable {
    public var json: JSONValue {
        var object = JSONObject([("status", .string(status))])
        let minutes = JSONValue.number(endedAt.timeIntervalSince(startedAt) / 60)
        switch outcome {
        case .skipped(let reason):
            object["reason"] = .string(reason)
        case .simulated:
            object["reason"] = "Mode simulation"
        case .failed(let reason):
            object["error"] = .string(reason)
            object["duration_minutes"] = minutes
        case .completed(let completion):
            completion.write(to: &object)
            object["feedback_count"] = .integer(statistics?.counts.total ?? 0)
            object["duration_minutes"] = minutes
        }
        if let statistics { object["statistics"] = statistics.json }
        object["timestamp"] = .string(RunMoment.iso(startedAt))
        return .object(object)
    }
}

extension PetRetrainingResult.Completion {
    fileprivate func write(to object: inout JSONObject) {
        object["deployment_status"] = isDeployed ? "deployed" : "not_deployed"
        object["retrain_epochs"] = .integer(epochs)
        object["final_accuracy"] = .number(accuracy)
        object["final_loss"] = .number(loss)
        object["old_model_accuracy"] = .number(oldAccuracy)
        object["improvement"] = .number(accuracy - oldAccuracy)
        object["validation_pictures"] = .integer(pictures)
        object["started_from_answering_model"] = .bool(startedFromAnswering)
        object["model_path"] = .string(modelName)
        object["version"] = version.json
        func list(_ path: KeyPath<PetRetrainingResult.Epoch, Double>) -> JSONValue {
            .array(history.map { .number($0[keyPath: path]) })
        }
        object["history"] = [
            "accuracy": list(\.accuracy), "val_accuracy": list(\.validationAccuracy), "loss": list(\.loss),
            "val_loss": list(\.validationLoss),
        ]
    }
}
