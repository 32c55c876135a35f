import Application
import Feedback
import Foundation
import HTTP
import Inference
import JSON
import Monitoring
import Privacy
import Registry
import Storage

extension PetsApp {
    var predictionRoutes: [Route] {
        [
            Route(
                .post, "api/predict", summary: "Tell a cat from a dog", tags: ["Predictions"],
                needsToken: true,
                body: RequestBody(
                    [.multipart(.object(["file": .file.described("A picture: JPEG, PNG, GIF, WebP, BMP or TIFF.")]))],
                    refusesOthers: false),
                responses: [
                    Route.Response(
                        200, "The prediction", schema: .prediction,
                        example: [
                            "filename": "mon_image.jpg", "prediction": "Dog", "confidence": "87.65%",
                            "probabilities": ["cat": "12.35%", "dog": "87.65%"],
                        ]),
                    Route.Response(400, "The part is not declared as a picture", schema: .detail),
                    Route.Response(401, "The token is wrong", schema: .detail),
                    Route.Response(403, "There is no token", schema: .detail),
                    Route.Response(422, "There is no part `file`", schema: .fieldProblems),
                    Route.Response(500, "The picture cannot be read", schema: .detail),
                    Route.Response(503, "No model answers, or too many predictions wait", schema: .detail),
                ],
                bodyLimit: limits.pictureBytes + Self.formOverhead, handler: .async(predict))
        ]
    }

    /// What a form may hold beside the picture, in bytes.
    static let formOverhead = 64 << 10

    @Sendable private func predict(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await access.check(request)
        let file = try request.fastAPIFile("file")
        let isPicture = file.contentType?.hasPrefix("image/") == true
        let start = ContinuousClock.now
        // To ask which model answers takes about as long as to decode a photo. So the model that answered last reads the
        // picture meanwhile, and its reading counts only if it is still the one.
        async let asked = models.current()
        let likely = isPicture ? models.latest : nil
        var early: Result<PetAnswer, any Error>?
        if let likely { early = await service.attempt(file.bytes, with: likely) }
        let live = await asked
        do {
            let (answer, id) = try await recorded(file, live, since: start) {
                // Told before anything else, as in the original.
                guard let live else { throw APIError.noModel }
                guard isPicture else { throw APIError.notAnImage }
                if let early, likely?.network === live.network { return try early.get() }
                return try await service.read(file.bytes(), with: live)
            }
            var response = HTTPResponse.json(answer.reading.originalJSON(fileName: file.fastAPIFileName ?? ""))
            response.headers["X-Prediction-Id"] = id.description
            return response
        } catch {
            throw APIError.prediction(error) ?? error
        }
    }

    /// Runs a prediction and keeps what became of it: a line of the monitoring file and a record, also of a failure.
    ///
    /// - Parameter start: when the work began.
    /// - Returns: the answer and the id of its record.
    func recorded(
        _ file: FormPart, _ live: LiveModel?, since start: ContinuousClock.Instant = .now,
        _ predict: () async throws -> PetAnswer
    ) async throws -> (PetAnswer, ObjectID) {
        let name = file.fastAPIFileName.map(records.names.stored)
        do {
            let answer = try await predict()
            let milliseconds = start.duration(to: .now) / .milliseconds(1)
            inferences.append(.init(milliseconds: milliseconds, isSuccess: true))
            let record = PredictionRecord(answer, input: name, milliseconds: milliseconds)
            _ = await journal.keep(record)
            return (answer, record.id)
        } catch InferenceError.cancelled {
            throw CancellationError()
        } catch let error where !(error is CancellationError) {
            let milliseconds = start.duration(to: .now) / .milliseconds(1)
            inferences.append(.init(milliseconds: milliseconds, isSuccess: false))
            _ = await journal.keep(
                PredictionRecord(error, version: live?.version.id, input: name, milliseconds: milliseconds))
            throw error
        }
    }
}

extension PetReading {
    /// The prediction in the original's words: shares of cat and dog as texts, each rounded by itself.
    func originalJSON(fileName: String) -> JSONValue {
        let isDog = score > 0.5
        return [
            "filename": .string(fileName), "prediction": isDog ? "Dog" : "Cat",
            "confidence": .string(Self.percent(isDog ? score : 1 - score)),
            "probabilities": ["cat": .string(Self.percent(1 - score)), "dog": .string(Self.percent(score))],
        ]
    }

    private static func percent(_ share: Double) -> String {
        DecimalText.of(share * 100, digits: 2) + "%"
    }
}
