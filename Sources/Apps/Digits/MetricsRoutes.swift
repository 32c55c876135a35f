import HTTP
import JSON

extension DigitsApp {
    var metricsRoutes: [Route] {
        [
            Route(
                .get, "api/v1/metrics/overview", summary: "Count predictions by digit", tags: ["Metrics"],
                responses: [
                    Route.Response(
                        200, "Only digits that occur, ascending",
                        example: ["total_records": 3, "predicted_distribution": [["digit": 7, "count": 3]]])
                ], handler: .async(overview)),
            Route(
                .get, "api/v1/metrics/summary", summary: "Accuracy, confusion, days and latency",
                description: "Accuracy counts annotated records; days are the latest 30 in UTC; latencies in "
                    + "milliseconds are of the latest 1000 records.",
                tags: ["Metrics"], responses: [Route.Response(200, "The figures")], handler: .async(summary)),
        ]
    }

    @Sendable private func overview(_ request: HTTPRequest) async throws -> HTTPResponse {
        let overview = try await drawings.overview()
        let distribution: [JSONValue] = overview.distribution.map { ["digit": $0.digit.json, "count": $0.count.json] }
        return .json(
            ["total_records": overview.total.json, "predicted_distribution": .array(distribution)] as JSONValue)
    }

    @Sendable private func summary(_ request: HTTPRequest) async throws -> HTTPResponse {
        let summary = try await drawings.summary()
        let days: [JSONValue] = summary.days.map { day in
            [
                "day": day.day.json, "count": day.count.json, "mean_proba": day.meanProbability.json,
                "mean_latency_ms": day.meanLatencyMilliseconds.json,
            ]
        }
        let accuracy = summary.annotated == 0 ? nil : Double(summary.correct) / Double(summary.annotated)
        return .json(
            [
                "total": summary.total.json, "annotated": summary.annotated.json, "correct": summary.correct.json,
                "accuracy": accuracy.json, "confusion": summary.confusion.json, "daily": .array(days),
                "latency_ms": [
                    "p50": summary.latency(percentile: 0.5).json, "p95": summary.latency(percentile: 0.95).json,
                    "p99": summary.latency(percentile: 0.99).json,
                ],
            ] as JSONValue)
    }
}
