import Foundation
import HTTP
import Observability
import Testing

@Suite(.timeLimit(.minutes(10))) struct SlowClientTests {
    private static func hasty(_ configuration: inout ServerConfiguration) {
        configuration.headerDeadline = .milliseconds(150)
        configuration.bodyDeadline = .milliseconds(150)
        configuration.requestDeadline = .milliseconds(150)
    }

    @Test("a client that never ends its headers is cut off, however busily it dribbles")
    func slowHeaders() async throws {
        try await TestServer.with(configure: Self.hasty) { server in
            let port = server.port
            let (text, isCutOff) = try await onThread {
                let client = try RawClient(port: port)
                try client.send("GET /health HTTP/1.1\r\nHost: x\r\n")
                // One byte every few milliseconds keeps the connection from ever being silent; after these, which last
                // half a minute, the header would still be within its size.
                let isCutOff = (0..<6_000).contains { _ in
                    usleep(5000)
                    return client.sendAsMuchAsPossible(Array("X".utf8)) == 0
                }
                return ((try? client.readToEnd()).map { String(decoding: $0, as: UTF8.self) }, isCutOff)
            }
            #expect(isCutOff)
            // The client may be reset while it writes; when it is not, it is told why.
            if let text, !text.isEmpty { #expect(text.hasPrefix("HTTP/1.1 408 ")) }
            let next = try await server.exchange(Scenario.get("/health"))
            #expect(next.status == 200)
        }
    }

    @Test(
        "a client that stops within its headers or its body is told so",
        arguments: [
            "GET /health HTTP/1.1\r\nHost: x\r\n",
            "POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc",
            "POST /form HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000\r\n\r\n--b",
            "POST /count HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        ])
    func stops(request: String) async throws {
        try await TestServer.with(configure: Self.hasty) { server in
            let port = server.port
            let (response, rest) = try await onThread {
                let client = try RawClient(port: port)
                try client.send(request)
                let response = try client.read()
                return (response, try client.readToEnd())
            }
            #expect(response.status == 408)
            #expect(response.text.contains("request_timeout"))
            #expect(rest.isEmpty)
        }
    }

    @Test("a connection on which nothing is ever sent is closed")
    func silent() async throws {
        try await TestServer.with(configure: Self.hasty) { server in
            let port = server.port
            let rest = try await onThread { try RawClient(port: port).readToEnd() }
            #expect(rest.isEmpty)
        }
    }

    @Test("a slow upload that keeps the minimum rate is let through")
    func steady() async throws {
        func configure(_ configuration: inout ServerConfiguration) {
            Self.hasty(&configuration)
            configuration.minimumUploadRate = 10
            configuration.requestDeadline = .seconds(30)
        }
        try await TestServer.with(configure: configure) { server in
            let port = server.port
            let response = try await onThread {
                let client = try RawClient(port: port)
                try client.send("POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: 60\r\n\r\n")
                for _ in 0..<6 {
                    try client.send([UInt8](repeating: 1, count: 10))
                    usleep(60_000)
                }
                return try client.read()
            }
            #expect(response.status == 200)
            #expect(response.text.contains("60"))
        }
    }

    @Test("a handler beyond its deadline is cancelled and the client told", arguments: ["/hang", "/hang/briefly"])
    func slowHandler(path: String) async throws {
        try await TestServer.with(configure: Self.hasty) { server in
            let response = try await server.exchange(Scenario.get(path))
            #expect(response.status == 503)
            #expect(response.text.contains("deadline_exceeded"))
            #expect(response.headers["retry-after"] == "1")
            await server.hangCancelled.wait()
            let next = try await server.exchange(Scenario.get("/health"))
            #expect(next.status == 200)
        }
    }
}
