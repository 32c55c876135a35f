import Foundation
import Identity
import JSON
import Storage
import TestSupport
import Testing

@Suite("Tokens across processes", .timeLimit(.minutes(10)))
struct TokenProcessTests {
    @Test("what one process gives out or takes back, another sees within two seconds", arguments: SQLDriver.allCases)
    func twoProcesses(driver: SQLDriver) async throws {
        let work = try Workplace()
        let database = try await driver.open(work.folder.url)
        let settings = ["DATABASE_URL": try await location(driver, work)]
        let tokens = try await BearerTokens(database)
        let created = try await work.run("token", "create", "web", settings: settings)
        try #require(created.status == 0, "\(created.errors)")
        let text = created.output.trimmingCharacters(in: .whitespacesAndNewlines)
        try await eventually(within: .seconds(2)) { await tokens.authenticate("Bearer \(text)") == .accepted("web") }
        #expect(try await work.run("token", "revoke", "web", settings: settings).status == 0)
        try await eventually(within: .seconds(2)) { await tokens.authenticate("Bearer \(text)") == .revoked }
        // The day of use, which the other process wrote, is in the list.
        let list = try await work.run("token", "list", "--json", settings: settings)
        #expect(try JSONValue(parsing: list.output)[0]?["last_used_on"]?.stringValue?.count == 10)
        await database.close()
    }

    private func location(_ driver: SQLDriver, _ work: Workplace) async throws -> String {
        let location = try await driver.location(of: work.folder.url)
        return driver == .sqlite ? "sqlite:///" + location : location
    }
}
