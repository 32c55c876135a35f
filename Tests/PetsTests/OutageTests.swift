import Foundation
import JSON
import Registry
import Storage
import TestSupport
import Testing

/// What is answered while PostgreSQL is away.
@Suite(.enabled(if: PostgreSQLServer.isPossible, "needs the programs of PostgreSQL"))
struct OutageTests {
    /// Impatient with a server that is away, so that a test need not wait for it, and patient with a slow one.
    private static func database(_ server: PostgreSQLServer) throws -> any SQLDatabase {
        var configuration = PostgreSQLConfiguration()
        configuration.timeout = .seconds(60)
        configuration.patience = .milliseconds(300)
        configuration.longestPause = .milliseconds(200)
        guard case .postgreSQL(let address) = try DatabaseURL(server.url) else { throw TestTimeout() }
        return PostgreSQLDatabase(address, configuration: configuration)
    }

    @Test("predictions go on while the database stops and comes back, and feedback says whether it was stored")
    func stopAndStart() async throws {
        let postgreSQL = try await blocking { try PostgreSQLServer() }
        var options = PetsServer.Options()
        options.database = try Self.database(postgreSQL)
        let server = try await PetsServer(options)
        _ = try await server.predict(Picture.red)
        #expect(try await server.giveFeedback(input: "before")["saved_to_db"] == true)

        let load = Task {
            var answers = 0
            while !Task.isCancelled {
                let answer = try await server.client.send(.predict(Picture.red))
                #expect(answer.status == 200, "\(answer.text)")
                answers += 1
            }
            return answers
        }
        try await blocking { postgreSQL.stop() }
        // With the server away for as long as this lasts, a prediction that waited for it would never be answered.
        for number in 0..<10 {
            #expect(try await server.giveFeedback(input: "away \(number)")["saved_to_db"] == false)
            _ = try await server.predict(Picture.blue)
        }
        let figures = try await server.client.get("/api/metrics/daily")
        #expect(figures.status == 500)
        #expect(try figures.json["detail"]?.stringValue?.hasPrefix("Erreur métriques: ") == true)
        try await blocking { try postgreSQL.start() }
        try await eventually { try await server.giveFeedback(input: "after")["saved_to_db"] == true }
        load.cancel()
        #expect(try await load.value > 0)

        let rows = try await server.database.query("SELECT input_user FROM feedback_user")
        let inputs = try rows.map { try $0.text("input_user") }
        #expect(inputs.contains("before") && inputs.contains("after"))
        #expect(!inputs.contains { $0.hasPrefix("away") })
    }

    @Test("a server starts without its database, with the model it last knew, and finds the database later")
    func startWithout() async throws {
        let postgreSQL = try await blocking { try PostgreSQLServer() }
        let folder = try TemporaryFolder()
        var options = PetsServer.Options()
        options.folder = folder
        options.database = try Self.database(postgreSQL)
        let first = try await PetsServer(options)
        _ = try await first.predict(Picture.red)
        try await blocking { postgreSQL.stop() }

        options.database = try Self.database(postgreSQL)
        let second = try await PetsServer(options)
        #expect(try await second.predict(Picture.red)["confidence"] == "98.20%")
        #expect(try await second.giveFeedback()["saved_to_db"] == false)
        try await blocking { try postgreSQL.start() }
        try await eventually { try await second.giveFeedback()["saved_to_db"] == true }
        _ = first
    }
}
