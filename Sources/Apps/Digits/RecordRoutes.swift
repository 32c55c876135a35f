import HTTP
import JSON
import Observability
import Storage

extension DigitsApp {
    var recordRoutes: [Route] {
        [
            Route(
                .get, "api/v1/records", summary: "List the latest predictions", tags: ["Records"],
                parameters: [
                    .query("limit", .integer.defaults(to: 10), "How many; 0 means all. At most 1000 are given."),
                    .query("only", .oneOf(["correct", "wrong"]), "Only annotated ones that agree or disagree."),
                    .query("fields", .oneOf(["all"]), "`all` adds the truth, the latency and a small picture."),
                ],
                responses: [
                    Route.Response(200, "The newest first", schema: .array(of: .record)),
                    Route.Response(400, "`limit` is not a number", schema: .detail),
                ], handler: .async(records)),
            Route(
                .patch, "api/v1/records/{id}", summary: "Say what a drawing really shows", tags: ["Records"],
                parameters: [.path("id", .string, "The prediction's `id`.")],
                body: .json(
                    .object(["ground_truth": .integer.range(0, 9).nullable], required: ["ground_truth"]),
                    example: ["ground_truth": 4]),
                responses: [
                    Route.Response(200, "The record", schema: .record),
                    Route.Response(400, "`ground_truth` is missing or no digit", schema: .detail),
                    Route.Response(404, "There is no such record", schema: .detail),
                ], handler: .async(annotate)),
        ]
    }

    private static let largestPage = 1000

    @Sendable private func records(_ request: HTTPRequest) async throws -> HTTPResponse {
        let limit = try Self.limit(request.query["limit"])
        let filter = request.query["only"].flatMap(DrawingFilter.init)
        let isFull = request.query["fields"] == "all"
        let latest = try await drawings.latest(limit, filter: filter, pictures: isFull)
        return .json(latest.map { isFull ? $0.fullJSON : $0.json })
    }

    /// The rows to return, read as Python's `int` reads a number.
    static func limit(_ text: String?) throws -> Int {
        guard let text else { return 10 }
        var digits = text.drop(while: \.isWhitespace)
        while digits.last?.isWhitespace == true { digits.removeLast() }
        if digits.first == "+" { digits.removeFirst() }
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw APIError(.invalidField, "limit invalide")
        }
        guard let number = Int(digits), number > 0 else { return largestPage }
        return min(number, largestPage)
    }

    @Sendable private func annotate(_ request: HTTPRequest) async throws -> HTTPResponse {
        guard let id = request.pathParameters["id"].flatMap({ ObjectID($0) }) else { throw APIError(.notFound) }
        let invalid = APIError(.invalidField, "Champ 'ground_truth' invalide (entier de 0 à 9, ou null)")
        guard let value = try request.jsonBody()["ground_truth"] else { throw invalid }
        guard value.isNull || value.intValue.map((0...9).contains) == true else { throw invalid }
        guard let drawing = try await drawings.annotate(id, as: value.intValue) else { throw APIError(.notFound) }
        return .json(drawing.fullJSON)
    }
}

extension Drawing: JSONRepresentable {
    /// The record in the original's words.
    var json: JSONValue {
        [
            "id": id.json, "pred_digit": predictedDigit.json, "proba": probability.json,
            "created_at": .string(createdAt.stored), "model_id": modelID, "stub": .bool(isStub),
        ]
    }

    /// The record with what the original does not tell.
    var fullJSON: JSONValue {
        guard case .object(var members) = json else { return json }
        members["ground_truth"] = groundTruth.json
        members["latency_ms"] = latencyMilliseconds.json
        members["version"] = version.json
        members["image"] = seen.map { .string(SeenPicture.dataURL($0)) } ?? image.json
        return .object(members)
    }
}
