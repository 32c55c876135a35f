import HTTP
import Inference
import Observability
import Registry
import Storage

/// The answer to one picture.
struct PetAnswer: Sendable {
    let reading: PetReading
    /// The model that answered.
    let live: LiveModel
    /// Time from the start of the work.
    let milliseconds: Double
}

/// Tells what pictures show and counts that.
struct PredictionService: Sendable {
    let models: PetModels
    let reader: PetReader
    let logger: Logger
    let metrics: Metrics

    /// Whether a model can answer now.
    func isReady() async -> Bool { await models.current() != nil }

    /// Predicts with the model that answers.
    ///
    /// - Throws: `APIError.noModel`; `ImageError` or `InferenceError` where the picture or the model fails.
    func read(_ picture: [UInt8]) async throws -> PetAnswer {
        guard let live = await models.current() else { throw APIError.noModel }
        return try await read(picture, with: live)
    }

    /// Predicts with a model.
    func read(_ picture: [UInt8], with live: LiveModel) async throws -> PetAnswer {
        let start = ContinuousClock.now
        do {
            let reading = try await reader.read(picture, with: live)
            let elapsed = start.duration(to: .now)
            count(live, outcome: "answered")
            metrics.histogram(
                "prunelle_prediction_seconds", help: "Time from picture to probabilities.",
                labels: ["app": "pets", "version": live.version.id.description]
            ).observe(elapsed / .seconds(1))
            return PetAnswer(reading: reading, live: live, milliseconds: elapsed / .milliseconds(1))
        } catch {
            count(live, outcome: error is InferenceError ? "failed" : "refused")
            throw error
        }
    }

    /// Predicts with a model, for a caller that decides later whether it wants to know how that went.
    func attempt(_ picture: () throws -> [UInt8], with live: LiveModel) async -> Result<PetAnswer, any Error> {
        do { return .success(try await read(picture(), with: live)) } catch { return .failure(error) }
    }

    private func count(_ live: LiveModel, outcome: String) {
        metrics.counter(
            "prunelle_predictions_total", help: "Predictions by app, model version and outcome.",
            labels: ["app": "pets", "version": live.version.id.description, "outcome": outcome]
        ).increment()
    }
}
