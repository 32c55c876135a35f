import Application
import HTTP
import Inference
import JSON
import ModelFiles
import Observability
import Privacy
import Registry
import Storage

extension DigitsApp {
    var modelRoutes: [Route] {
        let fields = Schema.object(
            [
                "name": .string, "algo": .string, "format": .oneOf(["h5", "keras", "pickle"]).defaults(to: "h5"),
                "metrics": .any, "is_default": .boolean.defaults(to: false), "file": .file,
            ], required: ["name", "algo"])
        let refusals = [
            Route.Response(400, "A field is wrong, or the file cannot be used", schema: .detail),
            Route.Response(413, "The file is too large", schema: .detail),
        ]
        return [
            Route(
                .get, "api/v1/models", summary: "List the models", tags: ["Models"],
                responses: [Route.Response(200, "The newest first", schema: .array(of: .model))],
                handler: .async(listModels)),
            Route(
                .post, "api/v1/models", summary: "Add a model",
                description: "With `is_default` the file is read and tried first; if that fails nothing changes.",
                tags: ["Models"],
                body: RequestBody([.multipart(fields), .json(fields, limit: Self.largestDescription)]),
                responses: [Route.Response(201, "The model", schema: .model)] + refusals,
                bodyLimit: limits.modelBytes, deadline: .seconds(300), handler: .async(addModel)),
            Route(
                .post, "api/v1/models/import", summary: "Add a model of any format that is read",
                description: "The format is told from the file's content; a file that cannot answer is refused.",
                tags: ["Models"],
                body: .multipart(
                    .object(
                        [
                            "name": .string, "algo": .string, "is_default": .boolean, "file": .file,
                            "description": .string,
                        ],
                        required: ["name", "file"])),
                responses: [Route.Response(201, "The model and what was found in it", schema: .modelDetails)]
                    + refusals,
                bodyLimit: limits.modelBytes, deadline: .seconds(300), handler: .async(importModel)),
            Route(
                .get, "api/v1/models/{id}", summary: "What is known of a model",
                description: "Its layers and shapes, the values it is given, and how it did on drawn digits.",
                tags: ["Models"], parameters: [.path("id")],
                responses: [
                    Route.Response(200, "The model", schema: .modelDetails),
                    Route.Response(404, "There is no such model", schema: .detail),
                ], handler: .async(showModel)),
            Route(
                .patch, "api/v1/models/{id}/default", summary: "Let a model answer from now on", tags: ["Models"],
                parameters: [.path("id")],
                responses: [
                    Route.Response(200, "The model", schema: .model), refusals[0],
                    Route.Response(404, "There is no such model", schema: .detail),
                ], deadline: .seconds(300), handler: .async(chooseModel)),
            Route(
                .post, "api/v1/models/rollback", summary: "Go back to the model that answered before",
                tags: ["Models"],
                responses: [
                    Route.Response(200, "The model that answers now", schema: .model),
                    Route.Response(409, "There is no earlier model", schema: .detail),
                ], deadline: .seconds(300), handler: .async(rollBack)),
        ]
    }

    /// Largest description of a model beside its file, in bytes; lists carry those of all models.
    static let largestDescription = 1 << 20

    @Sendable private func listModels(_ request: HTTPRequest) async throws -> HTTPResponse {
        let (versions, answering) = try await models.list()
        return .json(versions.map { $0.json(isDefault: $0.id == answering, createdAt: $0.createdAt.stored) })
    }

    @Sendable private func addModel(_ request: HTTPRequest) async throws -> HTTPResponse {
        let description = try AppModels.Description(request)
        let upload = try Self.upload(of: request)
        let version = try await refusing { try await models.add(description, upload: upload) }
        return .json(version.json(isDefault: description.isDefault, createdAt: version.createdAt.fresh), status: 201)
    }

    @Sendable private func importModel(_ request: HTTPRequest) async throws -> HTTPResponse {
        guard let upload = try Self.upload(of: request) else {
            throw APIError(.invalidField, "Champ 'file' requis")
        }
        let form = try request.form()
        guard let name = form.text("name"), !name.isEmpty else { throw APIError(.invalidField, "Champ 'name' requis") }
        let description = AppModels.Description(
            name: name, algorithm: form.text("algo") ?? "", format: "",
            isDefault: AppModels.Description.isTrue(form.text("is_default")),
            statement: try Self.statement(form.text("description")))
        let live = try await refusing { try await models.import(description, upload: upload) }
        let details = ModelDetails(
            version: live.version, isDefault: description.isDefault, createdAt: live.version.createdAt.fresh,
            inspection: live.inspection)
        return .json(details.json, status: 201)
    }

    @Sendable private func showModel(_ request: HTTPRequest) async throws -> HTTPResponse {
        guard let id = request.pathParameters["id"].flatMap({ ObjectID($0) }) else { throw APIError(.notFound) }
        let answering = try await models.catalog.target(of: .default, in: models.app)
        guard let version = try await models.catalog.version(id, of: models.app) else { throw APIError(.notFound) }
        let details = ModelDetails(
            version: version, isDefault: id == answering, createdAt: version.createdAt.stored,
            inspection: try await models.inspection(of: version))
        return .json(details.json)
    }

    @Sendable private func chooseModel(_ request: HTTPRequest) async throws -> HTTPResponse {
        guard let id = request.pathParameters["id"].flatMap({ ObjectID($0) }) else { throw APIError(.notFound) }
        let version = try await refusing { try await models.live.point(.default, to: id) }
        return .json(version.json(isDefault: true, createdAt: version.createdAt.stored))
    }

    @Sendable private func rollBack(_ request: HTTPRequest) async throws -> HTTPResponse {
        let version = try await refusing { try await models.live.rollBack(.default) }
        return .json(version.json(isDefault: true, createdAt: version.createdAt.stored))
    }

    /// What the client says about the file; nil for nothing.
    private static func statement(_ text: String?) throws -> JSONValue? {
        guard let text, !text.isEmpty else { return nil }
        do {
            let statement = try JSONValue(parsing: text)
            _ = try ModelDescription(json: statement)
            return statement
        } catch {
            throw APIError(.invalidField, "Champ 'description' invalide : \(error)")
        }
    }

    /// The uploaded file; nil where the form has none or was sent without choosing one.
    private static func upload(of request: HTTPRequest) throws -> FormPart? {
        guard let part = request.multipart?.file("file"), part.fileName != "" || part.count > 0 else { return nil }
        guard part.count > 0 else { throw APIError(.unusableModel, "Le fichier du modèle est vide") }
        return part
    }

    /// Runs a change of the models and words its refusals for clients.
    private func refusing<Result>(_ change: () async throws -> Result) async throws -> Result {
        do {
            // The API asks nobody who they are.
            return try await AuditActor.$current.withValue(.anonymousClient) { try await change() }
        } catch RegistryError.unknownVersion {
            throw APIError(.notFound)
        } catch RegistryError.nothingToRollBack {
            throw APIError(.noEarlierModel, "Aucun modèle précédent")
        } catch let error as RegistryError {
            throw APIError(.unusableModel, "Modèle inutilisable : \(error)")
        } catch let error as InferenceError {
            throw APIError(inference: error)
        }
    }
}

extension APIError {
    /// What a client is told when a model cannot be loaded.
    init(inference error: InferenceError) {
        switch error {
        case .queueFull: self.init(.queueFull)
        case .stopped: self.init(.shuttingDown)
        default: self.init(.unusableModel, "Modèle inutilisable : \(error)")
        }
    }
}

extension AppModels.Description {
    private static let formats = ["h5", "keras", "pickle"]

    /// Reads the fields of a JSON object or a multipart form.
    ///
    /// - Throws: `APIError` in the original's words.
    init(_ request: HTTPRequest) throws {
        let fields: (String) -> JSONValue?
        if let form = request.multipart {
            fields = { name in form.text(name).map { .string($0) } }
        } else {
            let body = request.body.isEmpty ? [:] : try request.jsonBody()
            fields = { body[$0] }
        }
        guard let name = fields("name")?.stringValue, !name.isEmpty,
            let algorithm = fields("algo")?.stringValue, !algorithm.isEmpty
        else { throw APIError(.invalidField, "Champs 'name' et 'algo' requis") }
        let size = ["name", "algo", "metrics"].reduce(0) { $0 + (fields($1)?.bytes().count ?? 0) }
        guard size <= DigitsApp.largestDescription else {
            throw APIError(.bodyTooLarge(limit: DigitsApp.largestDescription))
        }
        let format = fields("format") ?? .null
        let wanted = format.isNull || format == "" ? "h5" : format.stringValue ?? ""
        guard Self.formats.contains(wanted) else { throw APIError(.invalidField, "format invalide") }
        self.init(
            name: name, algorithm: algorithm, format: wanted,
            metrics: Self.metrics(fields("metrics"), isForm: request.multipart != nil),
            isDefault: Self.isTrue(fields("is_default")?.text()))
    }

    /// A form's text counts as JSON where it is an object, else as the text it is.
    private static func metrics(_ value: JSONValue?, isForm: Bool) -> JSONValue {
        guard let value, !value.isNull else { return [:] }
        if isForm, let text = value.stringValue, let object = try? JSONValue(parsing: text), object.objectValue != nil {
            return object
        }
        return value
    }

    /// Whether a value means yes: `1`, `true` or `yes` in any case.
    static func isTrue(_ text: String?) -> Bool {
        let word = text?.lowercased().filter { $0 != "\"" }
        return ["1", "true", "yes"].contains(word)
    }
}

extension ModelVersion {
    /// The model in the original's words.
    func json(isDefault: Bool, createdAt: String) -> JSONValue {
        [
            "id": id.json, "name": name.json, "algo": algorithm.json, "format": digitsFormat.json, "metrics": metrics,
            "is_default": .bool(isDefault), "created_at": createdAt.json, "has_binary": .bool(file != nil),
        ]
    }
}
