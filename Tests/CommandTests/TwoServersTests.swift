import Foundation
import JSON
import Storage
import TestSupport
import Testing

/// Two servers that share what they keep change the same things at the same time.
@Suite("two servers", .timeLimit(.minutes(10)))
struct TwoServersTests {
    /// Two servers on one database of a driver and one data folder.
    private static func servers(
        _ driver: SQLDriver, _ work: Workplace
    ) async throws -> [RunningServer] {
        let location = try await driver.location(of: work.folder.url)
        let settings = ["DATABASE_URL": location.contains("://") ? location : "sqlite:///\(location)"]
        let outcome = try await work.run(["models", "import", Workplace.strokes, "--default"], settings: settings)
        try #require(outcome.status == 0, "\(outcome.errors)")
        return [try await work.serve(settings: settings), try await work.serve(settings: settings)]
    }

    @Test("no annotation, no added model and no move of the alias is lost", arguments: SQLDriver.allCases)
    func updates(driver: SQLDriver) async throws {
        let work = try Workplace()
        let servers = try await Self.servers(driver, work)
        let before = try await servers[0].client.get("/api/v1/models").json.arrayValue?.count ?? 0

        // Each predicts at one server and corrects at the other, and adds a model that becomes the default.
        let file = [UInt8](try Data(contentsOf: URL(filePath: Workplace.strokes)))
        let ids = try await withThrowingTaskGroup(of: (records: [String], models: [String]).self) { group in
            for client in 0..<4 {
                group.addTask {
                    var made = (records: [String](), models: [String]())
                    for number in 0..<12 {
                        let (here, there) = (servers[(client + number) % 2], servers[(client + number + 1) % 2])
                        let id = try await here.client.send(.predictUpright).json["id"]?.stringValue ?? ""
                        let label: JSONValue = ["ground_truth": .integer((client + number) % 10)]
                        let answer = try await there.client.send(
                            .json("PATCH", "/api/v1/records/\(id)", label.text()))
                        #expect(answer.status == 200, "\(answer.text)")
                        made.records.append(id)
                        guard number % 4 == 0 else { continue }
                        let added = try await here.client.send(Self.upload(file, name: "\(client) \(number)"))
                        #expect((200...201).contains(added.status), "\(added.text)")
                        made.models.append(try added.json["id"]?.stringValue ?? "")
                    }
                    return made
                }
            }
            return try await group.reduce(into: (records: [String](), models: [String]())) {
                $0.records += $1.records
                $0.models += $1.models
            }
        }
        #expect(Set(ids.records).count == 48)
        #expect(Set(ids.models).count == 12)
        for server in servers {
            let models = try await server.client.get("/api/v1/models").json.arrayValue ?? []
            #expect(models.count == before + 12)
            #expect(models.filter { $0["is_default"] == true }.count == 1)
        }
        for server in servers { #expect(try await server.stop() == 0) }

        let database = try await driver.open(work.folder.url)
        let rows = try await database.query("SELECT id, ground_truth FROM digits_drawings")
        #expect(rows.count == 48)
        #expect(try rows.allSatisfy { try $0.optionalInteger("ground_truth") != nil })
        // Every move of the alias has its number: none was written over another.
        let moves = try await database.query("SELECT number FROM model_alias_changes ORDER BY number")
        #expect(try moves.map { try $0.integer("number") } == Array(1...Int64(moves.count)))
        #expect(moves.count == 13)
        await database.close()
    }

    /// The upload of a model that is to answer from then on.
    private static func upload(_ file: [UInt8], name: String) -> HTTPCall {
        var form = Multipart(["name": name, "algo": "cnn", "format": "h5", "is_default": "true"])
        form.add("file", file: "strokes.h5", file)
        return form.call("/api/v1/models")
    }
}
