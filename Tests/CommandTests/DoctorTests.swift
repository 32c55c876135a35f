import Foundation
import JSON
import Storage
import TestSupport
import Testing

@Suite("prunelle doctor", .timeLimit(.minutes(10)))
struct DoctorTests {
    private let work: Workplace

    init() throws { work = try Workplace() }

    /// The findings about a subject, as JSON.
    private func findings(
        _ subject: String, status: Int = 0, _ settings: [String: String] = [:]
    ) async throws -> [JSONValue] {
        let outcome = try await work.run(["doctor", "--json", "--port", "0"], settings: settings)
        #expect(outcome.status == status, "\(outcome.output)")
        let report = try JSONValue(parsing: Array(outcome.output.utf8))
        #expect(report["healthy"] == .bool(status == 0))
        let all = report["findings"]?.arrayValue ?? []
        for finding in all where finding["state"] != "ok" { #expect(finding["advice"]?.stringValue?.isEmpty == false) }
        return all.filter { $0["subject"]?.stringValue == subject }
    }

    @Test("where nothing was ever started it finds nothing wrong and makes nothing")
    func fresh() async throws {
        #expect(try await findings("database")[0]["state"] == "ok")
        #expect(try work.folder.files().filter { !$0.hasPrefix("home") } == [])
        let text = try await work.run("doctor", "--port", "0")
        #expect(text.status == 0)
        #expect(text.output.contains("ok    configuration"))
    }

    @Test("a server's data is found in order, also while it runs, and nothing is left behind")
    func running() async throws {
        try await work.importDefault()
        let server = try await work.serve()
        #expect(try await findings("model")[0]["message"]?.stringValue?.contains("'strokes' answers") == true)
        #expect(try await findings("objects")[0]["state"] == "ok")
        #expect(try work.folder.files().filter { $0.contains("doctor/") } == [])
        let port = try await work.run("doctor", "--port", "\(server.port)")
        #expect(port.output.contains("is in use, and a server runs"), "\(port.output)")
        #expect(try await server.stop() == 0)
    }

    @Test("a port that another program has is told")
    func port() async throws {
        let server = try await work.serve("digits", "--data", "other")
        let outcome = try await work.run("doctor", "--port", "\(server.port)")
        #expect(outcome.status == 69)
        #expect(outcome.output.contains("WRONG address"), "\(outcome.output)")
        #expect(try await server.stop() == 0)
    }

    @Test("each thing that is broken is told with what to do")
    func broken() async throws {
        try await work.importDefault()
        let objects = work.folder.file("data/objects/models")
        try FileManager.default.removeItem(at: objects)
        #expect(try await findings("model", status: 69)[0]["state"] == "wrong")
        let database = try SQLiteDatabase(file: work.folder.file("data/prunelle.sqlite"))
        try await database.migrate([Migration(id: "900-later", statements: [])], namespace: "later")
        await database.close()
        let newer = try await findings("database", status: 69)[0]
        #expect(newer["message"]?.stringValue?.contains("900-later") == true, "\(newer)")
        let text = [UInt8](repeating: UInt8(ascii: "x"), count: 10_000)
        for suffix in ["-wal", "-shm"] {
            try? FileManager.default.removeItem(at: work.folder.file("data/prunelle.sqlite\(suffix)"))
        }
        try work.folder.write(text, to: "data/prunelle.sqlite")
        #expect(try await findings("database", status: 69)[0]["state"] == "wrong")
        let unknown = try await findings("configuration", status: 78, ["PRUNELLE_PROT": "1"])
        #expect(unknown[0]["message"]?.stringValue?.contains("did you mean PRUNELLE_PORT") == true)
    }

    @Test(
        "servers that do not answer are told",
        .enabled(if: RedisServer.isPossible, Comment(rawValue: RedisServer.reason)))
    func services() async throws {
        let redis = try RedisServer()
        #expect(try await findings("cache", ["REDIS_URL": redis.url])[0]["state"] == "ok")
        redis.stop()
        #expect(try await findings("cache", status: 69, ["REDIS_URL": redis.url])[0]["state"] == "wrong")
        let refused = try await findings("configuration", status: 78, ["REDIS_URL": "rediss://host"])
        #expect(refused[0]["message"]?.stringValue?.contains("TLS") == true)
        let gone = ["DATABASE_URL": "postgresql://postgres:postgres@/n?host=\(work.folder.url.path)"]
        #expect(try await findings("database", status: 69, gone)[0]["state"] == "wrong")
        #expect(
            try await findings("secrets", status: 69, gone).contains {
                $0["message"]?.stringValue?.contains("database") == true
            })
    }

    @Test(
        "a user of PostgreSQL without the rights it needs is told, with the words that give them",
        .enabled(if: PostgreSQLServer.isPossible, "PostgreSQL's server programs are not installed"))
    func rights() async throws {
        let server = try await blocking { try PostgreSQLServer() }
        guard case .postgreSQL(let address) = try DatabaseURL(server.url) else { return }
        let database = PostgreSQLDatabase(address)
        try await database.write(["CREATE ROLE ann LOGIN", "REVOKE CREATE ON SCHEMA public FROM PUBLIC"])
        let ann = ["DATABASE_URL": server.url.replacing("//postgres@", with: "//ann@")]
        let first = try await findings("database", status: 69, ann)
        #expect(first.contains { $0["advice"]?.stringValue?.contains("SCHEMA public TO \"ann\"") == true }, "\(first)")
        try await database.write("GRANT CREATE ON SCHEMA public TO ann")
        #expect(try await findings("database", ann).allSatisfy { $0["state"] == "ok" })
        // Tables that another user made, and that may only be read.
        let made = try await work.run(["models", "list"], settings: ["DATABASE_URL": server.url])
        #expect(made.status == 0, "\(made.errors)")
        try await database.write("GRANT SELECT ON ALL TABLES IN SCHEMA public TO ann")
        let last = try await findings("database", status: 69, ann)
        #expect(last.contains { $0["message"]?.stringValue?.contains("may not read and change") == true }, "\(last)")
        await database.close()
    }

    @Test(
        "readiness and the doctor know a cache on a server",
        .enabled(if: RedisServer.isPossible, Comment(rawValue: RedisServer.reason)))
    func readiness() async throws {
        let redis = try RedisServer()
        let server = try await work.serve(settings: ["REDIS_URL": redis.url])
        #expect(try await server.client.get("/readyz").json["checks"]?["cache"] == "ok")
        redis.stop()
        try await eventually { try await server.client.get("/readyz").status == 503 }
        // What needs no cache goes on.
        #expect(try await server.client.get("/api/v1/health").status == 200)
        try redis.start()
        try await eventually { try await server.client.get("/readyz").json["checks"]?["cache"] == "ok" }
        #expect(try await server.stop() == 0)
    }
}
