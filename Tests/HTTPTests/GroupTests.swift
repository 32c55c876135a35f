import HTTP
import JSON
import Testing

/// A shape in the manner of Django REST framework, to prove that an app can word everything itself.
private struct DetailShape: ErrorShape {
    func response(for error: APIError, to request: HTTPRequest) -> HTTPResponse {
        let text =
            switch error.problem {
            case .notFound: "Not found."
            case .methodNotAllowed(let method, _): "Method \"\(method)\" not allowed."
            case .unsupportedMediaType(let type): "Unsupported media type \"\(type)\" in request."
            case .malformedJSON(let fault): "JSON parse error - \(fault)"
            default: error.message
            }
        return .json(["detail": .string(text)] as JSONValue, status: error.code.status)
    }
}

@Suite(.timeLimit(.minutes(10))) struct GroupTests {
    private static let routes = [
        Route(.get, "api/health", summary: "Health", handler: .immediate { .text($0.mountPrefix) }),
        Route(.post, "api/predict", body: .json(.any), handler: .async { .json(try $0.jsonBody()) }),
        Route(.get, "", handler: .immediate { _ in .text("home") }),
    ]

    @Test(
        "each group words its own failures",
        arguments: [
            (Scenario.get("/app/nowhere"), 404, #"{"detail":"Not found."}"#),
            (Scenario.get("/app/api/health/"), 404, #"{"detail":"Not found."}"#),
            (Scenario.send("DELETE", "/app/api/health", nil, ""), 405, #"{"detail":"Method \"DELETE\" not allowed."}"#),
            (
                Scenario.send("POST", "/app/api/predict", "text/plain", "x"), 415,
                #"{"detail":"Unsupported media type \"text/plain\" in request."}"#
            ),
            (
                Scenario.send("POST", "/app/api/predict", "application/json", "{"), 400,
                #"{"detail":"JSON parse error - Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"}"#
            ),
        ])
    func shapes(request: String, status: Int, text: String) async throws {
        let group = RouteGroup(name: "app", prefix: "/app", routes: Self.routes, errors: DetailShape())
        try await TestServer.with(groups: [group]) { server in
            let response = try await server.exchange(request)
            #expect(response.status == status)
            #expect(response.text == text)
            let outside = try await server.exchange(Scenario.get("/application"))
            #expect(outside.text.contains("not_found"))
        }
    }

    @Test("a group's root and routes lie below its prefix")
    func prefix() async throws {
        let group = RouteGroup(name: "app", prefix: "/app", routes: Self.routes)
        try await TestServer.with(groups: [group]) { server in
            let home = try await server.exchange(Scenario.get("/app"))
            #expect(home.text == "home")
            let health = try await server.exchange(Scenario.get("/app/api/health"))
            #expect(health.text == "/app")
        }
    }

    @Test("routes that cannot be told apart are refused")
    func conflicts() {
        let handler = Route.Handler.immediate { _ in .empty() }
        func router(_ paths: String...) throws -> Router {
            try Router([RouteGroup(name: "a", routes: paths.map { Route(.get, $0, handler: handler) })])
        }
        #expect(throws: RouterError.duplicate(method: .get, path: "/a")) { try router("a", "/a") }
        #expect(throws: RouterError.badPath("/a/{y}")) { try router("a/{x}", "a/{y}") }
        #expect(throws: RouterError.badPath("/a{x}")) { try router("a{x}") }
        #expect(throws: RouterError.badPath("/{x}/{x}")) { try router("{x}/{x}") }
        #expect(throws: RouterError.badPrefix("a/")) { try Router([RouteGroup(name: "a", prefix: "a/", routes: [])]) }
        #expect(throws: Never.self) { try router("a/{x}", "a/b", "a/{x}/c") }
    }

    @Test("origins are told what they may call")
    func preflight() async throws {
        let fields =
            "Origin: https://example.org\r\nAccess-Control-Request-Method: POST\r\n"
            + "Access-Control-Request-Headers: content-type\r\n"
        try await TestServer.with { server in
            let response = try await server.exchange("OPTIONS /json HTTP/1.1\r\nHost: x\r\n\(fields)\r\n")
            #expect(response.status == 204)
            #expect(response.headers["access-control-allow-origin"] == "*")
            #expect(response.headers["access-control-allow-methods"] == "POST, OPTIONS")
            #expect(response.headers["access-control-allow-headers"] == "content-type")
            #expect(response.headers["access-control-max-age"] == "86400")
            let actual = try await server.exchange(Scenario.get("/nowhere", "Origin: https://example.org\r\n"))
            #expect(actual.headers["access-control-allow-origin"] == "*")
            let plain = try await server.exchange(Scenario.get("/health"))
            #expect(plain.headers["access-control-allow-origin"] == nil)
        }
        try await TestServer.with(configure: { $0.corsAllowedOrigins = ["https://good.example/"] }) { server in
            let good = try await server.exchange(Scenario.get("/health", "Origin: https://good.example\r\n"))
            #expect(good.headers["access-control-allow-origin"] == "https://good.example")
            #expect(good.headers["vary"] == "Origin")
            let bad = try await server.exchange(Scenario.get("/health", "Origin: https://bad.example\r\n"))
            #expect(bad.headers["access-control-allow-origin"] == nil)
        }
    }
}
