import Digits
import Foundation
import HTTP
import JSON
import Observability
import Privacy
import Storage
import TestSupport
import Testing

@Suite("Records and people", .timeLimit(.minutes(10)))
struct PrivacyTests {
    /// Two drawings, the first of which was corrected; their ids.
    private func draw(_ server: DigitsServer) async throws -> [String] {
        var ids: [String] = []
        for picture in [Picture.upright, Picture.level] {
            let answer = try await server.predict(picture)
            ids.append(try #require(answer["id"]?.stringValue))
        }
        try await server.json(.json("PATCH", "/api/v1/records/\(ids[0])", #"{"ground_truth": 1}"#))
        return ids
    }

    private func remaining(_ server: DigitsServer) async throws -> [String] {
        let records = try await server.get("/api/v1/records?limit=0").arrayValue ?? []
        return records.reversed().compactMap { $0["id"]?.stringValue }
    }

    private func options(_ store: DigitsStore, _ change: (inout RetentionSettings) -> Void = { _ in })
        throws -> DigitsServer.Options
    {
        var options = try DigitsServer.Options.on(store)
        change(&options.retention)
        return options
    }

    @Test("drawings are kept for ever unless the operator wants otherwise", arguments: DigitsStore.allCases)
    func forEver(store: DigitsStore) async throws {
        let server = try await DigitsServer.withStrokes(options(store))
        let ids = try await draw(server)
        let future = Timestamp(microseconds: Timestamp.now.microseconds * 2)
        let outcomes = try await Purge.run(server.app.retention, now: future, dryRun: false)
        #expect(outcomes.map(\.before) == [nil, nil])
        #expect(try await remaining(server) == ids)
        await server.stop()
    }

    @Test(
        "drawings go after the period for predictions, corrected ones after that for feedback",
        arguments: DigitsStore.allCases)
    func periods(store: DigitsStore) async throws {
        let server = try await DigitsServer.withStrokes(
            options(store) { retention in
                retention.includesReplaced = true
                retention.inference = .days(10)
                retention.feedback = .days(20)
            })
        let ids = try await draw(server)
        func purge(after days: Int64, dryRun: Bool = false) async throws -> [Int] {
            let now = Timestamp(microseconds: Timestamp.now.microseconds + days * 86_400_000_000)
            return try await Purge.run(server.app.retention, now: now, dryRun: dryRun).map(\.count)
        }
        #expect(try await purge(after: 9) == [0, 0])
        #expect(try await purge(after: 11, dryRun: true) == [1, 0])
        #expect(try await remaining(server) == ids)
        #expect(try await purge(after: 11) == [1, 0])
        #expect(try await remaining(server) == [ids[0]])
        #expect(try await purge(after: 21) == [0, 1])
        #expect(try await remaining(server) == [])
        await server.stop()
    }

    @Test("a drawing is erased by its id", arguments: DigitsStore.allCases)
    func erase(store: DigitsStore) async throws {
        let server = try await DigitsServer.withStrokes(options(store))
        let ids = try await draw(server)
        #expect(try await server.app.erase(subject: ids[0], dryRun: true) == 1)
        #expect(try await remaining(server) == ids)
        #expect(try await server.app.erase(subject: "ann.jpg", dryRun: false) == 0)
        #expect(try await server.app.erase(subject: ids[0], dryRun: false) == 1)
        #expect(try await remaining(server) == [ids[1]])
        #expect(try await server.app.erase(subject: ids[0], dryRun: false) == 0)
        await server.stop()
    }

    @Test("changes of models are in the audit log, with what they were made from")
    func audit() async throws {
        let server = try await DigitsServer()
        let first = try await server.addModel(SampleModels.strokes, name: "first", isDefault: true)
        let second = try await server.addModel(SampleModels.strokes, name: "second", isDefault: false)
        let (firstID, secondID) = (
            try #require(first["id"]?.stringValue), try #require(second["id"]?.stringValue)
        )
        #expect(try await server.client.send(HTTPCall("PATCH", "/api/v1/models/\(secondID)/default")).status == 200)
        #expect(try await server.client.send(HTTPCall("POST", "/api/v1/models/rollback")).status == 200)
        #expect(
            try await server.client.send(HTTPCall("PATCH", "/api/v1/models/\(ObjectID.next())/default")).status == 404)
        let entries = try await AuditLog(server.database).latest(10)
        #expect(entries.map(\.act.name) == ["model.rollback", "model.default", "model.add", "model.add"])
        #expect(entries.map(\.subject) == [firstID, secondID, secondID, firstID])
        #expect(entries.map(\.app) == ["digits", "digits", "digits", "digits"])
        #expect(Set(entries.map(\.actor)) == [.anonymousClient])
        #expect(entries.map { $0.detail["earlier"] } == [.string(secondID), .string(firstID), nil, nil])
        #expect(entries.map { $0.detail["alias"] } == ["default", "default", .null, "default"])
        await server.stop()
    }
}
