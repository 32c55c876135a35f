import Application
import Feedback
import HTTP
import JSON
import Monitoring
import Observability
import Storage

/// Figures of all predictions, not only of those with feedback as the original's.
extension PetsApp {
    var monitoringRoutes: [Route] {
        [
            Route(
                .get, "api/v1/monitoring", summary: "Figures, days, versions and drift",
                description: "Made anew every 15 seconds at most. Days are in UTC.", tags: ["Monitoring"],
                needsToken: true,
                parameters: [.query("days", .oneOf(["1", "7", "30", "90"]), "The window; 7.")],
                responses: [Route.Response(200, "The report")], handler: .async(report)),
            Route(
                .get, "api/v1/monitoring.csv", summary: "The figures of each day for a spreadsheet",
                tags: ["Monitoring"], needsToken: true,
                responses: [Route.Response(200, "One line a day", schema: .string, contentType: "text/csv")],
                handler: .async(exportDays)),
            Route(
                .get, "api/v1/predictions.csv", summary: "The latest predictions for a spreadsheet",
                description: "At most \(Self.mostExported), the newest first. Text that a program might take for a "
                    + "formula begins with an apostrophe.",
                tags: ["Monitoring"], needsToken: true,
                responses: [Route.Response(200, "One line a prediction", schema: .string, contentType: "text/csv")],
                handler: .async(exportPredictions)),
        ]
    }

    private static let mostExported = 10_000

    @Sendable private func report(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await access.check(request)
        let days = request.query["days"] ?? "7"
        guard ["1", "7", "30", "90"].contains(days) else {
            throw APIError(.invalidField, "days must be 1, 7, 30 or 90")
        }
        return .json(try await reports.value(days))
    }

    @Sendable private func exportDays(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await access.check(request)
        let report = try await reports.value("7")
        var text = CSVLine.bytes(
            [
                "day", "requests", "answered", "refused", "failed", "latency_mean_ms", "latency_p50_ms",
                "latency_p90_ms", "latency_p99_ms", "mean_confidence", "agreeing", "disagreeing",
            ].map(CSVCell.text))
        for (day, figures) in report.days {
            let latency = figures.latency
            text += CSVLine.bytes([
                .text(day.date), .integer(figures.requests), .integer(figures.answered), .integer(figures.refused),
                .integer(figures.failed), .of(latency.mean), .of(latency.percentiles[50]), .of(latency.percentiles[90]),
                .of(latency.percentiles[99]),
                .of(figures.meanConfidence), .integer(figures.agreement.agreeing),
                .integer(figures.agreement.disagreeing),
            ])
        }
        return Self.file(text, named: "monitoring.csv")
    }

    @Sendable private func exportPredictions(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await access.check(request)
        let log = try await log.value()
        var text = CSVLine.bytes(
            ["id", "created_at", "filename", "label", "confidence", "uncertainty", "latency_ms", "model_id"]
                .map(CSVCell.text))
        var cursor: PageCursor?
        var count = 0
        repeat {
            let page = try await log.recent(app: Self.card.name, limit: 500, after: cursor)
            for prediction in page.items {
                text += CSVLine.bytes([
                    .text(prediction.id.description), .text(prediction.createdAt.iso8601()),
                    .text(prediction.input ?? ""), .text(prediction.label ?? ""), .of(prediction.confidence),
                    .of(prediction.uncertainty?.entropy), .number(prediction.latencyMilliseconds),
                    .text(prediction.version?.description ?? ""),
                ])
            }
            count += page.items.count
            cursor = page.next
        } while cursor != nil && count < Self.mostExported
        return Self.file(text, named: "predictions.csv")
    }

    private static func file(_ text: [UInt8], named name: String) -> HTTPResponse {
        var response = HTTPResponse.bytes(text, contentType: "text/csv; charset=utf-8")
        response.headers["Content-Disposition"] = "attachment; filename=\"\(name)\""
        return response
    }
}

extension CSVCell {
    /// A number that may be unknown.
    fileprivate static func of(_ number: Double?) -> CSVCell { number.map(CSVCell.number) ?? .empty }
}
