import HTTP
import Testing

/// One raw request and what must be true of its answer.
struct Scenario: Sendable, CustomTestStringConvertible {
    let name: String
    let request: String
    let status: Int
    var present: [String] = []
    var absent: [String] = []
    var headers: [String: String] = [:]

    var testDescription: String { name }

    static func get(_ path: String, _ fields: String = "") -> String {
        "GET \(path) HTTP/1.1\r\nHost: x\r\n\(fields)\r\n"
    }

    static func send(
        _ method: String, _ path: String, _ type: String?, _ body: String, _ fields: String = ""
    ) -> String {
        let type = type.map { "Content-Type: \($0)\r\n" } ?? ""
        return
            "\(method) \(path) HTTP/1.1\r\nHost: x\r\n\(type)Content-Length: \(body.utf8.count)\r\n\(fields)\r\n\(body)"
    }
}

@Suite(.timeLimit(.minutes(10))) struct ScenarioTests {
    static let routing = [
        Scenario(
            name: "immediate", request: Scenario.get("/health"), status: 200, present: [#"{"status":"ok"}"#],
            headers: ["content-type": "application/json", "x-content-type-options": "nosniff"]),
        Scenario(name: "asynchronous", request: Scenario.get("/async"), status: 200, present: ["later"]),
        Scenario(name: "trailing slash", request: Scenario.get("/health/"), status: 404, present: ["not_found"]),
        Scenario(name: "double slash", request: Scenario.get("//health"), status: 404),
        Scenario(name: "other case", request: Scenario.get("/Health"), status: 404),
        Scenario(name: "parameter", request: Scenario.get("/models/m1"), status: 200, present: [#"{"id":"m1"}"#]),
        Scenario(
            name: "decoded once", request: Scenario.get("/models/a%2Fb%2520%C3%A9"), status: 200,
            present: [#"{"id":"a/b%20é"}"#]),
        Scenario(name: "empty parameter", request: Scenario.get("/models/"), status: 404),
        Scenario(name: "literal wins", request: Scenario.get("/models/special"), status: 200, present: ["special"]),
        Scenario(name: "broken escape", request: Scenario.get("/models/%4"), status: 400, present: ["bad_request"]),
        Scenario(name: "not UTF-8", request: Scenario.get("/models/%ff"), status: 400),
        Scenario(name: "NUL", request: Scenario.get("/models/%00"), status: 400),
        Scenario(name: "broken query", request: Scenario.get("/echo?a=%zz"), status: 400, present: ["query"]),
        Scenario(
            name: "query", request: Scenario.get("/echo?a=1&b=x+y%26&a=2&&c"), status: 200,
            present: [#"[["a","1"],["b","x y&"],["a","2"],["c",""]]"#, #""address":"127.0.0.1""#]),
        Scenario(
            name: "header case", request: Scenario.get("/echo", "USER-agent: t\r\nX-Many: 1\r\nx-many: 2\r\n"),
            status: 200,
            present: [#""agent":"t""#, #""headers":2"#]),
        Scenario(
            name: "absolute target", request: Scenario.get("http://x/health?q"), status: 200, present: ["ok"]),
        Scenario(
            name: "wrong method", request: Scenario.send("POST", "/health", nil, ""), status: 405,
            present: ["method_not_allowed", "POST"], headers: ["allow": "GET, HEAD, OPTIONS"]),
        Scenario(
            name: "unknown method", request: "BREW /health HTTP/1.1\r\nHost: x\r\n\r\n", status: 405, present: ["BREW"]),
        Scenario(
            name: "patch", request: Scenario.send("PATCH", "/models/7/default", nil, ""), status: 200,
            present: ["/models/{id}/default"]),
        Scenario(
            name: "foreign error stays inside", request: Scenario.get("/fails"), status: 500,
            present: ["internal_error"],
            absent: ["CocoaError", "NSCocoa", "file"]),
        Scenario(
            name: "detail stays inside", request: Scenario.get("/busy"), status: 503, present: ["queue_full"],
            absent: ["secret"], headers: ["retry-after": "1"]),
        Scenario(
            name: "page policy", request: Scenario.get("/page"), status: 200, present: ["<p>hi</p>"],
            headers: ["content-type": "text/html; charset=utf-8"]),
        Scenario(name: "no host", request: "GET /health HTTP/1.1\r\n\r\n", status: 400),
        Scenario(name: "not HTTP", request: "GET /health NONSENSE\r\n\r\n", status: 400),
    ]

    @Test("routing", arguments: routing)
    func routes(_ scenario: Scenario) async throws {
        try await Self.check(scenario)
    }

    static let bodies = [
        Scenario(
            name: "JSON", request: Scenario.send("POST", "/json", "application/json; charset=utf-8", #"{"a":[1]}"#),
            status: 200, present: [#"{"a":[1]}"#]),
        Scenario(
            name: "malformed JSON", request: Scenario.send("POST", "/json", "application/json", #"{"a":"#), status: 400,
            present: ["Expecting value: line 1 column 6 (char 5)"]),
        Scenario(
            name: "empty body is not JSON", request: Scenario.send("POST", "/json", "application/json", ""), status: 400
        ),
        Scenario(
            name: "deep JSON",
            request: Scenario.send("POST", "/json", "application/json", String(repeating: "[", count: 10_000)),
            status: 400,
            present: ["Nested deeper"]),
        Scenario(
            name: "other type", request: Scenario.send("POST", "/json", "text/plain", "x"), status: 415,
            present: ["text/plain"]),
        Scenario(name: "no type", request: Scenario.send("POST", "/json", nil, "x"), status: 415, present: ["missing"]),
        Scenario(
            name: "compressed body",
            request: Scenario.send("POST", "/json", "application/json", "x", "Content-Encoding: gzip\r\n"), status: 415,
            present: ["gzip"]),
        Scenario(
            name: "at the limit", request: Scenario.send("POST", "/tiny", nil, "0123456789"), status: 200,
            present: [#""count":10"#]),
        Scenario(
            name: "one above the limit", request: Scenario.send("POST", "/tiny", nil, "0123456789a"), status: 413,
            present: ["10 bytes"]),
        Scenario(
            name: "chunked",
            request:
                "POST /count HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n",
            status: 200, present: [#""count":5"#]),
        Scenario(
            name: "chunked above the limit",
            request:
                "POST /tiny HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n0123456789a\r\n0\r\n\r\n",
            status: 413),
        Scenario(
            name: "broken chunk",
            request: "POST /count HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n",
            status: 400),
        Scenario(
            name: "length and chunks",
            request:
                "POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            status: 400),
        Scenario(
            name: "negative length",
            request: "POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", status: 400),
        Scenario(
            name: "length beyond all numbers",
            request: "POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n", status: 413),
        Scenario(
            name: "claims a gibibyte",
            request: "POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: 1073741824\r\n\r\nabc", status: 413,
            present: ["body_too_large"], headers: ["connection": "close"]),
        Scenario(
            name: "expects to go on",
            request: Scenario.send("POST", "/count", nil, "abc", "Expect: 100-continue\r\n"), status: 200),
        Scenario(
            name: "expects to go on with too much",
            request: "POST /tiny HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\nExpect: 100-continue\r\n\r\n", status: 413
        ),
        Scenario(
            name: "body for an unknown path", request: Scenario.send("POST", "/nowhere", "text/plain", "abc"),
            status: 404),
    ]

    @Test("bodies", arguments: bodies)
    func readsBodies(_ scenario: Scenario) async throws {
        try await Self.check(scenario)
    }

    private static func check(_ scenario: Scenario) async throws {
        try await TestServer.with { server in
            let response = try await server.exchange(scenario.request)
            #expect(response.status == scenario.status, "\(response.head)\n\(response.text)")
            for text in scenario.present { #expect(response.text.contains(text)) }
            for text in scenario.absent { #expect(!response.text.contains(text)) }
            for (name, value) in scenario.headers { #expect(response.headers[name] == value) }
            // Whatever came, the server goes on.
            let next = try await server.exchange(Scenario.get("/health"))
            #expect(next.status == 200)
        }
    }

    @Test("a handler cannot break out of a header")
    func headerInjection() async throws {
        try await TestServer.with { server in
            let response = try await server.exchange(Scenario.get("/header-injection"))
            #expect(response.status == 200)
            #expect(!response.head.contains("Injected"))
        }
    }

    @Test("headers larger than the library's memory are refused with 431")
    func hugeHeaders() async throws {
        try await TestServer.with { server in
            let field = "X-Huge: \(String(repeating: "a", count: 40_000))\r\n"
            let refused = try await server.exchange(Scenario.get("/health", field))
            #expect(refused.status == 431)
            let fits = "X-Large: \(String(repeating: "a", count: 8000))\r\n"
            let taken = try await server.exchange(Scenario.get("/health", fits))
            #expect(taken.status == 200)
        }
    }

    @Test("a sane request id is kept, another replaced")
    func requestIDs() async throws {
        try await TestServer.with { server in
            let kept = try await server.exchange(Scenario.get("/health", "X-Request-ID: abc-1.2_Z\r\n"))
            #expect(kept.headers["x-request-id"] == "abc-1.2_Z")
            let bad = try await server.exchange(Scenario.get("/health", "X-Request-ID: a b<script>\r\n"))
            let other = try await server.exchange(Scenario.get("/health"))
            #expect(bad.headers["x-request-id"]?.count == 15)
            #expect(other.headers["x-request-id"]?.count == 15)
            #expect(bad.headers["x-request-id"] != other.headers["x-request-id"])
        }
    }

    @Test("HEAD answers with the headers of GET and no body", arguments: ["/health", "/async", "/models/m1", "/page"])
    func head(path: String) async throws {
        try await TestServer.with { server in
            let port = server.port
            let (get, head, rest) = try await onThread {
                let get = try RawClient(port: port).exchange(Scenario.get(path))
                let client = try RawClient(port: port)
                try client.send("HEAD \(path) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                let head = try client.read(hasBody: false)
                return (get, head, try client.readToEnd())
            }
            #expect(head.status == 200)
            #expect(head.headers["content-length"] == get.headers["content-length"])
            #expect(head.headers["content-type"] == get.headers["content-type"])
            #expect(rest.isEmpty)
        }
    }
}
