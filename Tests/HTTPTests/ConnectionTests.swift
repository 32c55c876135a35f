import Foundation
import HTTP
import Observability
import Testing

@Suite(.timeLimit(.minutes(10))) struct ConnectionTests {
    @Test("pipelined requests are answered in order")
    func pipelining() async throws {
        try await TestServer.with { server in
            let port = server.port
            let texts = try await onThread {
                let client = try RawClient(port: port)
                try client.send(
                    Scenario.get("/models/1") + Scenario.send("POST", "/count", nil, "abc") + Scenario.get("/async")
                        + Scenario.get("/nowhere") + Scenario.get("/models/2"))
                return try (0..<5).map { _ in try client.read().text }
            }
            #expect(texts[0] == #"{"id":"1"}"#)
            #expect(texts[1] == #"{"count":3}"#)
            #expect(texts[2] == "later")
            #expect(texts[3].contains("not_found"))
            #expect(texts[4] == #"{"id":"2"}"#)
        }
    }

    @Test("a refused small body leaves the connection usable")
    func keptAfterRefusal() async throws {
        try await TestServer.with { server in
            let port = server.port
            let statuses = try await onThread {
                let client = try RawClient(port: port)
                return try [
                    Scenario.send("POST", "/nowhere", nil, String(repeating: "a", count: 100_000)),
                    Scenario.send("POST", "/json", "text/plain", "abc"), Scenario.get("/health"),
                ].map { try client.exchange($0).status }
            }
            #expect(statuses == [404, 415, 200])
        }
    }

    @Test("a handler whose client has left is cancelled")
    func clientLeaves() async throws {
        try await TestServer.with { server in
            let port = server.port
            let client = try await onThread {
                let client = try RawClient(port: port)
                try client.send(Scenario.get("/hang"))
                return Box(client)
            }
            await server.hangStarted.wait()
            #expect(!server.hangCancelled.isSet)
            client.value.close()
            await server.hangCancelled.wait()
            let next = try await server.exchange(Scenario.get("/health"))
            #expect(next.status == 200)
            #expect(server.metrics.prometheusText().contains(#"route="/hang",status="499"} 1"#))
        }
    }

    @Test(
        "a client that says goodbye together with its last bytes is noticed",
        arguments: [
            Scenario.get("/health"), "POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc",
        ])
    func goodbye(request: String) async throws {
        try await TestServer.with(configure: { $0.headerDeadline = .milliseconds(800) }) { server in
            let port = server.port
            try await onThread {
                let client = try RawClient(port: port)
                try client.send(request)
                client.endSending()
                // The server's end comes long before the idle timeout and the body's deadline.
                _ = try client.readToEnd()
            }
        }
    }

    @Test("a thousand idle connections do not keep anyone from being served")
    func idleConnections() async throws {
        try await TestServer.with { server in
            let port = server.port
            // Tests beside this one use memory too, so one quiet round is looked for.
            var growth: [Int] = []
            repeat {
                let before = Metrics.residentMemory()
                let clients = try await onThread { Box(try (0..<1000).map { _ in try RawClient(port: port) }) }
                let response = try await server.exchange(Scenario.get("/async"))
                #expect(response.status == 200)
                let answers = try await onThread {
                    try clients.value.map { try $0.exchange(Scenario.get("/health")).status }
                }
                #expect(answers == [Int](repeating: 200, count: 1000))
                growth.append(Metrics.residentMemory() - before)
                if growth.count == 1 {
                    let text = server.metrics.prometheusText()
                    #expect(text.contains("http_connections 1001\n") || text.contains("http_connections 1000\n"))
                }
            } while growth.allSatisfy { $0 >= 80 << 20 } && growth.count < 10
            #expect(growth.contains { $0 < 80 << 20 }, "\(growth)")
        }
    }

    @Test("memory returns to where it was after many requests of every kind")
    func memory() async throws {
        try await TestServer.with { server in
            let port = server.port
            let requests = [
                Scenario.get("/health"), Scenario.get("/async"), Scenario.get("/nowhere"), Scenario.get("/fails"),
                Scenario.send("POST", "/count", nil, String(repeating: "a", count: 50_000)),
                Scenario.send("POST", "/json", "application/json", #"{"a":[1,2,3]}"#),
            ]
            func round(_ count: Int) async throws {
                try await onThread {
                    let client = try RawClient(port: port)
                    for _ in 0..<count {
                        for request in requests { _ = try client.exchange(request) }
                    }
                }
            }
            try await round(200)
            // Tests beside this one use memory too, so one quiet round is looked for; a leak grows in all of them.
            var growth: [Int] = []
            for _ in 0..<40 {
                let before = Metrics.residentMemory()
                try await round(500)
                growth.append(Metrics.residentMemory() - before)
                if growth.last.map({ $0 < 1 << 20 }) == true { break }
            }
            #expect(growth.contains { $0 < 1 << 20 }, "\(growth)")
        }
    }

    @Test("requests are counted by template, never by path")
    func metrics() async throws {
        try await TestServer.with { server in
            for path in ["/models/1", "/models/2", "/secret-path", "/echo?token=hush"] {
                _ = try await server.exchange(Scenario.get(path))
            }
            _ = try await server.exchange("BREW /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            // A request is counted once its answer has been sent, which its client may see first.
            var text = ""
            let end = ContinuousClock.now + .seconds(10)
            repeat {
                text = try await server.exchange(Scenario.get("/metrics")).text
            } while !text.contains("http_requests_in_flight 1\n") && ContinuousClock.now < end
            #expect(text.contains(#"http_requests_total{app="test",method="GET",route="/models/{id}",status="200"} 2"#))
            #expect(
                text.contains(#"http_request_duration_seconds_count{app="test",method="GET",route="/models/{id}"} 2"#))
            #expect(text.contains(#"http_requests_total{app="test",method="ANY",route="other",status="404"} 1"#))
            for absent in ["secret-path", "hush", "BREW", "/models/1"] { #expect(!text.contains(absent)) }
            #expect(text.contains("http_requests_in_flight 1\n"))
        }
    }

    @Test("each request leaves one line in the log")
    func accessLog() async throws {
        let lines = LineCollector()
        let writer = try LogWriter(.function { lines.add($0) })
        let logger = Logger(label: "http", writer: writer, format: .json)
        try await TestServer.with(logger: logger) { server in
            _ = try await server.exchange(Scenario.get("/models/1?token=hush", "X-Request-ID: mine\r\n"))
            _ = try await server.exchange(Scenario.get("/fails"))
        }
        writer.close()
        let access = lines.all.filter { $0.contains(#""logger":"access""#) }
        #expect(access.count == 2)
        #expect(
            access.first?.contains(
                #""id":"mine","method":"GET","route":"/models/{id}","path":"/models/1","status":200"#) == true)
        #expect(!access.joined().contains("hush"))
        #expect(lines.all.contains { $0.contains("request failed") && $0.contains("CocoaError") })
    }
}

/// Carries a value that one thread at a time uses.
struct Box<Value>: @unchecked Sendable {
    // Tests hand the value from one thread to the next and never use it on two at once.
    let value: Value

    init(_ value: Value) {
        self.value = value
    }
}
