import HTTP
import JSON
import Testing

@Suite(.timeLimit(.minutes(10))) struct OpenAPITests {
    private static let group: RouteGroup = {
        let model = Schema.object(
            ["id": .string, "size": Schema.integer.nullable, "tags": .array(of: .string)], required: ["id"]
        ).named("Model record")
        return RouteGroup(
            name: "app", prefix: "/app",
            routes: [
                Route(
                    .get, "models/{id}", summary: "A model", description: "More.", tags: ["models"],
                    parameters: [.path("id"), .query("limit", .integer, "How many")],
                    responses: [
                        Route.Response(200, "The model.", schema: model, example: ["id": "m1"]),
                        Route.Response(404, "None."),
                    ], handler: .immediate { _ in .empty() }),
                Route(
                    .post, "models", needsToken: true,
                    body: RequestBody([.json(.array(of: model)), .multipart(.object(["file": .file]))]),
                    handler: .immediate { _ in .empty() }),
                Route(.get, "hidden", isDocumented: false, handler: .immediate { _ in .empty() }),
            ], document: APIDocument(title: "A <b> & c", version: "2", description: "Text."))
    }()

    @Test("the document follows from the routes' declarations")
    func document() throws {
        let document = try #require(Self.group.openAPI())
        #expect(document["openapi"] == "3.1.0")
        #expect(document["info"] == ["title": "A <b> & c", "version": "2", "description": "Text."])
        #expect(document["servers"] == [["url": "/app"]])
        #expect(document["paths"]?.objectValue?.keys == ["/models/{id}", "/models"])
        let get = document["paths"]?["/models/{id}"]?["get"]
        #expect(get?["operationId"] == "get_models_id")
        #expect(get?["parameters"]?[0] == ["name": "id", "in": "path", "required": true, "schema": ["type": "string"]])
        let reference: JSONValue = ["$ref": "#/components/schemas/Model_record"]
        #expect(get?["responses"]?["200"]?["content"]?["application/json"]?["schema"] == reference)
        #expect(get?["responses"]?["404"] == ["description": "None."])
        let body = document["paths"]?["/models"]?["post"]?["requestBody"]?["content"]
        #expect(body?["application/json"]?["schema"] == ["type": "array", "items": reference])
        #expect(
            body?["multipart/form-data"]?["schema"]?["properties"]?["file"]?["format"] == "binary")
        #expect(get?["security"] == nil)
        #expect(document["paths"]?["/models"]?["post"]?["security"] == [["HTTPBearer": []]])
        let schemes: JSONValue = ["HTTPBearer": ["type": "http", "scheme": "bearer"]]
        #expect(document["components"]?["securitySchemes"] == schemes)
        let component = document["components"]?["schemas"]?["Model_record"]
        #expect(component?["required"] == ["id"])
        #expect(component?["properties"]?["size"] == ["type": ["integer", "null"]])
    }

    @Test("document and pages are served, and load nothing from elsewhere")
    func pages() async throws {
        try await TestServer.with(groups: [Self.group]) { server in
            let json = try await server.exchange(Scenario.get("/app/openapi.json"))
            #expect(json.headers["content-type"] == "application/json; charset=utf-8")
            #expect(try JSONValue(parsing: json.body) == Self.group.openAPI())
            for page in ["/app/docs", "/app/redoc"] {
                let response = try await server.exchange(Scenario.get(page))
                #expect(response.status == 200)
                #expect(response.headers["content-type"] == "text/html; charset=utf-8")
                #expect(response.text.contains("A &lt;b&gt; &amp; c"))
                #expect(response.text.contains("\"../assets/vendor/"))
                #expect(!response.text.contains("://"))
                let policy = try #require(response.headers["content-security-policy"])
                #expect(policy.contains("default-src 'self'"))
                #expect(!policy.contains("http"))
            }
            let script = try await server.exchange(Scenario.get("/app/docs-init.js"))
            #expect(script.text.contains("validatorUrl: null"))
            let root = try await server.exchange(Scenario.get("/docs"))
            #expect(root.text.contains("\"assets/vendor/"))
        }
    }
}
