import Application
import Feedback
import HTTP
import Imaging
import JSON
import Observability
import Privacy
import Registry
import Storage

/// What the original never told: several pictures at once, "neither", history, feedback by id and review.
extension PetsApp {
    var nativeRoutes: [Route] {
        let list = Schema.object(["predictions": .array(of: .any), "next": .string.nullable])
        let queue = Schema.object([
            "predictions": .array(of: .any), "next": .string.nullable, "waiting": .integer,
        ])
        return [
            Route(
                .get, "api/v1/session", summary: "What a page needs to know", tags: ["Native API"],
                responses: [Route.Response(200, "The token to fill in, if any, and the model")],
                handler: .async(tellSession)),
            Route(
                .post, "api/v1/predictions", summary: "Tell what several pictures show",
                description:
                    "At most \(Self.mostPictures) files. One that cannot be read has an `error` and its `error_code` "
                    + "instead of a label.",
                tags: ["Native API"], needsToken: true,
                body: .multipart(.object(["file": .file.described("May be given several times.")])),
                responses: [Route.Response(200, "In the order of the files", schema: list)],
                bodyLimit: limits.pictureBytes * 4 + Self.formOverhead, handler: .async(predictSeveral)),
            Route(
                .get, "api/v1/predictions", summary: "The latest predictions", tags: ["Native API"], needsToken: true,
                parameters: [
                    .query("limit", .integer.defaults(to: 20), "1 to 100."),
                    .query("after", .string, "`next` of the page before."),
                ], responses: [Route.Response(200, "The newest first", schema: list)], handler: .async(history)),
            Route(
                .get, "api/v1/predictions/{id}", summary: "One prediction", tags: ["Native API"], needsToken: true,
                parameters: [.path("id")],
                responses: [Route.Response(200, "The prediction"), Self.unknown], handler: .async(showPrediction)),
            Route(
                .post, "api/v1/predictions/{id}/feedback", summary: "Say whether a prediction was right",
                tags: ["Native API"], needsToken: true, parameters: [.path("id")],
                body: .json(
                    .object(
                        [
                            "feedback": .oneOf(["positive", "negative"]),
                            "label": .oneOf(Animal.allCases.map(\.rawValue)).described("What it really shows."),
                        ], required: ["feedback"])),
                responses: [Route.Response(200, "The prediction with the feedback"), Self.unknown],
                handler: .async(judgePrediction)),
            Route(
                .get, "api/v1/review", summary: "Predictions that most deserve a look, the most uncertain first",
                tags: ["Native API"], needsToken: true,
                parameters: [
                    .query("limit", .integer.defaults(to: 20), "1 to 100."),
                    .query("after", .string, "`next` of the page before."),
                ], responses: [Route.Response(200, "Those without feedback, and how many wait", schema: queue)],
                handler: .async(reviewQueue)),
            Route(
                .post, "api/v1/review/{id}/skip", summary: "Take a prediction out of the queue", tags: ["Native API"],
                needsToken: true,
                parameters: [.path("id")],
                responses: [Route.Response(200, "It is out"), Self.unknown], handler: .async(skipReview)),
        ]
    }

    private static let unknown = Route.Response(404, "There is no such prediction", schema: .detail)

    /// Pictures that one request may carry.
    private static let mostPictures = 16

    @Sendable private func tellSession(_ request: HTTPRequest) async throws -> HTTPResponse {
        let isLocal = ["127.0.0.1", "::1", "::ffff:127.0.0.1"].contains(request.remoteAddress)
        let live = await models.current()
        return .json(
            [
                "token": isLocal ? access.publishedToken.json : .null,
                "model": live.map { ["id": $0.version.id.json, "name": $0.version.name.json] } ?? .null,
                "most_pictures": Self.mostPictures.json, "most_bytes": limits.pictureBytes.json,
                "most_pixels": limits.picturePixels.json,
            ] as JSONValue)
    }

    @Sendable private func predictSeveral(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await access.check(request)
        let files = try request.form().parts.filter { $0.name == "file" && $0.fileName != nil }
        guard !files.isEmpty else { throw APIError(.invalidFields([.missing(["body", "file"])])) }
        guard files.count <= Self.mostPictures else {
            throw APIError(.invalidField, "\(files.count) files were sent; at most \(Self.mostPictures) are allowed")
        }
        guard let live = await models.current() else { throw APIError.noModel }
        let answers = try await withThrowingTaskGroup(of: (Int, JSONValue).self) { group in
            for (index, file) in files.enumerated() {
                group.addTask { (index, try await predictOne(file, with: live)) }
            }
            return try await group.reduce(into: [Int: JSONValue]()) { $0[$1.0] = $1.1 }
        }
        return .json(["predictions": .array(files.indices.compactMap { answers[$0] })] as JSONValue)
    }

    /// A failure of one picture is told in its place; only what concerns all of them fails the request.
    private func predictOne(_ file: FormPart, with live: LiveModel) async throws -> JSONValue {
        let name = file.fastAPIFileName ?? ""
        do {
            let (answer, id) = try await recorded(file, live) { try await service.read(file.bytes(), with: live) }
            var object = JSONObject([("id", id.json), ("filename", name.json)])
            let best = answer.reading.best
            object["label"] = best.animal.rawValue.json
            object["confidence"] = .number(best.probability)
            object["probabilities"] = .object(
                JSONObject(answer.reading.probabilities.map { ($0.animal.rawValue, .number($0.probability)) }))
            object["uncertainty"] = .number(Uncertainty(of: answer.reading.probabilities.map(\.probability)).entropy)
            object["score"] = .number(answer.reading.score)
            object["latency_ms"] = .number(answer.milliseconds)
            object["model_id"] = live.version.id.json
            return .object(object)
        } catch {
            guard let told = APIError.prediction(error), told.code == .predictionFailed else {
                throw APIError.prediction(error) ?? error
            }
            return [
                "id": nil, "filename": name.json, "label": nil, "error": .string("\(error)"),
                "error_code": .string((error as? ImageError)?.code ?? "model_failed"),
            ]
        }
    }

    @Sendable private func history(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await access.check(request)
        let (limit, cursor) = try Self.page(of: request)
        let log = try await log.value()
        return try await Self.json(try await log.recent(app: Self.card.name, limit: limit, after: cursor), log)
    }

    @Sendable private func reviewQueue(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await access.check(request)
        let (limit, cursor) = try Self.page(of: request)
        let log = try await log.value()
        let page = try await log.waiting(
            app: Self.card.name, order: .entropy, limit: limit, after: cursor, reviewer: nil, now: .now)
        return try await Self.json(page, log, waiting: try await log.waitingCount(app: Self.card.name))
    }

    @Sendable private func showPrediction(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await access.check(request)
        return try await answer(for: try Self.id(of: request))
    }

    private static let judgement = JSONBodyModel([
        .required("feedback", .literal(["positive", "negative"])),
        .optional("label", .literal(Animal.allCases.map(\.rawValue))),
    ])

    @Sendable private func judgePrediction(_ request: HTTPRequest) async throws -> HTTPResponse {
        let body = try request.fastAPIBody()
        try await access.check(request)
        let fields = try Self.judgement.read(body)
        let id = try Self.id(of: request)
        let feedback = FeedbackRecord(
            prediction: id, app: Self.card.name, agrees: fields["feedback"] == "positive",
            correction: fields["label"]?.stringValue)
        guard try await log.value().add(feedback) else { throw APIError(.notFound) }
        return try await answer(for: id)
    }

    @Sendable private func skipReview(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await access.check(request)
        let id = try Self.id(of: request)
        guard try await log.value().skip(id, app: Self.card.name) else { throw APIError(.notFound) }
        return try await answer(for: id)
    }

    private func answer(for id: ObjectID) async throws -> HTTPResponse {
        let log = try await log.value()
        guard let prediction = try await log.find(id, app: Self.card.name) else { throw APIError(.notFound) }
        return .json(prediction.json(feedback: try await log.feedback(on: [id]).last))
    }

    private static func json(
        _ page: Page<PredictionRecord>, _ log: SQLPredictionLog, waiting: Int? = nil
    ) async throws -> HTTPResponse {
        let feedback = try await log.feedback(on: page.items.map(\.id))
        let latest = Dictionary(feedback.compactMap { record in record.prediction.map { ($0, record) } }) { $1 }
        var object = JSONObject([
            ("predictions", .array(page.items.map { $0.json(feedback: latest[$0.id]) })),
            ("next", (page.next?.description).json),
        ])
        object["waiting"] = waiting?.json
        return .json(JSONValue.object(object))
    }

    private static func id(of request: HTTPRequest) throws -> ObjectID {
        guard let id = request.pathParameters["id"].flatMap({ ObjectID($0) }) else { throw APIError(.notFound) }
        return id
    }

    /// How many are wanted, and from where on.
    private static func page(of request: HTTPRequest) throws -> (limit: Int, cursor: PageCursor?) {
        let limit = request.query["limit"].map { Int($0) ?? 0 } ?? 20
        guard (1...100).contains(limit) else { throw APIError(.invalidField, "limit must be 1 to 100") }
        guard let after = request.query["after"] else { return (limit, nil) }
        guard let cursor = PageCursor(after) else {
            throw APIError(.invalidField, "after must be the `next` of another page")
        }
        return (limit, cursor)
    }
}
