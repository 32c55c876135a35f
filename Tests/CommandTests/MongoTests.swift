import Foundation
import JSON
import Storage
import TestSupport
import Testing

@Suite("MONGO_URI", .timeLimit(.minutes(10)))
struct MongoTests {
    private static let hasServer = MongoServer.isPossible

    @Test(
        "two servers on one MongoDB share models and records, and a restart keeps them",
        .enabled(if: hasServer, "\(MongoServer.reason)"))
    func shared() async throws {
        let server = try await blocking { try MongoServer.shared.get() }
        let settings = ["MONGO_URI": server.uri, "MONGO_DB": MongoServer.databaseName()]
        let work = try Workplace()
        let outcome = try await work.run("models", "import", Workplace.strokes, "--default", settings: settings)
        try #require(outcome.status == 0, "\(outcome.errors)")
        let listed = try await work.run("models", "list", settings: settings)
        #expect(listed.output.hasPrefix("* "), "\(listed.output)")
        let servers = [
            try await work.serve(settings: settings), try await Workplace().serve(settings: settings),
        ]
        for server in servers {
            #expect(try await server.client.get("/api/v1/health").json == ["status": "ok", "mongo": "connected"])
            #expect(try await server.client.get("/readyz").status == 200)
        }
        let id = try await servers[0].client.send(.predictUpright).json["id"]
        #expect(try await servers[1].client.get("/api/v1/records").json[0]?["id"] == id)
        #expect(try await servers[1].client.send(.predictUpright).json["digit"] == 1)
        for server in servers { #expect(try await server.stop() == 0) }
        let again = try await work.serve(settings: settings)
        #expect(try await again.client.get("/api/v1/metrics/overview").json["total_records"] == 2)
        #expect(try await again.stop() == 0)
    }

    @Test(
        "the server starts while MongoDB is away, says so, and works as soon as it is there",
        .enabled(if: hasServer, "\(MongoServer.reason)"))
    func lateServer() async throws {
        let mongo = try await blocking { try MongoServer() }
        let settings = ["MONGO_URI": mongo.uri]
        let work = try Workplace()
        let outcome = try await work.run("models", "import", Workplace.strokes, "--default", settings: settings)
        try #require(outcome.status == 0, "\(outcome.errors)")
        try await blocking { mongo.stop() }
        let server = try await work.serve(settings: settings)
        let health = try await server.client.get("/api/v1/health")
        #expect(health.status == 200)
        #expect(try health.json["status"] == "degraded")
        #expect(try health.json["mongo"]?.stringValue?.hasPrefix("error: ") == true)
        for call in [try .predictUpright, HTTPCall("GET", "/api/v1/models"), HTTPCall("GET", "/api/v1/records")] {
            let answer = try await server.client.send(call)
            #expect(answer.status == 503, "\(call.target)")
            #expect(try answer.json["detail"] == "The store is not available.")
            #expect(answer["Retry-After"] == "1")
            #expect(!answer.text.contains("127.0.0.1"))
        }
        #expect(try await server.client.get("/readyz").status == 503)
        try await blocking { try mongo.start() }
        try await eventually { try await server.client.get("/api/v1/health").json["mongo"] == "connected" }
        try await eventually { try await server.client.send(.predictUpright).status == 200 }
        let answer = try await server.client.send(.predictUpright).json
        #expect(answer["digit"] == 1 && answer["using_model"] == true)
        // Away once more, while the server runs, and hanging rather than refusing.
        mongo.pause()
        try await eventually { try await server.client.get("/api/v1/health").json["status"] == "degraded" }
        mongo.resume()
        try await eventually { try await server.client.get("/api/v1/health").json["status"] == "ok" }
        try await eventually { try await server.client.send(.predictUpright).status == 200 }
        #expect(try await server.stop() == 0)
    }

    @Test(
        "every prediction that was answered survives kill -9 of the server",
        .enabled(if: hasServer, "\(MongoServer.reason)"))
    func killed() async throws {
        let mongo = try await blocking { try MongoServer.shared.get() }
        let name = MongoServer.databaseName()
        let settings = ["MONGO_URI": mongo.uri, "MONGO_DB": name]
        let work = try Workplace()
        let outcome = try await work.run("models", "import", Workplace.strokes, "--default", settings: settings)
        try #require(outcome.status == 0, "\(outcome.errors)")
        let call = try HTTPCall.predictUpright
        let answered = Acknowledged()
        for round in 0..<4 {
            let server = try await work.serve(settings: settings)
            let goal = answered.count + 10 + 20 * round
            // Killed by the client that is answered last, so that hardly a moment is left for writing late.
            await PredictionLoad.run(clients: 8, port: server.port, call) { id in
                if answered.add(id) >= goal { server.signal(SIGKILL) }
                return true
            }
            #expect(try await server.wait() == -9)
        }
        let database = MongoDatabase(MongoConfiguration(address: try MongoAddress(mongo.uri, database: name)))
        let stored = try await database.find([:], in: "drawings", .init(projection: ["_id": 1]))
        #expect(answered.ids.subtracting(stored.compactMap { $0["_id"]?.objectID?.description }) == [])
        #expect(answered.count >= 160)
        await database.close()
    }

    @Test("a command that needs a MongoDB that is away says so and why, without the password")
    func awayForCommands() async throws {
        let outcome = try await Workplace().run(
            "models", "list", settings: ["MONGO_URI": "mongodb://ann:s3cret@127.0.0.1:1/"])
        outcome.expectRefusal(69, "The store is not available. (MongoDB: ")
        #expect(!outcome.errors.contains("s3cret"))
    }

    @Test(
        "settings that cannot be used are told at once, without the password",
        arguments: [
            (["MONGO_URI": "http://ann:s3cret@host/"], "MONGO_URI: must begin with mongodb://"),
            (["MONGO_URI": "mongodb://ann:s3cret@host:99999/"], "MONGO_URI: cannot be read"),
            (["MONGO_URI": "mongodb://ann:s3cret@host/", "MONGO_DB": "a.b"], "MONGO_DB: must name a database"),
        ])
    func badSettings(settings: [String: String], problem: String) async throws {
        let outcome = try await Workplace().run("serve", "digits", "--port", "0", settings: settings)
        #expect(outcome.status == 78)
        #expect(outcome.errors.contains(problem), "\(outcome.errors)")
        #expect(!outcome.errors.contains("s3cret"))
    }
}
