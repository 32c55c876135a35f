import Application
import Foundation
import HTTP
import JSON

extension PetsApp {
    var predictionRoutes: [Route] {
        [
            Route(
                .post, "api/predict", summary: "Tell a cat from a dog", tags: ["Predictions"],
                parameters: [.authorization],
                body: RequestBody(
                    [.multipart(.object(["file": .file.described("A picture: JPEG, PNG, GIF, WebP or BMP.")]))],
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
        let start = ContinuousClock.now
        func note(_ isSuccess: Bool) {
            inferences.append(.init(milliseconds: start.duration(to: .now) / .milliseconds(1), isSuccess: isSuccess))
        }
        do {
            // Told before anything else, as in the original.
            guard let live = await models.current() else { throw APIError.noModel }
            guard file.contentType?.hasPrefix("image/") == true else { throw APIError.notAnImage }
            let answer = try await service.read(file.bytes(), with: live)
            note(true)
            return .json(answer.reading.originalJSON(fileName: file.fileName ?? ""))
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            note(false)
            throw APIError.prediction(error) ?? error
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
        String(format: "%.2f%%", share * 100)
    }
}
