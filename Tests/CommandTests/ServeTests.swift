import Foundation
import JSON
import Storage
import Synchronization
import TestSupport
import Testing

@Suite("prunelle serve", .timeLimit(.minutes(3)))
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
        let call = try HTTPCall.predictUpright
        let answer = try await blocking {
            let connection = try HTTPConnection(port: port)
            // The server has begun to read the request when it is told to stop.
            connection.write(call.head)
            connection.write(Array(try #require(call.body).prefix(20)))
            _ = try HTTPConnection(port: port).send(HTTPCall("GET", "/livez"))
            server.signal(SIGTERM)
            connection.write(Array(try #require(call.body).dropFirst(20)))
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

    @Test("kill -9 under load loses no acknowledged prediction")
    func killed() async throws {
        let work = try Workplace()
        try await work.importDefault()
        let call = try HTTPCall.predictUpright
        let acknowledged = Acknowledged()
        for round in 1...5 {
            let server = try await work.serve(settings: ["PRUNELLE_ACCESS_LOG": "off"])
            let goal = acknowledged.count + .random(in: 40...300)
            // Killed by the client that is answered last, so that hardly a moment is left for writing late.
            await Self.load(clients: 16, port: server.port, call) { id in
                if acknowledged.add(id) >= goal { server.signal(SIGKILL) }
            }
            #expect(try await server.wait() == -9)
            let database = try SQLiteDatabase(file: work.folder.file("data/prunelle.sqlite"))
            let stored = try await database.query("SELECT id FROM digits_drawings").map { try $0.text("id") }
            #expect(acknowledged.ids.subtracting(stored) == [], "round \(round)")
            await database.close()
        }
        let server = try await work.serve()
        let total = try await server.client.get("/api/v1/metrics/overview").json["total_records"]?.intValue ?? 0
        #expect(total >= acknowledged.count)
        #expect(acknowledged.count > 200)
        #expect(try await server.client.send(call).json["digit"] == 1)
        #expect(try await server.stop() == 0)
    }

    /// Posts predictions over connections of their own until the server is gone, and tells each identifier it answers.
    private static func load(
        clients: Int, port: Int, _ call: HTTPCall, _ tell: @escaping @Sendable (String) -> Void
    ) async {
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<clients {
                group.addTask {
                    // The end of the server ends every client with an error; that is what the test is about.
                    try? await blocking {
                        let connection = try HTTPConnection(port: port)
                        while true {
                            let answer = try connection.send(call)
                            if answer.status == 200 { tell(try answer.json["id"]?.stringValue ?? "") }
                        }
                    }
                }
            }
        }
    }

    /// Identifiers that the server has answered with.
    private final class Acknowledged: Sendable {
        private let known = Mutex<Set<String>>([])

        var ids: Set<String> { known.withLock(\.self) }
        var count: Int { known.withLock(\.count) }

        /// Adds one and tells how many there are.
        func add(_ id: String) -> Int {
            known.withLock { known in
                known.insert(id)
                return known.count
            }
        }
    }
}
