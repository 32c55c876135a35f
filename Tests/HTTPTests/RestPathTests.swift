import HTTP
import JSON
import TestSupport
import Testing

/// Paths that end in any number of segments, bodies that are files, and requests refused before their body.
@Suite(.timeLimit(.minutes(10))) struct RestPathTests {
    private static let group = RouteGroup(
        name: "store",
        routes: [
            Route(.get, "b/{key...}", handler: .immediate { .text("rest \($0.pathParameters["key"] ?? "-")") }),
            Route(.get, "b/{one}", handler: .immediate { .text("one \($0.pathParameters["one"] ?? "-")") }),
            Route(.get, "b/fixed/name", handler: .immediate { _ in .text("fixed") }),
            Route(
                .put, "b/{key...}", body: .upload, bodyLimit: 200_000,
                admission: { request throws(APIError) in
                    guard request.header("X-Word") == "please" else {
                        throw APIError(APIErrorCode(name: "no", kind: .forbidden, status: 403), "not so")
                    }
                },
                handler: .async { request in
                    let part = request.upload
                    let sum = try part?.bytes().reduce(0) { $0 &+ Int($1) } ?? 0
                    let value: JSONValue = [
                        "count": .integer(part?.count ?? -1), "sum": .integer(sum),
                        "isOnDisk": .bool(part?.temporaryFile != nil), "type": .string(part?.contentType ?? "-"),
                    ]
                    return .json(value)
                }),
        ])

    @Test(
        "the rest of a path is one value, after literals and single segments had their turn",
        arguments: [
            ("/b/a", "one a"), ("/b/a/b", "rest a/b"), ("/b/a/b/", "rest a/b/"), ("/b/fixed/name", "fixed"),
            ("/b/fixed/other", "rest fixed/other"), ("/b/fixed", "one fixed"), ("/b/a%20b/%C3%A9", "rest a b/é"),
            ("/b//x", "rest /x"), ("/b/a%2Fb", "one a/b"),
        ])
    func paths(target: String, text: String) async throws {
        try await TestServer.with(groups: [Self.group]) { server in
            let response = try await server.exchange(Scenario.get(target))
            #expect(response.text == text)
        }
    }

    @Test("nothing is no rest", arguments: ["/b", "/b/"])
    func nothing(target: String) async throws {
        try await TestServer.with(groups: [Self.group]) { server in
            let response = try await server.exchange(Scenario.get(target))
            #expect(response.status == 404)
        }
    }

    @Test(
        "a rest that is not at the end is refused, and one name for two",
        arguments: ["a/{x...}/b", "{...}", "{a}/{a...}", "{a..b}"])
    func refused(path: String) {
        #expect(throws: RouterError.self) {
            try Router([RouteGroup(name: "x", routes: [Route(.get, path, handler: .immediate { _ in .empty() })])])
        }
    }

    private static func put(_ size: Int, word: String = "please", expecting: Bool = false) -> String {
        "PUT /b/x/y HTTP/1.1\r\nHost: x\r\nX-Word: \(word)\r\nContent-Type: image/png\r\n"
            + (expecting ? "Expect: 100-continue\r\n" : "") + "Content-Length: \(size)\r\n\r\n"
    }

    @Test(
        "a body is a file, in memory or on the disk, and nothing stays behind",
        arguments: [0, 1, 65_536, 65_537, 200_000])
    func uploads(size: Int) async throws {
        try await TestServer.with(groups: [Self.group]) { server in
            let body = (0..<size).map { UInt8(truncatingIfNeeded: $0) }
            let response = try await server.exchange(Self.put(size), body: body)
            let json = try JSONValue(parsing: response.body)
            #expect(json["count"] == .integer(size == 0 ? -1 : size))
            #expect(json["sum"] == .integer(body.reduce(0) { $0 + Int($1) }))
            #expect(json["isOnDisk"] == .bool(size > 65_536))
            #expect(size == 0 || json["type"] == "image/png")
            // The handler's task may still hold the file when its answer has come.
            try await eventually { server.uploads.isEmpty }
        }
    }

    @Test("a body beyond the limit is refused")
    func limit() async throws {
        try await TestServer.with(groups: [Self.group]) { server in
            let response = try await server.exchange(Self.put(200_001), body: [UInt8](repeating: 1, count: 200_001))
            #expect(response.status == 413)
        }
    }

    @Test("a request that is not admitted is answered without its body, large or small")
    func admission() async throws {
        try await TestServer.with(groups: [Self.group]) { server in
            let waiting = try await server.exchange(Self.put(150_000, word: "no", expecting: true))
            #expect(waiting.status == 403 && waiting.text.contains("not so"))
            let small = try await server.exchange(Self.put(3, word: "no"), body: [1, 2, 3])
            #expect(small.status == 403)
            let none = try await server.exchange(Self.put(0, word: "no"))
            #expect(none.status == 403)
        }
    }
}
