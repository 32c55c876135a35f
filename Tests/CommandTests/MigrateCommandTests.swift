import Foundation
import JSON
import Observability
import Storage
import TestSupport
import Testing

@Suite("prunelle migrate", .timeLimit(.minutes(10)))
struct MigrateCommandTests {
    private let work: Workplace

    init() throws { work = try Workplace() }

    private func migrate(
        _ from: String, _ to: String, _ more: String..., settings: [String: String] = [:]
    ) async throws -> Programs.Outcome {
        try await work.run(["migrate", "--from", from, "--to", to] + more, settings: settings)
    }

    @Test("every part of the program that keeps rows can be moved, also what apps added last")
    func complete() async throws {
        let server = try await work.serve("--data", "all")
        #expect(try await server.stop() == 0)
        let outcome = try await migrate("sqlite:///all/prunelle.sqlite", "sqlite:///to.sqlite", "--dry-run")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("can be copied"))
        #expect(!FileManager.default.fileExists(atPath: work.folder.file("to.sqlite").path))
    }

    @Test(
        "a server goes on where the old one stopped, after its rows went to PostgreSQL and back",
        .enabled(if: PostgreSQLServer.isPossible, "PostgreSQL's server programs are not installed"))
    func thereAndBack() async throws {
        try await work.importDefault()
        let first = try await work.serve()
        for _ in 0..<5 { #expect(try await first.client.send(.predictUpright).status == 200) }
        let records = try await first.client.get("/api/v1/records").json
        #expect(try await first.stop() == 0)
        // A server of its own, since one that others use is refused.
        let postgres = try await blocking { try PostgreSQLServer() }
        let settings = ["PG": postgres.url]
        let there = try await migrate("sqlite:///data/prunelle.sqlite", "env:PG", settings: settings)
        #expect(there.status == 0, "\(there.errors)")
        let back = try await migrate("env:PG", "sqlite:///back/prunelle.sqlite", settings: settings)
        #expect(back.status == 0, "\(back.errors)")
        let folders = (work.folder.file("data/objects").path, work.folder.file("back/objects").path)
        let objects = try await migrate("file://\(folders.0)", "file://\(folders.1)")
        #expect(objects.status == 0, "\(objects.errors)")
        let second = try await work.serve("digits", "--data", "back")
        #expect(try await second.client.get("/api/v1/records").json == records)
        #expect(try await second.client.send(.predictUpright).json["digit"] == 1)
        #expect(try await second.stop() == 0)
    }

    @Test("killed again and again it goes on, and in the end everything is there")
    func killed() async throws {
        try await work.importDefault()
        let server = try await work.serve()
        #expect(try await server.stop() == 0)
        let database = try SQLiteDatabase(file: work.folder.file("data/prunelle.sqlite"))
        let image = String(repeating: "picture ", count: 400)
        for page in 0..<30 {
            try await database.write(
                (0..<500).map { number in
                    """
                    INSERT INTO digits_drawings (id, image, proba, latency_ms, created_at, model_id)
                    VALUES (\(bind: ObjectID.next()), \(bind: "\(page) \(number) \(image)"), 0.5, 1, 1, 'x')
                    """
                })
        }
        await database.close()
        var kills = 0
        for attempt in 1...40 {
            let delay = attempt < 40 ? 40 * attempt : nil
            let status = try await work.run(
                "migrate", "--from", "sqlite:///data/prunelle.sqlite", "--to", "sqlite:///target/prunelle.sqlite",
                killedAfter: delay)
            if status == 0 { break }
            #expect(status == -9)
            kills += 1
            // A server does not take it for complete.
            if attempt % 8 == 0, FileManager.default.fileExists(atPath: work.folder.file("target/prunelle.sqlite").path)
            {
                let target = try SQLiteDatabase(file: work.folder.file("target/prunelle.sqlite"))
                let source = try await target.unfinishedCopy()
                await target.close()
                guard source != nil else { continue }
                try await work.run("serve", "digits", "--port", "0", "--data", "target")
                    .expectRefusal(69, "is not complete")
                #expect(try await work.run("doctor", "--data", "target", "--port", "0").status == 69)
            }
        }
        #expect(kills > 2)
        let last = try await migrate("sqlite:///data/prunelle.sqlite", "sqlite:///target/prunelle.sqlite")
        #expect(last.status == 0, "\(last.errors)")
        #expect(last.errors.contains("holds rows already"), "\(last.errors)")
        #expect(last.errors.contains("\ndigits_drawings: 15000:"), "\(last.errors)")
    }

    @Test(
        "objects go to a bucket and back, and a bucket with something else is refused",
        .enabled(if: S3Server.isPossible, Comment(rawValue: S3Server.reason)))
    func bucket() async throws {
        try await work.importDefault()
        let configuration = try await S3Server.sharedConfiguration(prefix: work.folder.url.lastPathComponent)
        let url = try S3Server.url(of: configuration.address)
        let folder = work.folder.file("data/objects").path
        let plan = try await migrate("file://\(folder)", "env:BUCKET", "--dry-run", settings: ["BUCKET": url])
        #expect(plan.status == 0, "\(plan.errors)")
        #expect(!(plan.output + plan.errors).contains(S3Server.secret))
        let there = try await migrate("file://\(folder)", "env:BUCKET", settings: ["BUCKET": url])
        #expect(there.status == 0, "\(there.errors)")
        let back = try await migrate("env:BUCKET", "file://\(work.folder.file("back").path)", settings: ["BUCKET": url])
        #expect(back.status == 0, "\(back.errors)")
        let files = try work.folder.files()
        let (given, returned) = (files.filter { $0.hasPrefix("data/objects/") }, files.filter { $0.hasPrefix("back/") })
        #expect(given.count == 3)
        #expect(given.map { $0.dropFirst("data/objects/".count) } == returned.map { $0.dropFirst("back/".count) })
        let store = S3ObjectStore(configuration)
        try await store.put([1], key: ObjectKey("another"))
        await store.close()
        try await migrate("file://\(folder)", "env:BUCKET", settings: ["BUCKET": url])
            .expectLastLine(65, "the object another")
    }

    @Test(
        "models and records of digits go to a MongoDB and back, and the model answers from there",
        .enabled(if: MongoServer.isPossible, Comment(rawValue: MongoServer.reason)))
    func documents() async throws {
        try await work.importDefault()
        let first = try await work.serve()
        for _ in 0..<40 { #expect(try await first.client.send(.predictUpright).status == 200) }
        let records = try await first.client.get("/api/v1/records?limit=0").json.arrayValue ?? []
        let id = try #require(records[3]["id"]?.stringValue)
        let truth = try await first.client.send(.json("PATCH", "/api/v1/records/\(id)", "{\"ground_truth\": 4}"))
        #expect(truth.status == 200)
        #expect(try await first.stop() == 0)
        let server = try await blocking { try MongoServer.shared.get() }
        let settings = ["MONGO_URI": server.uri, "MONGO_DB": MongoServer.databaseName()]
        let there = try await migrate("sqlite:///data/prunelle.sqlite", "env:MONGO_URI", settings: settings)
        #expect(there.status == 0, "\(there.errors)")
        #expect(there.output.hasPrefix("1 models and 40 records"), "\(there.output)")
        let second = try await work.serve("digits", "--data", "empty", settings: settings)
        let moved = try await second.client.get("/api/v1/records?limit=0").json.arrayValue ?? []
        #expect(moved.map { $0["id"] } == records.map { $0["id"] })
        #expect(try await second.client.send(.predictUpright).json["digit"] == 1)
        #expect(try await second.stop() == 0)
        let back = try await work.run(
            ["migrate", "--from", "env:MONGO_URI", "--to", "sqlite:///back/prunelle.sqlite"],
            settings: settings.merging(["PRUNELLE_DATA": "back"]) { $1 })
        #expect(back.status == 0, "\(back.errors)")
        let third = try await work.serve("digits", "--data", "back")
        let again = try await third.client.get("/api/v1/records?limit=0&fields=all").json.arrayValue ?? []
        #expect(again.count == 41)
        #expect(again.first { $0["id"]?.stringValue == id }?["ground_truth"] == 4)
        #expect(try await third.client.send(.predictUpright).json["digit"] == 1)
        #expect(try await third.stop() == 0)
        // The source now lacks what the target has got.
        try await migrate("sqlite:///data/prunelle.sqlite", "env:MONGO_URI", settings: settings)
            .expectLastLine(65, "the drawing")
    }

    @Test(
        "what cannot be copied is told by its status and one line",
        arguments: [
            ("--to sqlite:///x", 64, "needs --from"), ("--from sqlite:///x", 64, "needs --to"),
            ("--from mysql://h/n --to sqlite:///x", 64, "--from begins with 'mysql'"),
            ("--from env:NOTHING --to sqlite:///x", 64, "no environment variable 'NOTHING'"),
            ("--from sqlite:///none --to sqlite:///x", 66, "there is no database 'none'"),
            ("--from sqlite:///a --to file:///tmp/x", 64, "both must be of one kind"),
            ("--from sqlite:///a --to sqlite:///a", 64, "the same database"),
            ("--from file:///nowhere --to file:///tmp/prunelle-x", 66, "there is no folder '/nowhere'"),
        ])
    func refusals(line: String, status: Int, text: String) async throws {
        try await work.run(["migrate"] + line.split(separator: " ").map(String.init)).expectRefusal(status, text)
        #expect(try work.folder.files().filter { !$0.hasPrefix("home") } == [])
    }

    @Test("passwords are never repeated")
    func secrets() async throws {
        let url = "postgresql://ann:s3cret@/name?host=\(work.folder.url.path)"
        for outcome in [
            try await migrate(url, "sqlite:///x"), try await migrate(url + "&bad=1", "sqlite:///x"),
            try await work.run("doctor", settings: ["DATABASE_URL": url, "REDIS_URL": "redis://:s3cret@127.0.0.1:1"]),
            try await work.run(["doctor", "--json"], settings: ["DATABASE_URL": url]),
        ] {
            #expect(outcome.status != 0)
            #expect(!(outcome.output + outcome.errors).contains("s3cret"), "\(outcome)")
        }
    }
}
