import Foundation
import Identity
import Observability
import Privacy
import Storage
import TestSupport
import Testing

/// A PostgreSQL server that goes away for good, with real clocks.
@Suite(
    "Tokens while PostgreSQL is away", .timeLimit(.minutes(10)),
    .enabled(if: PostgreSQLServer.isPossible, "PostgreSQL's server programs are not installed"))
struct OutageTests {
    private func open(_ server: PostgreSQLServer) throws -> any SQLDatabase {
        guard case .postgreSQL(let address) = try DatabaseURL(server.url) else { throw TestTimeout() }
        return PostgreSQLDatabase(address)
    }

    @Test("tokens read before go on, nobody waits long, and all is well after a restart")
    func stopped() async throws {
        let server = try await blocking { try PostgreSQLServer() }
        let database = try open(server)
        let text = try await TokenBook(database, audit: AuditLog(database)).create("web").text.reveal()
        let stranger = text.swappingLast
        let tokens = try await BearerTokens(
            database, known: [ConfiguredToken(name: "API_TOKEN", text: Secret("own"))])
        #expect(await tokens.authenticate("Bearer \(text)") == .accepted("web"))
        #expect(await tokens.authenticate("Bearer \(stranger)") == .unknown)
        try await blocking { server.stop() }
        let start = ContinuousClock.now
        // Longer than a reading counts, so that the server is missed.
        try await eventually { await tokens.authenticate("Bearer \(stranger)") == .unavailable }
        for _ in 0..<200 {
            #expect(await tokens.authenticate("Bearer \(text)") == .accepted("web"))
            #expect(await tokens.authenticate("Bearer own") == .accepted("API_TOKEN"))
            #expect(await tokens.authenticate("Bearer wrong") == .unknown)
        }
        // Were each to wait for its second, this would take ten minutes.
        #expect(start.duration(to: .now) < .seconds(120))
        try await blocking { try server.start() }
        try await eventually { await tokens.authenticate("Bearer \(stranger)") == .unknown }
        let late = try await TokenBook(database, audit: AuditLog(database)).create("late").text.reveal()
        try await eventually { await tokens.authenticate("Bearer \(late)") == .accepted("late") }
        await database.close()
    }
}
