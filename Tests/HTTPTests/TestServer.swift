import Foundation
import HTTP
import JSON
import Observability
import Synchronization

/// Something that happens once and can be waited for.
final class Signal: Sendable {
    private struct State {
        var isSet = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    var isSet: Bool { state.withLock { $0.isSet } }

    func fire() {
        let waiting = state.withLock { state in
            state.isSet = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Waits for the signal; a signal that never comes ends the test by its time limit.
    func wait() async {
        await withCheckedContinuation { continuation in
            let isSet = state.withLock { state in
                if !state.isSet { state.waiting.append(continuation) }
                return state.isSet
            }
            if isSet { continuation.resume() }
        }
    }
}

/// A running server with routes that tests need, on a free port.
final class TestServer: Sendable {
    let server: HTTPServer
    let metrics: Metrics
    let folder: URL
    /// Fired when `GET /hang` has started, and when it was cancelled.
    let hangStarted = Signal()
    let hangCancelled = Signal()
    /// `GET /wait` answers when it is fired.
    let release = Signal()
    let waitStarted = Signal()

    var port: Int { server.port }

    init(
        configure: (inout ServerConfiguration) -> Void = { _ in }, groups: [RouteGroup] = [],
        files: [StaticFiles] = [], logger: Logger = .disabled
    ) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "http-tests-\(UUID().uuidString)")
        var configuration = ServerConfiguration()
        configuration.port = 0
        configuration.threads = 2
        configuration.temporaryFolder = folder.appending(path: "uploads")
        configure(&configuration)
        metrics = Metrics()
        let routes =
            Self.plainRoutes + Self.bodyRoutes
            + Self.waitingRoutes(hangStarted, hangCancelled, waitStarted, release)
            + OperatorRoutes(metrics: metrics, checks: [ReadinessCheck("disk", limit: .seconds(60)) {}]).routes
        let group = RouteGroup(
            name: "test", routes: routes, document: APIDocument(title: "Test", version: "1"), files: files)
        server = HTTPServer(
            configuration, router: try Router([group] + groups), logger: logger, metrics: metrics)
        try server.start()
    }

    /// Runs a test against a server and stops it afterwards.
    static func with<Result>(
        configure: (inout ServerConfiguration) -> Void = { _ in }, groups: [RouteGroup] = [],
        files: [StaticFiles] = [], logger: Logger = .disabled, _ body: (TestServer) async throws -> Result
    ) async throws -> Result {
        let server = try TestServer(configure: configure, groups: groups, files: files, logger: logger)
        do {
            let result = try await body(server)
            await server.stop()
            return result
        } catch {
            await server.stop()
            throw error
        }
    }

    func stop() async {
        release.fire()
        await server.stop(drain: .seconds(5))
        try? FileManager.default.removeItem(at: folder)
    }

    /// Sends one raw request on a new connection.
    func exchange(_ request: String, body: [UInt8] = []) async throws -> RawClient.Response {
        let port = port
        return try await onThread { try RawClient(port: port).exchange(request, body: body) }
    }

    /// Uploads still on the disk.
    var uploads: [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: folder.appending(path: "uploads").path)) ?? []
    }

    private static var plainRoutes: [Route] {
        [
            Route(.get, "health", handler: .immediate { _ in .json(["status": "ok"] as JSONValue) }),
            Route(.get, "async", handler: .async { _ in .text("later") }),
            Route(
                .get, "models/{id}",
                handler: .async { .json(["id": ($0.pathParameters["id"] ?? "").json] as JSONValue) }),
            Route(.get, "models/special", handler: .immediate { _ in .text("special") }),
            Route(.patch, "models/{id}/default", handler: .immediate { .text($0.routeTemplate) }),
            Route(
                .get, "echo",
                handler: .immediate { request in
                    let query = request.query.map { JSONValue.array([.string($0.name), .string($0.value)]) }
                    return .json(
                        [
                            "query": .array(query), "agent": request.header("user-AGENT").json,
                            "address": .string(request.remoteAddress), "method": .string(request.method.rawValue),
                            "headers": .integer(request.headers.all("X-Many").count),
                        ] as JSONValue)
                }),
            Route(.get, "fails", handler: .async { _ in throw CocoaError(.fileNoSuchFile) }),
            Route(
                .get, "busy",
                handler: .immediate { _ in throw APIError(.queueFull, detail: "secret detail") }),
            Route(.get, "page", handler: .immediate { _ in .html("<p>hi</p>") }),
            Route(
                .get, "header-injection",
                handler: .immediate { _ in HTTPResponse(headers: ["X-Bad": "a\r\nX-Injected: b"]) }),
        ]
    }

    private static var bodyRoutes: [Route] {
        let json = RequestBody.json(.any)
        return [
            Route(.post, "json", body: json, handler: .async { .json(try $0.jsonBody()) }),
            Route(.post, "count", handler: .async { .json(["count": $0.body.count.json] as JSONValue) }),
            Route(
                .post, "tiny", bodyLimit: 10, handler: .immediate { .json(["count": $0.body.count.json] as JSONValue) }),
            Route(
                .post, "form",
                body: RequestBody([.multipart(.object(["file": .file])), .form(.any), .json(.any)]),
                bodyLimit: 8 << 20,
                handler: .async { request in
                    let parts = try request.form().map { part in
                        let bytes = try part.bytes()
                        let sum = bytes.reduce(0) { ($0 &* 31 &+ Int($1)) & 0xFFFF_FFFF }
                        return JSONValue.object(
                            JSONObject([
                                ("name", .string(part.name)), ("fileName", part.fileName.json),
                                ("type", part.contentType.json), ("count", .integer(part.count)),
                                ("sum", .integer(sum)), ("isOnDisk", .bool(part.temporaryFile != nil)),
                            ]))
                    }
                    return .json(JSONValue.array(parts))
                }),
        ]
    }

    private static func waitingRoutes(
        _ hangStarted: Signal, _ hangCancelled: Signal, _ waitStarted: Signal, _ release: Signal
    ) -> [Route] {
        let hang: @Sendable (HTTPRequest) async throws -> HTTPResponse = { _ in
            hangStarted.fire()
            let cancelled = Signal()
            await withTaskCancellationHandler {
                await cancelled.wait()
            } onCancel: {
                cancelled.fire()
            }
            hangCancelled.fire()
            return .text("too late")
        }
        return [
            Route(.get, "hang", handler: .async(hang)),
            Route(.get, "hang/briefly", deadline: .milliseconds(50), handler: .async(hang)),
            Route(
                .get, "wait",
                handler: .async { _ in
                    waitStarted.fire()
                    await release.wait()
                    return .text("released")
                }),
        ]
    }
}
