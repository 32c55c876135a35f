import Application
import HTTP
import JSON
import Storage

extension DigitsApp {
    var predictionRoutes: [Route] {
        let schema = Schema.object(
            ["image": .string.described("A picture as a data URL."), "model_id": .any], required: ["image"])
        let body = RequestBody([
            .json(schema, example: ["image": .string(SeenPicture.example), "model_id": nil]), .form(schema),
            .multipart(schema),
        ])
        let failures = [
            Route.Response(400, "The picture is missing or cannot be read", schema: .detail),
            Route.Response(413, "The picture is too large", schema: .detail),
            Route.Response(415, "The body is of another type", schema: .detail),
            Route.Response(503, "Too many predictions are waiting", schema: .detail),
        ]
        return [
            Route(
                .post, "api/v1/predict", summary: "Read a digit and keep the prediction", tags: ["Predictions"],
                body: body, responses: [Route.Response(200, "The prediction", schema: .prediction)] + failures,
                bodyLimit: limits.dataURLBodyBytes, handler: .async(predict)),
            Route(
                .post, "api/v1/preview", summary: "Read a digit and keep nothing",
                description: "Also gives all ten probabilities and the 28×28 picture the model was given.",
                tags: ["Predictions"], body: body,
                responses: [Route.Response(200, "The reading", schema: .preview)] + failures,
                bodyLimit: limits.dataURLBodyBytes, handler: .async(preview)),
        ]
    }

    @Sendable private func predict(_ request: HTTPRequest) async throws -> HTTPResponse {
        let input = try PredictionInput(request)
        let (drawing, answer) = try await service.predict(
            input.image, picture: input.picture, modelID: input.modelID)
        return .json(
            [
                "id": drawing.id.json, "digit": drawing.predictedDigit.json, "proba": drawing.probability.json,
                "model_id": input.modelID, "latency_ms": answer.latencyMilliseconds.json,
                "using_model": .bool(!drawing.isStub),
            ] as JSONValue)
    }

    @Sendable private func preview(_ request: HTTPRequest) async throws -> HTTPResponse {
        let input = try PredictionInput(request)
        let answer = try await service.read(input.picture, modelID: input.modelID)
        let reading = answer.reading
        return .json(
            [
                "digit": (reading?.digit).json, "proba": .number(reading?.probability ?? 0),
                "probabilities": (reading?.probabilities).json,
                "input": (reading?.seen).map { .string(SeenPicture.dataURL($0)) } ?? .null,
                "model_id": (answer.version).json, "latency_ms": answer.latencyMilliseconds.json,
                "using_model": .bool(reading != nil),
            ] as JSONValue)
    }
}

/// What a client sends to have a digit read, as JSON or as a form.
struct PredictionInput {
    let image: String
    let picture: [UInt8]
    let modelID: JSONValue

    /// Largest `model_id` in bytes of JSON.
    private static let largestModelID = 4 << 10

    /// - Throws: `APIError` in the original's words.
    init(_ request: HTTPRequest) throws {
        let fields = try Self.fields(of: request)
        guard let image = fields.image, DataURL.isImage(image) else {
            throw APIError(.missingPicture, "Champ 'image' (dataURL) requis")
        }
        guard let picture = DataURL.bytes(of: image) else {
            throw APIError(.invalidPicture, "Champ 'image' (dataURL) invalide")
        }
        // It is stored and listed with the record, so that what is large must stay out.
        guard fields.modelID.isNull || fields.modelID.bytes().count <= Self.largestModelID else {
            throw APIError(.invalidField, "Champ 'model_id' trop long : \(Self.largestModelID) octets au plus")
        }
        self.image = image
        self.picture = picture
        modelID = fields.modelID
    }

    private static func fields(of request: HTTPRequest) throws -> (image: String?, modelID: JSONValue) {
        if request.mediaType != "application/json" {
            let form = try request.form()
            return (form.text("image"), form.text("model_id").map { .string($0) } ?? .null)
        }
        // REST framework takes an empty body for an empty object.
        let body = request.body.isEmpty ? [:] : try request.jsonBody()
        return (body["image"]?.stringValue, body["model_id"] ?? .null)
    }
}
