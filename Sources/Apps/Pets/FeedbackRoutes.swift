import Application
import Feedback
import HTTP
import JSON
import Observability
import Privacy
import Storage

extension PetsApp {
    var feedbackRoutes: [Route] {
        [
            Route(
                .post, "api/feedback", summary: "Say whether a prediction was right", tags: ["Feedback"],
                needsToken: true,
                parameters: [
                    .header(
                        "X-Prediction-Id", .string, "The header of the prediction's answer, to judge that one too.")
                ],
                body: RequestBody(
                    [
                        .json(
                            .object(
                                [
                                    "feedback": .oneOf(["positive", "negative"]),
                                    "resultat_prediction": .number.described("What was answered, as a fraction."),
                                    "input_user": .string.described("What the picture is called."),
                                    "filename": .string.nullable.described("Accepted and ignored."),
                                ], required: ["feedback", "resultat_prediction", "input_user"]
                            ).named("Feedback"),
                            example: [
                                "feedback": "positive", "resultat_prediction": 0.8765, "input_user": "mon_image.jpg",
                            ])
                    ], refusesOthers: false),
                responses: [
                    Route.Response(200, "Received; `saved_to_db` tells whether it was stored", schema: .receipt),
                    Route.Response(401, "The token is wrong", schema: .detail),
                    Route.Response(403, "There is no token", schema: .detail),
                    Route.Response(422, "A field is missing or wrong", schema: .fieldProblems),
                ], handler: .async(receiveFeedback))
        ]
    }

    private static let fields = JSONBodyModel([
        .required("feedback", .literal(["positive", "negative"])), .required("resultat_prediction", .number),
        .required("input_user", .text), .optional("filename", .text),
    ])

    @Sendable private func receiveFeedback(_ request: HTTPRequest) async throws -> HTTPResponse {
        let body = try request.fastAPIBody()
        try await access.check(request)
        let fields = try Self.fields.read(body)
        let row = FeedbackRow(
            isPositive: fields["feedback"] == "positive", result: fields["resultat_prediction"]?.doubleValue ?? 0,
            input: records.names.stored(fields["input_user"]?.stringValue ?? ""), lastInference: inferences.last)
        let now = Timestamp.now
        return .json(
            [
                "status": "received", "feedback": fields["feedback"] ?? .null,
                "resultat_prediction": fields["resultat_prediction"] ?? .null,
                "input_user": fields["input_user"] ?? .null, "timestamp": .number(Double(now.microseconds) / 1e6),
                "saved_to_db": .bool(try await save(row, about: request.header("X-Prediction-Id"))),
            ] as JSONValue)
    }

    /// Whether a row is stored for certain; a client that names a prediction by its id also judges that.
    private func save(_ row: FeedbackRow, about id: String?) async throws -> Bool {
        do {
            try await feedback.insert(row)
            if let id = id.flatMap({ ObjectID($0) }) {
                _ = try await log.value().add(
                    FeedbackRecord(prediction: id, app: Self.card.name, agrees: row.isPositive))
            }
            return true
        } catch let error as StorageError {
            logger.error(
                "feedback was not stored", ["reason": .string(error.message), "detail": .string(error.detail)])
            return false
        }
    }
}
