import Foundation
import JSON
import Storage
import TestSupport
import Testing

@Suite("prunelle serve", .timeLimit(.minutes(10)))
struct ServeTests {
    @Test("one app is served at the root, with its page, its description and the probes")
    func alone() async throws {
        let work = try Workplace()
        let server = try await work.serve("digits")
        #expect(try await server.client.get("/api/v1/health").json == ["status": "ok", "mongo": "embedded"])
        for path in ["/", "/docs", "/redoc", "/openapi.json", "/livez", "/readyz", "/metrics"] {
            #expect(try await server.client.get(path).status == 200, "\(path)")
        }
        #expect(try await server.client.get("/").text.contains("<html"))
        let missing = try await server.client.get("/digits/api/v1/health")
        #expect(missing.status == 404)
        #expect(try missing.json == ["detail": "Not found."])
        #expect(try await server.stop() == 0)
    }

    @Test("every page of an app is served, and may run no script but those of its files")
    func pages() async throws {
        let work = try Workplace()
        let server = try await work.serve("pets")
        for path in ["/", "/info", "/inference", "/review"] {
            let page = try await server.client.get(path)
            #expect(page.status == 200 && page.text.contains("<main"), "\(path)")
            #expect(page["Content-Security-Policy"]?.contains("default-src 'self'") == true, "\(path)")
            #expect(page["Content-Security-Policy"]?.contains("unsafe") == false, "\(path)")
        }
        #expect(try await server.stop() == 0)
    }

    @Test("all apps are served below their names, with the portal at the root")
    func shared() async throws {
        let work = try Workplace()
        let server = try await work.serve("--data", "elsewhere")
        #expect(try await server.client.get("/digits/api/v1/health").status == 200)
        #expect(try await server.client.get("/api/v1/health").status == 404)
        #expect(try await server.client.get("/").text.contains("<html"))
        #expect(try await server.client.get("/digits/").text.contains("<html"))
        let redirect = try await server.client.get("/digits")
        #expect(redirect.status == 302)
        #expect(redirect["Location"] == "/digits/")
        let apps = try await server.client.get("/api/apps").json
        #expect(apps["apps"]?[0]?["name"] == "digits")
        #expect(apps["apps"]?[0]?["ready"] == true)
        #expect(try await server.client.get("/digits/nothing").json == ["detail": "Not found."])
        #expect(FileManager.default.fileExists(atPath: work.folder.file("elsewhere/prunelle.sqlite").path))
        #expect(try await server.stop() == 0)
    }

    @Test(
        "nothing outside the folder of pages is served",
        arguments: [
            "/assets/../Package.swift", "/assets/%2e%2e/Package.swift", "/assets/..%2fPackage.swift",
            "/assets//etc/passwd",
            "/assets/%2fetc%2fpasswd", "/assets/digits/..%5c..%5cPackage.swift", "/vendor/../../etc/passwd",
        ])
    func files(path: String) async throws {
        let work = try Workplace()
        let server = try await work.serve()
        let answer = try await server.client.get(path)
        #expect([400, 404].contains(answer.status), "\(path) \(answer.status)")
        #expect(!answer.text.contains("root:"))
        #expect(!answer.text.contains("PackageDescription"))
    }

    @Test("SIGTERM and SIGINT end the server in good order", arguments: [SIGTERM, SIGINT])
    func signals(number: Int32) async throws {
        let work = try Workplace()
        let server = try await work.serve()
        server.signal(number)
        #expect(try await server.wait() == 0)
        // What the log of the database held is back in the file.
        #expect(!FileManager.default.fileExists(atPath: work.folder.file("data/prunelle.sqlite-wal").path))
    }

    @Test("requests under way when SIGTERM comes are answered")
    func drain() async throws {
        let work = try Workplace()
        try await work.importDefault()
        let server = try await work.serve()
        let port = server.port
        var request = try HTTPCall.predictUpright
        request.headers.append(("Expect", "100-continue"))
        let call = request
        let answer = try await blocking {
            let connection = try HTTPConnection(port: port)
            // By asking for the body the server says that it has begun to read the request.
            connection.write(call.head)
            #expect(try connection.head().status == 100)
            server.signal(SIGTERM)
            connection.write(try #require(call.body))
            return try connection.answer()
        }
        #expect(answer.status == 200)
        #expect(try answer.json["digit"] == 1)
        #expect(try await server.wait() == 0)
    }

    @Test("a port that is taken is told in one line, and the data of the other server stays sound")
    func portInUse() async throws {
        let work = try Workplace()
        let server = try await work.serve()
        let outcome = try await work.run("serve", "digits", "--port", "\(server.port)", "--data", "other")
        #expect(outcome.status == 69)
        #expect(outcome.errors.split(separator: "\n").last?.contains("\(server.port)") == true, "\(outcome.errors)")
        #expect(try await server.client.get("/api/v1/health").status == 200)
    }

    @Test("an address that is not of this machine, or none at all, is told", arguments: ["192.0.2.1", "no such host"])
    func host(host: String) async throws {
        let outcome = try await Workplace().run("serve", "digits", "--host", host, "--port", "0")
        #expect(outcome.status == 69)
        #expect(outcome.errors.split(separator: "\n").last?.contains(host) == true, "\(outcome.errors)")
    }

    @Test("a database that is none is told, without losing the file")
    func notADatabase() async throws {
        let work = try Workplace()
        try FileManager.default.createDirectory(at: work.folder.file("data"), withIntermediateDirectories: true)
        let text = [UInt8](repeating: UInt8(ascii: "x"), count: 10_000)
        try work.folder.write(text, to: "data/prunelle.sqlite")
        let outcome = try await work.run("serve", "digits", "--port", "0")
        outcome.expectRefusal(69, "'data' cannot be used")
        #expect(try Array(Data(contentsOf: work.folder.file("data/prunelle.sqlite"))) == text)
    }
}
