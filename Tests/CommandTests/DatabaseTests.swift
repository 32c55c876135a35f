import Foundation
import JSON
import Storage
import TestSupport
import Testing

@Suite("DATABASE_URL", .timeLimit(.minutes(10)))
struct DatabaseTests {
    @Test(
        "two servers on one PostgreSQL share models and records, and a restart keeps them",
        .enabled(if: PostgreSQLServer.isPossible, "PostgreSQL's server programs are not installed"))
    func postgreSQL() async throws {
        let work = try Workplace()
        let url = try await SQLDriver.postgreSQL.location(of: work.folder.url)
        let settings = ["DATABASE_URL": url.replacing("postgresql://", with: "postgresql+psycopg2://")]
        let outcome = try await work.run("models", "import", Workplace.strokes, "--default", settings: settings)
        try #require(outcome.status == 0, "\(outcome.errors)")
        let servers = [try await work.serve(settings: settings), try await work.serve(settings: settings)]
        let id = try await servers[0].client.send(.predictUpright).json["id"]
        #expect(try await servers[1].client.get("/api/v1/records").json[0]?["id"] == id)
        for server in servers { #expect(try await server.stop() == 0) }
        let again = try await work.serve(settings: settings)
        #expect(try await again.client.send(.predictUpright).json["digit"] == 1)
        #expect(try await again.client.get("/api/v1/metrics/overview").json["total_records"] == 2)
        #expect(try await again.stop() == 0)
        #expect(!FileManager.default.fileExists(atPath: work.folder.file("data/prunelle.sqlite").path))
    }

    @Test("a file of SQLite may lie elsewhere")
    func sqlite() async throws {
        let work = try Workplace()
        let server = try await work.serve(settings: ["DATABASE_URL": "sqlite:///here/app.sqlite"])
        #expect(try await server.client.get("/api/v1/health").status == 200)
        #expect(try await server.stop() == 0)
        #expect(FileManager.default.fileExists(atPath: work.folder.file("here/app.sqlite").path))
    }

    @Test("a server that is not there is told before a port is opened, by its name and without the password")
    func absentServer() async throws {
        let work = try Workplace()
        for settings in [
            ["DATABASE_URL": "postgresql://ann:s3cret@/name?host=\(work.folder.url.path)"],
            ["DB_HOST": work.folder.url.path, "DB_PASSWORD": "s3cret", "DB_NAME": "name"],
        ] {
            let outcome = try await work.run("serve", "digits", "--port", "0", settings: settings)
            outcome.expectRefusal(69, "/name cannot be used")
            #expect(!outcome.errors.contains("s3cret"))
        }
    }

    @Test("a URL that cannot be used is told without the password")
    func badURL() async throws {
        let outcome = try await Workplace().run(
            "serve", "digits", settings: ["DATABASE_URL": "mysql://ann:s3cret@host/name", "DB_PORT": "0"])
        #expect(outcome.status == 78)
        #expect(outcome.errors.contains("DATABASE_URL: begins with 'mysql'"), "\(outcome.errors)")
        #expect(outcome.errors.contains("DB_PORT: must be 1 to 65535"), "\(outcome.errors)")
        #expect(!outcome.errors.contains("s3cret"))
    }
}
