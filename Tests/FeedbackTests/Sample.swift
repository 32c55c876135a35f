import Feedback
import Observability
import Storage

/// Predictions for tests.
enum Sample {
    /// A second of a day in 2026.
    static func time(_ second: Int64) -> Timestamp { Timestamp(microseconds: (1_795_000_000 + second) * 1_000_000) }

    /// A picture that is a dog to some share, and else a cat.
    static func prediction(
        dog: Double, app: String = "pets", version: ObjectID? = nil, input: String? = nil, at second: Int64 = 0
    ) -> PredictionRecord {
        PredictionRecord(
            app: app, version: version, label: dog > 0.5 ? "Dog" : "Cat",
            scores: [ClassScore("Cat", 1 - dog), ClassScore("Dog", dog)], latencyMilliseconds: 3.5, input: input,
            createdAt: time(second))
    }
}
