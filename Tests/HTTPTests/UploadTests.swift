import Foundation
import HTTP
import JSON
import Observability
import Testing

@Suite(.timeLimit(.minutes(10))) struct UploadTests {
    private static func form(_ file: [UInt8]) -> (head: String, body: [UInt8]) {
        let body =
            Array("--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nzoé\r\n".utf8)
            + Array("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x\"\r\n\r\n".utf8) + file
            + Array("\r\n--b--\r\n".utf8)
        let head =
            "POST /form HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n"
            + "Content-Length: \(body.count)\r\n\r\n"
        return (head, body)
    }

    @Test("small files stay in memory, large ones go to the disk, and nothing stays behind")
    func sizes() async throws {
        try await TestServer.with { server in
            for size in [0, 1, 65_536, 65_537, 3 << 20] {
                let file = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }
                let (head, body) = Self.form(file)
                let response = try await server.exchange(head, body: body)
                #expect(response.status == 200, "\(response.text)")
                let part = try JSONValue(parsing: response.body)[1]
                #expect(part?["count"]?.intValue == size)
                #expect(part?["sum"]?.intValue == file.reduce(0) { ($0 &* 31 &+ Int($1)) & 0xFFFF_FFFF })
                #expect(part?["isOnDisk"]?.boolValue == (size > 65_536))
            }
            #expect(server.uploads.isEmpty)
        }
    }

    @Test("urlencoded forms are read like multipart ones")
    func urlEncoded() async throws {
        try await TestServer.with { server in
            let type = "application/x-www-form-urlencoded"
            let response = try await server.exchange(Scenario.send("POST", "/form", type, "a=1&b=x+%C3%A9"))
            #expect(response.text.contains(#""name":"a","fileName":null,"type":null,"count":1"#))
            #expect(response.text.contains(#""name":"b","fileName":null,"type":null,"count":4"#))
            let broken = try await server.exchange(Scenario.send("POST", "/form", type, "a=%"))
            #expect(broken.status == 400)
            #expect(broken.text.contains("malformed_form"))
        }
    }

    @Test("a body without its boundary or its end is a client's fault")
    func malformed() async throws {
        try await TestServer.with { server in
            let none = try await server.exchange(Scenario.send("POST", "/form", "multipart/form-data", "abc"))
            #expect(none.status == 400)
            #expect(none.text.contains("boundary"))
            let cut = try await server.exchange(
                Scenario.send(
                    "POST", "/form", "multipart/form-data; boundary=b",
                    "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x\"\r\n\r\nabc"))
            #expect(cut.status == 400)
            #expect(cut.text.contains("closing boundary"))
            #expect(server.uploads.isEmpty)
        }
    }

    @Test("a 64 MiB chunked upload is cut off at 8 MiB, and its sender can read why")
    func cutOff() async throws {
        try await TestServer.with { server in
            let port = server.port
            // Tests beside this one use memory too, so one quiet round is looked for.
            var growth: [Int] = []
            repeat {
                let before = Metrics.residentMemory()
                let (response, rest) = try await onThread {
                    let client = try RawClient(port: port)
                    try client.send(
                        "POST /form HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n"
                            + "Transfer-Encoding: chunked\r\n\r\n")
                    func chunk(_ bytes: [UInt8]) -> [UInt8] {
                        Array("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + [13, 10]
                    }
                    let start = "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x\"\r\n\r\n"
                    var taken = client.sendAsMuchAsPossible(chunk(Array(start.utf8)))
                    let piece = chunk([UInt8](repeating: 7, count: 1 << 20))
                    for _ in 0..<64 { taken += client.sendAsMuchAsPossible(piece) }
                    let response = try client.read()
                    return (response, try client.readToEnd())
                }
                #expect(response.status == 413)
                #expect(response.text.contains("8388608 bytes"))
                #expect(response.headers["connection"] == "close")
                #expect(rest.isEmpty)
                #expect(server.uploads.isEmpty)
                growth.append(Metrics.residentMemory() - before)
            } while growth.allSatisfy { $0 >= 48 << 20 } && growth.count < 10
            #expect(growth.contains { $0 < 48 << 20 }, "\(growth)")
            let next = try await server.exchange(Scenario.get("/health"))
            #expect(next.status == 200)
        }
    }

    @Test("a client that leaves in the middle of an upload leaves nothing behind")
    func clientLeaves() async throws {
        try await TestServer.with { server in
            let port = server.port
            let (head, body) = Self.form([UInt8](repeating: 1, count: 1 << 20))
            try await onThread {
                let client = try RawClient(port: port)
                try client.send(Array(head.utf8) + body.prefix(700_000))
                client.close()
            }
            try await onThread { while !server.uploads.isEmpty { usleep(5000) } }
            let next = try await server.exchange(head, body: body)
            #expect(next.status == 200)
        }
    }
}
