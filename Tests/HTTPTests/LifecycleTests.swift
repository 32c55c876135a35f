import Foundation
import HTTP
import Observability
import Testing

@Suite(.timeLimit(.minutes(10))) struct LifecycleTests {
    @Test("draining lets a running request finish and takes no new connection")
    func drain() async throws {
        let server = try TestServer()
        let port = server.port
        let idle = try await onThread {
            let client = try RawClient(port: port)
            _ = try client.exchange(Scenario.get("/health"))
            return Box(client)
        }
        async let answer = server.exchange(Scenario.get("/wait"))
        await server.waitStarted.wait()
        async let stopped: Void = server.server.stop(drain: .seconds(120))
        // The idle connection is closed while the other one is still waiting for its answer.
        let rest = try await onThread { try idle.value.readToEnd() }
        #expect(rest.isEmpty)
        await #expect(throws: RawClient.Failure.self) { try await onThread { _ = try RawClient(port: port) } }
        server.release.fire()
        let response = try await answer
        #expect(response.status == 200)
        #expect(response.text == "released")
        #expect(response.headers["connection"]?.lowercased() == "close")
        await stopped
        #expect(server.port == 0)
        await server.stop()
    }

    @Test("a request that outlasts the drain is answered with 503 and cancelled")
    func impatientDrain() async throws {
        let server = try TestServer()
        async let answer = server.exchange(Scenario.get("/hang"))
        await server.hangStarted.wait()
        await server.server.stop(drain: .milliseconds(20))
        let response = try await answer
        #expect(response.status == 503)
        #expect(response.text.contains("shutting_down"))
        await server.hangCancelled.wait()
        await server.stop()
    }

    @Test("an unfinished upload does not hold up the end")
    func stopDuringUpload() async throws {
        let server = try TestServer()
        let port = server.port
        let client = try await onThread {
            let client = try RawClient(port: port)
            try client.send("POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc")
            _ = try RawClient(port: port).exchange(Scenario.get("/health"))
            return Box(client)
        }
        let start = MonotonicTime.now
        await server.server.stop(drain: .milliseconds(20))
        #expect(MonotonicTime.now.seconds(since: start) < 5)
        withExtendedLifetime(client) {}
        await server.stop()
    }

    @Test("a port in use, a wrong host and wrong values are told in words")
    func startErrors() async throws {
        try await TestServer.with { first in
            var configuration = ServerConfiguration()
            configuration.port = first.port
            configuration.temporaryFolder = first.folder
            let router = try Router([])
            let error = #expect(throws: ServerError.self) { try HTTPServer(configuration, router: router).start() }
            #expect(error?.description.contains("port \(first.port): Address already in use") == true)
            configuration.host = "no.such.host.invalid"
            let unknown = #expect(throws: ServerError.self) { try HTTPServer(configuration, router: router).start() }
            #expect(unknown?.description.contains("no.such.host.invalid") == true)
            configuration.port = 70_000
            configuration.threads = 0
            let wrong = #expect(throws: ServerError.self) { try HTTPServer(configuration, router: router).start() }
            #expect(
                wrong
                    == .configuration(["port must be 0…65535, is 70000", "threads must be 1…256, is 0"]))
        }
    }

    @Test("the server listens on IPv6, and on both families with ::", arguments: ["::1", "::", "localhost"])
    func addresses(host: String) async throws {
        let configure: (inout ServerConfiguration) -> Void = { $0.host = host }
        let server: TestServer
        do {
            server = try TestServer(configure: configure)
        } catch ServerError.cannotListen {
            // A machine without IPv6 has nothing to show here.
            return
        }
        #expect(server.port > 0)
        if host == "::" {
            let response = try await server.exchange(Scenario.get("/echo"))
            #expect(response.text.contains(#""address":"127.0.0.1""#))
        }
        await server.stop()
    }

    @Test("one thread serves as well as several")
    func oneThread() async throws {
        try await TestServer.with(configure: { $0.threads = 1 }) { server in
            let response = try await server.exchange(Scenario.get("/async"))
            #expect(response.status == 200)
        }
    }

    @Test("readiness tells which check fails, and does not wait for one that hangs")
    func readiness() async throws {
        let never = Signal()
        let checks = [
            ReadinessCheck("good", limit: .seconds(60)) {},
            ReadinessCheck("bad") { throw CocoaError(.fileNoSuchFile) },
            ReadinessCheck("slow", limit: .milliseconds(30)) { await never.wait() },
        ]
        let group = RouteGroup(
            name: "more", prefix: "/more", routes: OperatorRoutes(metrics: Metrics(), checks: checks).routes)
        try await TestServer.with(groups: [group]) { server in
            let response = try await server.exchange(Scenario.get("/more/readyz"))
            #expect(response.status == 503)
            #expect(
                response.text == #"{"status":"unready","checks":{"good":"ok","bad":"failed","slow":"failed"}}"#)
            let ready = try await server.exchange(Scenario.get("/readyz"))
            #expect(ready.status == 200)
            let alive = try await server.exchange(Scenario.get("/livez"))
            #expect(alive.status == 200)
            never.fire()
        }
    }
}
