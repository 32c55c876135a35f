import Application
import Feedback
import HTTP
import Imaging
import Inference
import JSON
import Observability
import Registry
import Storage

extension PredictionRecord {
    /// A prediction that a model answered.
    init(_ answer: PetAnswer, input: String?, milliseconds: Double) {
        self.init(
            app: PetsApp.card.name, version: answer.live.version.id, label: answer.reading.best.animal.rawValue,
            scores: answer.reading.probabilities.map { ClassScore($0.animal.rawValue, $0.probability) },
            latencyMilliseconds: milliseconds, input: input)
    }

    /// A request that got no prediction.
    init(_ error: any Error, version: ObjectID?, input: String?, milliseconds: Double) {
        self.init(
            app: PetsApp.card.name, version: version, without: Self.outcome(of: error),
            latencyMilliseconds: milliseconds, input: input)
    }

    private static func outcome(of error: any Error) -> PredictionOutcome {
        switch error {
        case is ImageError: .refused(reason: "unreadable")
        case let error as APIError where error.code == .notAnImage: .refused(reason: "not_an_image")
        case let error as APIError where error.code == .noModel: .failed(reason: "no_model")
        case InferenceError.queueFull: .failed(reason: "busy")
        default: .failed(reason: "model_failed")
        }
    }

    /// The prediction in the native API, with what was said of it.
    func json(feedback: FeedbackRecord?) -> JSONValue {
        [
            "id": id.json, "created_at": createdAt.iso8601().json, "filename": input.json, "label": label.json,
            "confidence": confidence.json, "uncertainty": (uncertainty?.entropy).json,
            "probabilities": scores.isEmpty
                ? .null : .object(JSONObject(scores.map { ($0.label, .number($0.score)) })),
            "latency_ms": .number(latencyMilliseconds), "model_id": version.json, "outcome": outcome.json,
            "feedback": feedback.map { ["agrees": .bool($0.agrees), "label": $0.correction.json] } ?? .null,
        ]
    }
}

extension PredictionOutcome {
    fileprivate var json: JSONValue {
        switch self {
        case .success: "success"
        case .refused(let reason), .failed(let reason): .string(reason)
        }
    }
}
