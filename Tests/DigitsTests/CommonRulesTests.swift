import Digits
import Foundation
import Inference
import JSON
import ONNX
import Storage
import Tensors
import TestSupport
import Testing

@Suite("Rules common to all routes of digits", .timeLimit(.minutes(10)))
struct CommonRulesTests {
    private static let routes: [(method: String, path: String)] = [
        ("GET", "/api/v1/health"), ("POST", "/api/v1/predict"), ("POST", "/api/v1/preview"), ("GET", "/api/v1/models"),
        ("POST", "/api/v1/models"), ("POST", "/api/v1/models/import"), ("GET", "/api/v1/models/{id}"),
        ("PATCH", "/api/v1/models/{id}/default"),
        ("POST", "/api/v1/models/rollback"), ("GET", "/api/v1/records"), ("PATCH", "/api/v1/records/{id}"),
        ("GET", "/api/v1/metrics/overview"), ("GET", "/api/v1/metrics/summary"),
    ]

    @Test("health is exactly what clients of the original read")
    func health() async throws {
        let server = try await DigitsServer()
        let answer = try await server.client.get("/api/v1/health")
        #expect(answer.status == 200)
        #expect(answer["Content-Type"] == "application/json")
        #expect(answer.text == #"{"status":"ok","mongo":"embedded"}"#)
    }

    @Test("health stays 200 and tells of a store that does not answer, without its inside")
    func degraded() async throws {
        let server = try await DigitsServer()
        #expect(await server.app.obstacle() == nil)
        await server.database.close()
        try await eventually { try await server.get("/api/v1/health")["status"] == "degraded" }
        let scenario = Scenario(
            name: "degraded", call: HTTPCall("GET", "/api/v1/health"), status: 200, present: [#""mongo":"error: "#])
        try await scenario.check(on: server)
        #expect(await server.app.obstacle() != nil)
        let prediction = Scenario(name: "prediction", call: .predict(Picture.upright), status: 503)
        try await prediction.check(on: server)
    }

    @Test(
        "a path that nobody declares is 404 in the original's words",
        arguments: [
            "/api/v1", "/api/v1/", "/api/v1/health/", "/api/v1/metrics", "/api/v1/records/", "/api/v2/health",
            "/api//v1/health",
            "/API/v1/health", "/api/v1/health%2F", "/api/v1/%68ealth/x", "/..%2f..%2fetc/passwd",
            "/api/v1/../../etc/passwd",
            "/nothing?x=1",
        ])
    func notFound(path: String) async throws {
        let server = try await DigitsServer()
        try await Scenario.refused(path, HTTPCall("GET", path), 404, "Not found.").check(on: server)
    }

    @Test(
        "HEAD is answered as GET, without the body",
        arguments: [
            "/api/v1/health", "/api/v1/models", "/api/v1/records", "/api/v1/metrics/overview",
        ])
    func head(path: String) async throws {
        let server = try await DigitsServer()
        let get = try await server.client.get(path)
        let head = try await server.client.send(HTTPCall("HEAD", path))
        #expect(head.status == 200)
        #expect(head["Content-Length"] == get["Content-Length"])
        #expect(head["Content-Type"] == get["Content-Type"])
        #expect(head.body == [])
    }

    @Test("every route refuses methods it does not declare, and tells which it does", arguments: routes)
    func methods(method: String, path: String) async throws {
        let server = try await DigitsServer()
        let target = path.replacing("{id}", with: "68b8c1f0a1b2c3d4e5f60718")
        let answer = try await server.client.send(HTTPCall("DELETE", target))
        #expect(answer.status == 405)
        #expect(try answer.json == ["detail": "Method \"DELETE\" not allowed."])
        #expect(answer["Allow"]?.contains(method) == true)
    }

    @Test("pages of every origin may call every route", arguments: routes)
    func crossOrigin(method: String, path: String) async throws {
        let server = try await DigitsServer()
        let target = path.replacing("{id}", with: "68b8c1f0a1b2c3d4e5f60718")
        let preflight = try await server.client.send(
            HTTPCall(
                "OPTIONS", target,
                headers: [
                    ("Origin", "http://localhost:3000"), ("Access-Control-Request-Method", method),
                    ("Access-Control-Request-Headers", "content-type"),
                ]))
        #expect((200..<300).contains(preflight.status))
        #expect(preflight["Access-Control-Allow-Origin"] == "*")
        #expect(preflight["Access-Control-Allow-Methods"]?.contains(method) == true)
        #expect(preflight["Access-Control-Allow-Headers"]?.lowercased().contains("content-type") == true)
        let answer = try await server.client.send(
            HTTPCall(method, target, headers: [("Origin", "http://localhost:3000")]))
        #expect(answer["Access-Control-Allow-Origin"] == "*", "also where the answer is \(answer.status)")
    }

    @Test("the description of the API names every route, and no other")
    func document() async throws {
        let server = try await DigitsServer()
        let document = try await server.get("/openapi.json")
        var described: Set<String> = []
        for (path, item) in document["paths"]?.objectValue ?? JSONObject() {
            for method in item.keys { described.insert("\(method.uppercased()) \(path)") }
        }
        #expect(described == Set(Self.routes.map { "\($0.method) \($0.path)" }))
        for page in ["/docs", "/redoc"] { #expect(try await server.client.get(page).status == 200) }
    }

    @Test("identifiers and predictions of one server do not repeat")
    func identifiers() async throws {
        let server = try await DigitsServer()
        var ids: Set<String> = []
        for _ in 0..<20 { ids.insert(try await server.predict(Picture.upright)["id"]?.stringValue ?? "") }
        #expect(ids.count == 20)
    }

    @Test("when too many predictions wait, the next is told to come again, and is not stored")
    func queueFull() async throws {
        var configuration = InferenceConfiguration()
        configuration.workers = 1
        configuration.queueLimit = 1
        var options = DigitsServer.Options()
        let runtime = try InferenceRuntime(configuration)
        options.inference = runtime
        let server = try await DigitsServer.withStrokes(options)
        let blocker = try await runtime.load(.bytes(SampleModels.always(0)), name: "blocker")
        let door = Door()
        let input = Tensor(zeros: [1, 28, 28, 1])
        // One prediction keeps the only worker, another the only place of the queue.
        async let working = blocker.predict {
            door.pass(); return input
        }
        try await eventually { door.isReached }
        async let waiting = blocker.predict(input)
        try await eventually { runtime.queueLength == 1 }
        let answer = try await server.client.send(.predict(Picture.upright))
        #expect(answer.status == 503)
        #expect(answer["Retry-After"] == "1")
        #expect(try answer.json.keys == ["detail"])
        door.open()
        _ = try await (working, waiting)
        #expect(try await server.get("/api/v1/records") == [])
        #expect(try await server.predict(Picture.upright)["digit"] == 1)
    }
}

/// Holds a thread until it is opened.
///
/// `@unchecked Sendable`: everything that changes is guarded by `condition`.
private final class Door: @unchecked Sendable {
    private let condition = NSCondition()
    private var reached = false
    private var isOpen = false

    var isReached: Bool {
        condition.lock()
        defer { condition.unlock() }
        return reached
    }

    func pass() {
        condition.lock()
        reached = true
        while !isOpen { condition.wait() }
        condition.unlock()
    }

    func open() {
        condition.lock()
        isOpen = true
        condition.broadcast()
        condition.unlock()
    }
}
