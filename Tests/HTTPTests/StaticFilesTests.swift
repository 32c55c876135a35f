import Foundation
import HTTP
import JSON
import Testing

@Suite(.timeLimit(.minutes(10))) struct StaticFilesTests {
    /// A folder with files, a link that leads out of it, and a secret beside it.
    private static func withSite<Result>(_ body: (TestServer, URL) async throws -> Result) async throws -> Result {
        let root = FileManager.default.temporaryDirectory.appending(path: "site-\(UUID().uuidString)")
        let site = root.appending(path: "site")
        try FileManager.default.createDirectory(
            at: site.appending(path: "sub"), withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: root) }
        try "secret".write(to: root.appending(path: "secret.txt"), atomically: true, encoding: .utf8)
        try "<p>index</p>".write(to: site.appending(path: "index.html"), atomically: true, encoding: .utf8)
        try String(repeating: "a { color: red }\n", count: 200)
            .write(to: site.appending(path: "sub/a.css"), atomically: true, encoding: .utf8)
        try "hidden".write(to: site.appending(path: ".env"), atomically: true, encoding: .utf8)
        try Data([1, 2, 3]).write(to: site.appending(path: "é b.bin"))
        for name in ["out", "folder-out"] {
            try FileManager.default.createSymbolicLink(
                at: site.appending(path: name),
                withDestinationURL: name == "out" ? root.appending(path: "secret.txt") : root)
        }
        let files = [StaticFiles(folder: site), StaticFiles(prefix: "/files", folder: site, cacheControl: "max-age=5")]
        return try await TestServer.with(files: files) { try await body($0, site) }
    }

    @Test("files are served with type, tag and policy")
    func serves() async throws {
        try await Self.withSite { server, _ in
            let index = try await server.exchange(Scenario.get("/"))
            #expect(index.status == 200)
            #expect(index.text == "<p>index</p>")
            #expect(index.headers["content-type"] == "text/html; charset=utf-8")
            #expect(index.headers["content-security-policy"]?.contains("default-src 'self'") == true)
            #expect(index.headers["cache-control"] == "no-cache")
            let other = try await server.exchange(Scenario.get("/files/%C3%A9%20b.bin"))
            #expect(other.body == [1, 2, 3])
            #expect(other.headers["content-type"] == "application/octet-stream")
            #expect(other.headers["cache-control"] == "max-age=5")
            let folder = try await server.exchange(Scenario.get("/files"))
            #expect(folder.status == 302)
            #expect(folder.headers["location"] == "files/")
        }
    }

    @Test("a known tag is answered with 304, an old one with the file")
    func conditional() async throws {
        try await Self.withSite { server, site in
            let first = try await server.exchange(Scenario.get("/sub/a.css"))
            let tag = try #require(first.headers["etag"])
            for header in [tag, "\"x\", W/\(tag)", "*"] {
                let second = try await server.exchange(Scenario.get("/sub/a.css", "If-None-Match: \(header)\r\n"))
                #expect(second.status == 304)
                #expect(second.headers["etag"] == tag)
            }
            try "b {}".write(to: site.appending(path: "sub/a.css"), atomically: true, encoding: .utf8)
            let changed = try await server.exchange(Scenario.get("/sub/a.css", "If-None-Match: \(tag)\r\n"))
            #expect(changed.status == 200)
            #expect(changed.text == "b {}")
            #expect(changed.headers["etag"] != tag)
        }
    }

    @Test(
        "texts are compressed for those who ask for it",
        arguments: [
            ("gzip, deflate, br", true), ("*", true), ("GZIP;q=0.5", true), ("gzip;q=0", false), ("br", false),
            ("", false),
        ])
    func compression(accepted: String, isCompressed: Bool) async throws {
        try await Self.withSite { server, _ in
            let plain = try await server.exchange(Scenario.get("/sub/a.css"))
            let response = try await server.exchange(Scenario.get("/sub/a.css", "Accept-Encoding: \(accepted)\r\n"))
            #expect(response.headers["content-encoding"] == (isCompressed ? "gzip" : nil))
            #expect(response.headers["vary"] == "Accept-Encoding")
            #expect((response.headers["etag"] != plain.headers["etag"]) == isCompressed)
            #expect((response.body.count < plain.body.count) == isCompressed)
            if isCompressed { #expect(response.body.prefix(2) == [0x1F, 0x8B]) }
        }
    }

    @Test(
        "nothing outside the folder, hidden or linked is served",
        arguments: [
            "/../secret.txt", "/sub/../../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/sub/..%5csecret.txt",
            "/out", "/folder-out/secret.txt", "/.env", "/sub", "/sub/", "//index.html", "/sub//a.css", "/index.html/",
            "/etc/passwd", "/%2fetc/passwd",
        ])
    func traversal(path: String) async throws {
        try await Self.withSite { server, _ in
            let response = try await server.exchange(Scenario.get(path))
            #expect(response.status == 404)
            #expect(!response.text.contains("secret"))
            #expect(!response.text.contains("root:"))
        }
    }

    @Test("other methods on files are refused, on nothing not found")
    func methods() async throws {
        try await Self.withSite { server, _ in
            let file = try await server.exchange(Scenario.send("POST", "/index.html", nil, "x"))
            #expect(file.status == 405)
            let nothing = try await server.exchange(Scenario.send("POST", "/nothing", nil, "x"))
            #expect(nothing.status == 404)
        }
    }
}
