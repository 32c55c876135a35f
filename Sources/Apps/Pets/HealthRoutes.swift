import HTTP
import JSON
import Registry

extension PetsApp {
    var healthRoutes: [Route] {
        let health = Schema.object(["status": .oneOf(["healthy"]), "model_loaded": .boolean]).named("Health")
        let info = Schema.object([
            "model_loaded": .boolean, "model_path": .string, "version": .string, "parameters": .integer,
        ]).named("ModelInfo")
        return [
            Route(
                .get, "health", summary: "Tell whether a model answers", tags: ["Health"],
                responses: [Route.Response(200, "Always", schema: health)], handler: .async(tellHealth)),
            Route(
                .get, "api/health", summary: "Tell whether a model answers", tags: ["Health"],
                responses: [Route.Response(200, "Always", schema: health)], handler: .async(tellHealth)),
            Route(
                .get, "api/info", summary: "Tell what model answers", tags: ["Health"],
                responses: [Route.Response(200, "Always", schema: info)], handler: .async(tellInfo)),
        ]
    }

    @Sendable private func tellHealth(_ request: HTTPRequest) async throws -> HTTPResponse {
        .json(["status": "healthy", "model_loaded": .bool(await service.isReady())] as JSONValue)
    }

    @Sendable private func tellInfo(_ request: HTTPRequest) async throws -> HTTPResponse {
        let live = await models.current()
        return .json(
            [
                "model_loaded": .bool(live != nil),
                // Where the original keeps it, whatever answers here.
                "model_path": .string("data/" + PetModels.originalPath), "version": "1.0.0",
                "parameters": (live?.inspection["parameters"]?.intValue ?? 0).json,
            ] as JSONValue)
    }
}
