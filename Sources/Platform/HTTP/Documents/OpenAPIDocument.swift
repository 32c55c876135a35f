public import JSON

extension RouteGroup {
    /// The OpenAPI 3.1 document of the group's documented routes; nil where the group has no title page.
    public func openAPI() -> JSONValue? {
        document.map { OpenAPIWriter(group: self, document: $0).json }
    }
}

/// Writes the OpenAPI 3.1 document of a group.
private struct OpenAPIWriter {
    let group: RouteGroup
    let document: APIDocument

    var json: JSONValue {
        let routes = group.routes.filter(\.isDocumented)
        var info = JSONObject([("title", .string(document.title)), ("version", .string(document.version))])
        if !document.description.isEmpty { info["description"] = .string(document.description) }
        var paths = JSONObject()
        for route in routes {
            let path = route.path.hasPrefix("/") ? route.path : "/" + route.path
            var item = paths[path]?.objectValue ?? JSONObject()
            item[route.method.rawValue.lowercased()] = .object(operation(route))
            paths[path] = .object(item)
        }
        var result = JSONObject([("openapi", "3.1.0"), ("info", .object(info))])
        if !group.prefix.isEmpty { result["servers"] = [["url": .string(group.prefix)]] }
        result["paths"] = .object(paths)
        let components = components(routes)
        if !components.isEmpty { result["components"] = .object(components) }
        return .object(result)
    }

    private func operation(_ route: Route) -> JSONObject {
        var operation = JSONObject()
        if !route.tags.isEmpty { operation["tags"] = .array(route.tags.map(JSONValue.string)) }
        if !route.summary.isEmpty { operation["summary"] = .string(route.summary) }
        if !route.description.isEmpty { operation["description"] = .string(route.description) }
        operation["operationId"] = .string(operationID(route))
        if !route.parameters.isEmpty { operation["parameters"] = .array(route.parameters.map(parameter)) }
        if let body = route.body {
            let contents = body.contents.map { ($0.mediaType, media($0.schema, $0.example)) }
            operation["requestBody"] = ["required": .bool(body.isRequired), "content": .object(JSONObject(contents))]
        }
        operation["responses"] = .object(responses(route))
        // A header parameter named `Authorization` would be ignored by the tools that read the document.
        if route.needsToken { operation["security"] = [.object(JSONObject([(Self.scheme, .array([]))]))] }
        return operation
    }

    /// The name FastAPI gives to bearer tokens.
    private static let scheme = "HTTPBearer"

    /// A name made of method and path, such as `post_api_v1_models_id`, which stays the same from build to build.
    private func operationID(_ route: Route) -> String {
        let words = route.path.split { !($0.isLetter || $0.isNumber) }
        return ([route.method.rawValue.lowercased()] + words.map(String.init)).joined(separator: "_")
    }

    private func parameter(_ parameter: Route.Parameter) -> JSONValue {
        var object = JSONObject([
            ("name", .string(parameter.name)), ("in", .string(parameter.place.rawValue)),
            ("required", .bool(parameter.isRequired || parameter.place == .path)),
        ])
        if !parameter.description.isEmpty { object["description"] = .string(parameter.description) }
        object["schema"] = .object(parameter.schema.members)
        return .object(object)
    }

    private func responses(_ route: Route) -> JSONObject {
        var responses = JSONObject()
        for response in route.responses {
            var object = JSONObject([("description", .string(response.description))])
            if response.schema != nil || response.example != nil {
                let media = media(response.schema ?? .any, response.example)
                object["content"] = .object(JSONObject([(response.contentType, media)]))
            }
            responses[String(response.status)] = .object(object)
        }
        if responses.isEmpty { responses["default"] = ["description": "The answer."] }
        return responses
    }

    private func media(_ schema: Schema, _ example: JSONValue?) -> JSONValue {
        var media = JSONObject([("schema", .object(schema.members))])
        media["example"] = example
        return .object(media)
    }

    private func components(_ routes: [Route]) -> JSONObject {
        var components = JSONObject()
        let schemas = schemas(routes)
        if !schemas.isEmpty { components["schemas"] = .object(schemas) }
        if routes.contains(where: \.needsToken) {
            components["securitySchemes"] = .object(
                JSONObject([(Self.scheme, .object(JSONObject([("type", "http"), ("scheme", "bearer")])))]))
        }
        return components
    }

    private func schemas(_ routes: [Route]) -> JSONObject {
        var schemas = JSONObject()
        for route in routes {
            let all =
                route.parameters.map(\.schema) + (route.body?.contents.map(\.schema) ?? [])
                + route.responses.compactMap(\.schema)
            for schema in all {
                for (name, component) in schema.components { schemas[name] = component }
            }
        }
        return schemas
    }
}
