import Feedback
import Observability
import Storage

/// Predictions for tests.
enum Sample {
    /// A second after the midnight in UTC that begins 2026-11-20.
    static func time(_ second: Double) -> Timestamp {
        Timestamp(microseconds: 1_795_132_800_000_000 + Int64(second * 1e6))
    }

    /// A picture that is a dog to some share, and else a cat.
    static func prediction(
        dog: Double, latency: Double = 3.5, version: ObjectID? = nil, app: String = "pets", at second: Double = 0
    ) -> PredictionRecord {
        PredictionRecord(
            app: app, version: version, label: dog > 0.5 ? "Dog" : "Cat",
            scores: [ClassScore("Cat", 1 - dog), ClassScore("Dog", dog)], latencyMilliseconds: latency, input: nil,
            createdAt: time(second))
    }
}

extension SQLPredictionLog {
    /// Keeps many at a time.
    func insert(_ records: [PredictionRecord]) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for record in records { group.addTask { try await insert(record) } }
            try await group.waitForAll()
        }
    }
}
