import Foundation
import JSON
import Storage
import TestSupport
import Testing

@Suite("prunelle backup and restore", .timeLimit(.minutes(10)))
struct BackupCommandTests {
    @Test("a backup made under load is restored elsewhere with every prediction that was acknowledged before it began")
    func underLoad() async throws {
        let work = try Workplace()
        try await work.importDefault()
        let server = try await work.serve()
        let acknowledged = Acknowledged()
        let call = try HTTPCall.predictUpright
        let load = Task {
            await PredictionLoad.run(clients: 4, port: server.port, call) { id in
                acknowledged.add(id)
                return !Task.isCancelled
            }
        }
        try await eventually { acknowledged.count > 50 }
        let before = acknowledged.ids
        let outcome = try await work.run("backup", "copy.tar")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output == "copy.tar\n")
        load.cancel()
        await load.value
        #expect(acknowledged.count > before.count)
        #expect(try await server.stop() == 0)

        let restored = try await work.run("restore", "copy.tar", "--data", "again")
        #expect(restored.status == 0, "\(restored.errors)")
        let database = try SQLiteDatabase(file: work.folder.file("again/prunelle.sqlite"))
        let stored = try await database.query("SELECT id FROM digits_drawings").map { try $0.text("id") }
        #expect(before.subtracting(stored) == [])
        await database.close()
        // What was left out is made again: the model answers as before.
        let again = try await work.serve("digits", "--data", "again")
        #expect(try await again.client.send(call).json["digit"] == 1)
        #expect(try await again.stop() == 0)
    }

    @Test("who copied everything out, and who brought it in, is in the audit log")
    func audited() async throws {
        let work = try Workplace()
        try await work.importDefault()
        #expect(try await work.run("backup", "copy.tar").status == 0)
        #expect(try await work.run("restore", "copy.tar", "--data", "again").status == 0)
        for (data, act) in [("data", "data.backup"), ("again", "data.restore")] {
            let listed = try await work.run("audit", "--json", "--data", data)
            let entry = try JSONValue(parsing: Array(listed.output.utf8)).arrayValue?.first
            #expect(entry?["act"]?.stringValue == act)
            #expect(entry?["subject"]?.stringValue == "copy.tar")
            #expect(entry?["actor"]?.stringValue?.hasPrefix("user ") == true)
            #expect(entry?["detail"]?["rows"]?.intValue ?? 0 > 0)
        }
    }

    @Test("a target that holds something, or is in use, is refused and stays as it was")
    func refusals() async throws {
        let work = try Workplace()
        try await work.importDefault()
        #expect(try await work.run("backup", "copy.tar").status == 0)
        try await work.run("restore", "copy.tar").expectLastLine(65, "the target is not empty")
        try await work.run("backup", "copy.tar").expectLastLine(65, "a file of that name")
        let server = try await work.serve()
        try await work.run("restore", "copy.tar", "--replace").expectLastLine(69, "stop it first")
        #expect(try await server.client.send(.predictUpright).json["digit"] == 1)
        #expect(try await server.stop() == 0)
        #expect(try await work.run("restore", "copy.tar", "--replace").status == 0)
        try await work.run("restore", "nothing.tar").expectRefusal(66, "'nothing.tar'")
        try work.folder.write([UInt8](repeating: 65, count: 5_000), to: "text.tar")
        try await work.run("restore", "text.tar", "--data", "new").expectRefusal(65, "no tar archive")
        #expect(!FileManager.default.fileExists(atPath: work.folder.file("new").path))
    }

    @Test(
        "what was kept in files goes to PostgreSQL and back by way of an archive",
        .enabled(if: PostgreSQLServer.isPossible, "PostgreSQL's server programs are not installed"))
    func postgreSQL() async throws {
        let work = try Workplace()
        let id = try await work.importDefault()
        let postgres = try await blocking { try PostgreSQLServer() }
        let settings = ["DATABASE_URL": postgres.url]
        #expect(try await work.run("backup", "copy.tar").status == 0)
        // A name of the operator's own must not hide a server, nor make the command take itself for one.
        let named = ["DATABASE_URL": postgres.url + "&application_name=mine"]
        let outcome = try await work.run(["restore", "copy.tar", "--data", "objects-only"], settings: named)
        #expect(outcome.status == 0, "\(outcome.errors)")
        let server = try await work.serve("digits", "--data", "objects-only", settings: named)
        // Another folder, the same database.
        try await work.run(["restore", "copy.tar", "--data", "other", "--replace"], settings: settings)
            .expectLastLine(69, "stop them first")
        #expect(try await server.stop() == 0)
        let listed = try await work.run(["models", "list", "--data", "objects-only"], settings: settings)
        #expect(listed.output.contains("* \(id)"), "\(listed.output)\(listed.errors)")
        #expect(try await work.run(["backup", "back.tar", "--data", "objects-only"], settings: settings).status == 0)
        #expect(try await work.run("restore", "back.tar", "--data", "third").status == 0)
        #expect(try await work.run("models", "list", "--data", "third").output == listed.output)
    }
}
