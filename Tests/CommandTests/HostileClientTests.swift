import Foundation
import JSON
import TestSupport
import Testing

/// Clients that mean no good, against the real server with its real limits.
@Suite("Hostile clients", .serialized, .timeLimit(.minutes(10)))
struct HostileClientTests {
    private let work: Workplace

    init() throws { work = try Workplace() }

    /// A server with a model, quiet, and with deadlines that tests need not wait long for.
    private func serve(_ settings: [String: String] = [:]) async throws -> RunningServer {
        try await work.importDefault()
        return try await work.serve(settings: settings.merging(["PRUNELLE_ACCESS_LOG": "off"]) { $1 })
    }

    private func expectAlive(_ server: RunningServer, at location: SourceLocation = #_sourceLocation) async throws {
        let answer = try await server.client.send(.predictUpright)
        #expect(answer.status == 200, sourceLocation: location)
        #expect(try answer.json["digit"] == 1, sourceLocation: location)
    }

    @Test("a thousand idle connections keep nobody from being served, and are cut off in time")
    func idle() async throws {
        raiseFileLimit()
        let server = try await serve(["PRUNELLE_HTTP_HEADER_DEADLINE": "3", "PRUNELLE_HTTP_IDLE_TIMEOUT": "3"])
        let port = server.port
        let connections = try await blocking { try Idle(count: 1000, port: port) }
        for _ in 0..<20 { try await expectAlive(server) }
        #expect(try await blocking { try connections.allAreClosed() })
        try await expectAlive(server)
    }

    @Test("clients that send a byte now and then are cut off, while others are served")
    func slow() async throws {
        let server = try await serve([
            "PRUNELLE_HTTP_HEADER_DEADLINE": "1", "PRUNELLE_HTTP_BODY_DEADLINE": "1",
        ])
        let port = server.port
        let call = try HTTPCall.predictUpright
        async let headers = withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<30 {
                group.addTask { try await blocking { try Self.drip(call.head.dropLast(2), port: port) } }
            }
            return try await group.allSatisfy { $0 }
        }
        async let bodies = withThrowingTaskGroup(of: Bool.self) { group in
            let start = call.head + (call.body ?? []).prefix(30)
            for _ in 0..<30 { group.addTask { try await blocking { try Self.drip(start[...], port: port) } } }
            return try await group.allSatisfy { $0 }
        }
        for _ in 0..<20 { try await expectAlive(server) }
        let (headersEnded, bodiesEnded) = try await (headers, bodies)
        #expect(headersEnded)
        #expect(bodiesEnded)
        try await expectAlive(server)
    }

    /// Sends a beginning and then a space every tenth of a second; true when the server puts an end to it.
    private static func drip(_ start: some Collection<UInt8>, port: Int) throws -> Bool {
        let connection = try HTTPConnection(port: port, timeout: 30)
        connection.write(Array(start))
        for _ in 0..<300 {
            // The pace of the slow client is what is tested.
            usleep(100_000)
            if !connection.write([0x20]) { return true }
        }
        return false
    }

    @Test("after every kind of bad request the server answers, and its memory is near where it was")
    func memory() async throws {
        let server = try await serve()
        for _ in 0..<50 { try await expectAlive(server) }
        try await Self.abuse(server)
        let settled = server.residentBytes
        for _ in 0..<2 { try await Self.abuse(server) }
        try await expectAlive(server)
        try await eventually { server.residentBytes < settled + (48 << 20) }
        #expect(try await server.client.get("/readyz").status == 200)
        #expect(try await server.stop() == 0)
        #expect(!server.logged.contains("Fatal"))
        let left = try work.folder.files().filter { $0.hasPrefix("data/uploads/") }
        #expect(left == [])
    }

    private static func expectRefusal(_ call: HTTPCall, by client: HTTPClient) async throws {
        let answer = try await client.send(call)
        #expect(answer.status == 400)
    }

    private static func abuse(_ server: RunningServer) async throws {
        let (client, port) = (server.client, server.port)
        let large = "data:image/png;base64," + String(repeating: "A", count: 12 << 20)
        let deep = String(repeating: "[", count: 10_000)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let body: JSONValue = ["image": .string(large)]
                    try await expectRefusal(.json("POST", "/api/v1/predict", body.text()), by: client)
                }
                group.addTask { try await expectRefusal(.json("POST", "/api/v1/predict", deep), by: client) }
                group.addTask {
                    var form = Multipart(["name": "bad", "algo": "b", "is_default": "1"])
                    form.add("file", file: "m", [UInt8](repeating: 9, count: 6 << 20))
                    try await expectRefusal(form.call("/api/v1/models"), by: client)
                }
                group.addTask {
                    try await blocking {
                        // Gone in the middle of a body, of headers, and before reading the answer.
                        let call = try HTTPCall.predictUpright
                        for length in [10, call.head.count, call.head.count + 50, call.head.count + 100_000] {
                            let connection = try HTTPConnection(port: port)
                            connection.write(Array((call.head + (call.body ?? [])).prefix(length)))
                        }
                    }
                }
                group.addTask {
                    try await blocking {
                        for junk in ["\0\0\0\0", "GET\r\n\r\n", "\u{16}\u{3}\u{1}", "GET / HTTP/9.9\r\n\r\n"] {
                            let connection = try HTTPConnection(port: port)
                            connection.write(Array(junk.utf8))
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test("a picture that claims to be enormous costs no memory")
    func enormousPicture() async throws {
        let server = try await serve()
        try await expectAlive(server)
        let before = server.residentBytes
        // A PNG of 30,000 × 30,000 pixels by its header, which would take 3.6 GB.
        let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        let header: [UInt8] = [0, 0, 0, 13] + Array("IHDR".utf8) + [0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30, 8, 6, 0, 0, 0]
        for _ in 0..<10 {
            let answer = try await server.client.send(.predict(signature + header + [0x77, 0xF9, 0x8A, 0x1E]))
            #expect([400, 413].contains(answer.status))
        }
        #expect(server.residentBytes < before + (64 << 20))
        try await expectAlive(server)
    }

    /// Connections that send nothing.
    ///
    /// `@unchecked Sendable`: made by one thread and then used by one other.
    private final class Idle: @unchecked Sendable {
        private let connections: [HTTPConnection]

        init(count: Int, port: Int) throws {
            connections = try (0..<count).map { _ in try HTTPConnection(port: port, timeout: 30) }
        }

        func allAreClosed() throws -> Bool {
            try connections.allSatisfy { try $0.isClosedByServer() }
        }
    }

    /// A thousand sockets are more than many systems grant a process at first.
    private func raiseFileLimit() {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
