import Foundation
import JSON
import Observability
import TestSupport
import Testing

@Suite("/api/v1/metrics", .timeLimit(.minutes(10)))
struct MetricsTests {
    @Test("the overview counts digits that occur, ascending, and all records", arguments: DigitsStore.allCases)
    func overview(store: DigitsStore) async throws {
        let server = try await DigitsServer(.on(store))
        #expect(
            try await server.get("/api/v1/metrics/overview") == ["total_records": 0, "predicted_distribution": []])
        for digit in [7, 3, 7, 7, 0] { try await server.insert(digit, createdAt: 1) }
        // Without a model there is no digit to count.
        _ = try await server.predict(Picture.upright)
        #expect(
            try await server.get("/api/v1/metrics/overview") == [
                "total_records": 6,
                "predicted_distribution": [
                    ["digit": 0, "count": 1], ["digit": 3, "count": 1], ["digit": 7, "count": 3],
                ],
            ])
    }

    @Test("the summary of nothing has all its fields and no figures", arguments: DigitsStore.allCases)
    func emptySummary(store: DigitsStore) async throws {
        let server = try await DigitsServer(.on(store))
        let row: JSONValue = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        #expect(
            try await server.get("/api/v1/metrics/summary") == [
                "total": 0, "annotated": 0, "correct": 0, "accuracy": nil,
                "confusion": .array([JSONValue](repeating: row, count: 10)), "daily": [],
                "latency_ms": ["p50": nil, "p95": nil, "p99": nil],
            ])
    }

    @Test(
        "the summary counts annotations by true and predicted digit, days, and latencies",
        arguments: DigitsStore.allCases
    )
    func summary(store: DigitsStore) async throws {
        let server = try await DigitsServer(.on(store))
        let today = Timestamp.now.microseconds
        for latency in 1...100 {
            let truth: Int? = latency <= 3 ? 4 : latency == 4 ? 9 : nil
            try await server.insert(4, createdAt: today, truth: truth, latency: latency, probability: 0.75)
        }
        try await server.insert(1, createdAt: today - 400 * 86_400_000_000, latency: 1)
        let summary = try await server.get("/api/v1/metrics/summary")
        #expect(summary["total"] == 101)
        #expect(summary["annotated"] == 4)
        #expect(summary["correct"] == 3)
        #expect(summary["accuracy"] == 0.75)
        #expect(summary["confusion"]?[4]?[4] == 3)
        #expect(summary["confusion"]?[9]?[4] == 1)
        let days = try #require(summary["daily"]?.arrayValue)
        #expect(days.count == 1)
        #expect(days.first?.keys == ["count", "day", "mean_latency_ms", "mean_proba"])
        #expect(days.first?["count"] == 100)
        #expect(days.first?["mean_proba"] == 0.75)
        #expect(days.first?["mean_latency_ms"] == 50.5)
        #expect(days.first?["day"]?.stringValue?.wholeMatch(of: /\d{4}-\d\d-\d\d/) != nil)
        // 101 latencies: 1, 1, 2, 3, … 100. The nearest ranks are the 51st, the 96th and the 100th.
        #expect(summary["latency_ms"] == ["p50": 50, "p95": 95, "p99": 99])
    }

    @Test("predictions are counted by version and outcome for Prometheus", arguments: DigitsStore.allCases)
    func counters(store: DigitsStore) async throws {
        let server = try await DigitsServer(.on(store))
        _ = try await server.predict(Picture.upright)
        let model = try await server.addModel(SampleModels.strokes, isDefault: true)
        _ = try await server.predict(Picture.upright)
        _ = try await server.predict(Picture.level)
        let text = server.metrics.prometheusText()
        let id = try #require(model["id"]?.stringValue)
        #expect(
            text.contains(#"prunelle_predictions_total{app="digits",version="none",outcome="no_model"} 1"#), "\(text)")
        #expect(text.contains(#"prunelle_predictions_total{app="digits",version="\#(id)",outcome="answered"} 2"#))
        #expect(text.contains(#"prunelle_prediction_seconds_count{app="digits",version="\#(id)"} 2"#))
    }
}
