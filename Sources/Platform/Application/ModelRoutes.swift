public import HTTP
import Inference
import JSON
import ModelFiles
import Observability
public import Privacy
import Registry
import Storage

/// The native routes for an app's models: list, import, look at, choose, go back.
///
/// For apps whose replaced backend has no such routes of its own.
public struct ModelRoutes: Sendable {
    private let models: AppModels
    private let limits: AppLimits
    private let authorize: @Sendable (HTTPRequest) async throws -> AuditActor

    /// Declares the routes.
    ///
    /// - Parameter authorize: throws where a request may not see or change models; otherwise who sent it.
    public init(
        _ models: AppModels, limits: AppLimits,
        authorize: @escaping @Sendable (HTTPRequest) async throws -> AuditActor
    ) {
        self.models = models
        self.limits = limits
        self.authorize = authorize
    }

    /// The routes below the app's prefix.
    public var routes: [Route] {
        let refusal = Route.Response(400, "The file cannot be used; nothing has changed", schema: .modelRefusal)
        let unknown = Route.Response(404, "There is no such model", schema: .modelRefusal)
        return [
            Route(
                .get, "api/v1/models", summary: "List the models", tags: ["Models"],
                responses: [Route.Response(200, "The newest first", schema: .array(of: .any))], handler: .async(list)),
            Route(
                .post, "api/v1/models/import", summary: "Add a model of any format that is read",
                description: "The format is told from the file's content; a file that cannot answer is refused.",
                tags: ["Models"],
                body: .multipart(
                    .object(
                        [
                            "name": .string, "algorithm": .string, "is_default": .boolean, "file": .file,
                            "description": .string,
                        ], required: ["name", "file"])),
                responses: [Route.Response(201, "The model and what was found in it", schema: .any), refusal],
                bodyLimit: limits.modelBytes, deadline: .seconds(300), handler: .async(add)),
            Route(
                .get, "api/v1/models/history", summary: "Which models answered, and since when",
                description: "At most \(Self.mostMoves) changes.", tags: ["Models"],
                responses: [Route.Response(200, "The newest change first", schema: .array(of: .any))],
                handler: .async(tellHistory)),
            Route(
                .get, "api/v1/models/{id}", summary: "What is known of a model", tags: ["Models"],
                parameters: [.path("id")], responses: [Route.Response(200, "The model", schema: .any), unknown],
                handler: .async(show)),
            Route(
                .patch, "api/v1/models/{id}/default", summary: "Let a model answer from now on", tags: ["Models"],
                parameters: [.path("id")],
                responses: [Route.Response(200, "The model", schema: .any), refusal, unknown],
                deadline: .seconds(300), handler: .async(choose)),
            Route(
                .post, "api/v1/models/rollback", summary: "Go back to the model that answered before",
                tags: ["Models"],
                responses: [
                    Route.Response(200, "The model that answers now", schema: .any),
                    Route.Response(409, "There is no earlier model", schema: .modelRefusal),
                ], deadline: .seconds(300), handler: .async(rollBack)),
        ]
    }

    @Sendable private func list(_ request: HTTPRequest) async throws -> HTTPResponse {
        _ = try await authorize(request)
        let (versions, answering) = try await models.list()
        return .json(versions.map { $0.summary(isDefault: $0.id == answering) })
    }

    /// Changes that are told.
    private static let mostMoves = 50

    @Sendable private func tellHistory(_ request: HTTPRequest) async throws -> HTTPResponse {
        _ = try await authorize(request)
        let moves = try await models.catalog.history(of: .default, in: models.app, limit: Self.mostMoves)
        return .json(
            moves.map { ["model_id": $0.version.json, "since": $0.changedAt.iso8601().json] as JSONValue })
    }

    @Sendable private func show(_ request: HTTPRequest) async throws -> HTTPResponse {
        _ = try await authorize(request)
        let id = try Self.id(of: request)
        guard let version = try await models.catalog.version(id, of: models.app) else { throw APIError(.notFound) }
        let answering = try await models.catalog.target(of: .default, in: models.app)
        var details = version.summary(isDefault: id == answering).objectValue ?? JSONObject()
        details["inspection"] = try await models.inspection(of: version) ?? .null
        return .json(JSONValue.object(details))
    }

    @Sendable private func add(_ request: HTTPRequest) async throws -> HTTPResponse {
        let actor = try await authorize(request)
        let form = try request.form()
        guard let upload = form.file("file"), upload.count > 0 else {
            throw APIError(.invalidFields([.missing(["body", "file"])]))
        }
        guard let name = form.text("name"), !name.isEmpty else {
            throw APIError(.invalidFields([.missing(["body", "name"])]))
        }
        let description = AppModels.Description(
            name: name, algorithm: form.text("algorithm") ?? "",
            isDefault: ["1", "true", "yes"].contains(form.text("is_default")?.lowercased()),
            statement: try Self.statement(form.text("description")))
        let live = try await Self.refusing(actor) { try await models.import(description, upload: upload) }
        var details = live.version.summary(isDefault: description.isDefault).objectValue ?? JSONObject()
        details["inspection"] = live.inspection
        return .json(JSONValue.object(details), status: 201)
    }

    @Sendable private func choose(_ request: HTTPRequest) async throws -> HTTPResponse {
        let actor = try await authorize(request)
        let id = try Self.id(of: request)
        let version = try await Self.refusing(actor) { try await models.live.point(.default, to: id) }
        return .json(version.summary(isDefault: true))
    }

    @Sendable private func rollBack(_ request: HTTPRequest) async throws -> HTTPResponse {
        let actor = try await authorize(request)
        let version = try await Self.refusing(actor) { try await models.live.rollBack(.default) }
        return .json(version.summary(isDefault: true))
    }

    private static func id(of request: HTTPRequest) throws -> ObjectID {
        guard let id = request.pathParameters["id"].flatMap({ ObjectID($0) }) else { throw APIError(.notFound) }
        return id
    }

    /// What the client says about the file; nil for nothing.
    private static func statement(_ text: String?) throws -> JSONValue? {
        guard let text, !text.isEmpty else { return nil }
        do {
            let statement = try JSONValue(parsing: text)
            _ = try ModelDescription(json: statement)
            return statement
        } catch {
            throw APIError(.unusableModel, "The description cannot be used: \(error)")
        }
    }

    /// Runs a change of the models in someone's name and words its refusals for clients.
    private static func refusing<Result>(
        _ actor: AuditActor, _ change: () async throws -> Result
    ) async throws -> Result {
        do {
            return try await AuditActor.$current.withValue(actor) { try await change() }
        } catch RegistryError.unknownVersion {
            throw APIError(.notFound)
        } catch RegistryError.nothingToRollBack {
            throw APIError(.noEarlierModel, "There is no earlier model to go back to")
        } catch InferenceError.queueFull {
            throw APIError(.queueFull)
        } catch InferenceError.stopped {
            throw APIError(.shuttingDown)
        } catch let error as RegistryError {
            throw APIError(.unusableModel, "The model cannot be used: \(error)")
        } catch let error as InferenceError {
            throw APIError(.unusableModel, "The model cannot be used: \(error)")
        }
    }
}

extension APIErrorCode {
    /// A model file cannot be read, or does not fit the app.
    static let unusableModel = APIErrorCode(name: "unusable_model", kind: .invalidRequest, status: 400)
    /// The alias never pointed elsewhere.
    static let noEarlierModel = APIErrorCode(name: "no_earlier_model", kind: .conflict, status: 409)
}

extension Schema {
    fileprivate static let modelRefusal = Schema.object(["detail": .string])
}

extension ModelVersion {
    /// The version for lists.
    fileprivate func summary(isDefault: Bool) -> JSONValue {
        [
            "id": id.json, "name": name.json, "algorithm": algorithm.json, "format": format.json, "metrics": metrics,
            "is_default": .bool(isDefault), "created_at": createdAt.iso8601().json, "origin": origin.rawValue.json,
            "file": file.map { ["name": $0.name.json, "size": $0.size.json, "sha256": $0.hash.json] } ?? .null,
            "description": statement ?? .null, "preprocessing": (fit?.input).map(\.json) ?? .null,
            "framing": (fit?.framing).map(\.json) ?? .null,
        ]
    }
}
