import HTTP
import JSON
import Storage

extension PetsApp {
    var figureRoutes: [Route] {
        [
            Route(
                .get, "api/metrics/daily", summary: "Figures of the latest 30 days that have feedback",
                tags: ["Metrics"],
                responses: [
                    Route.Response(200, "The newest day first", schema: .array(of: .day)),
                    Route.Response(500, "The database does not answer", schema: .detail),
                ], handler: .async(daily)),
            Route(
                .get, "api/metrics/7d", summary: "Figures of the last seven days", tags: ["Metrics"],
                responses: [
                    Route.Response(200, "The figures", schema: .week),
                    Route.Response(500, "The database does not answer", schema: .detail),
                ], handler: .async(week)),
        ]
    }

    @Sendable private func daily(_ request: HTTPRequest) async throws -> HTTPResponse {
        do {
            return .json(try await feedback.days().map(\.dayJSON))
        } catch let error as StorageError {
            throw APIError.figures(error)
        }
    }

    @Sendable private func week(_ request: HTTPRequest) async throws -> HTTPResponse {
        do {
            return .json(try await feedback.week().weekJSON)
        } catch let error as StorageError {
            throw APIError.figures(error)
        }
    }
}

extension FeedbackFigures {
    /// One day in the original's words; every number is a float there.
    var dayJSON: JSONValue {
        [
            "day": day.json, "inf_count": .number(Double(count)), "inf_success": .number(Double(successes)),
            "inf_errors": .number(Double(errors)), "inf_latency_avg_ms": meanLatency.json,
            "inf_latency_p50_ms": latencies[0].json, "inf_latency_p90_ms": latencies[1].json,
            "inf_latency_p99_ms": latencies[2].json, "feedback_pos": .number(Double(positive)),
            "feedback_neg": .number(Double(negative)),
        ]
    }

    /// The week in the original's words; sums over no rows are null there.
    var weekJSON: JSONValue {
        [
            "as_of": day.json, "inf_7d": .number(Double(count)), "latency_avg_ms_7d": meanLatency.json,
            "latency_p90_ms_7d": latencies[1].json,
            "fb_pos_7d": count == 0 ? .null : .number(Double(positive)),
            "fb_neg_7d": count == 0 ? .null : .number(Double(negative)),
        ]
    }
}
