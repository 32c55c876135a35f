import Foundation
import JSON
import Storage
import TestSupport
import Testing

/// What survives when a server is killed under load. `PRUNELLE_CRASH_ROUNDS=100` makes it thorough.
@Suite("kill -9", .timeLimit(.minutes(20)))
struct ServerCrashTests {
    @Test("under load it loses no acknowledged prediction", arguments: SQLDriver.allCases)
    func killed(driver: SQLDriver) async throws {
        let work = try Workplace()
        let location = try await driver.location(of: work.folder.url)
        let settings = [
            "PRUNELLE_ACCESS_LOG": "off", "DATABASE_URL": location.contains("://") ? location : "sqlite:///\(location)",
        ]
        let outcome = try await work.run(["models", "import", Workplace.strokes, "--default"], settings: settings)
        try #require(outcome.status == 0, "\(outcome.errors)")
        let call = try HTTPCall.predictUpright
        let acknowledged = Acknowledged()
        for round in 1...CrashRounds.number(otherwise: 5) {
            let server = try await work.serve(settings: settings)
            let goal = acknowledged.count + .random(in: 0...300)
            // Killed by the client that is answered last, so that hardly a moment is left for writing late.
            await PredictionLoad.run(clients: 16, port: server.port, call) { id in
                if acknowledged.add(id) >= goal { server.signal(SIGKILL) }
                return true
            }
            #expect(try await server.wait() == -9)
            let database = try await driver.open(work.folder.url)
            let stored = try await database.query("SELECT id FROM digits_drawings").map { try $0.text("id") }
            #expect(acknowledged.ids.subtracting(stored) == [], "round \(round)")
            await database.close()
        }
        let server = try await work.serve(settings: settings)
        let total = try await server.client.get("/api/v1/metrics/overview").json["total_records"]?.intValue ?? 0
        #expect(total >= acknowledged.count)
        #expect(acknowledged.count > 100)
        #expect(try await server.client.send(call).json["digit"] == 1)
        #expect(try await server.stop() == 0)
    }
}
