import Foundation
import Observability
import Storage
import TestSupport
import Testing

extension MongoServer {
    /// Opens a database of a test's own.
    func open(
        _ name: String = MongoServer.databaseName(), uri: String? = nil,
        _ change: (inout MongoConfiguration) -> Void = { _ in }
    ) throws -> MongoDatabase {
        var configuration = MongoConfiguration(address: try MongoAddress(uri ?? self.uri, database: name))
        change(&configuration)
        return MongoDatabase(configuration)
    }
}

@Suite("MongoDB", .enabled(if: MongoServer.isPossible, "\(MongoServer.reason)"), .timeLimit(.minutes(10)))
struct MongoDatabaseTests {
    private let server: MongoServer

    init() throws { server = try MongoServer.shared.get() }

    @Test("documents are found, counted, changed and removed")
    func documents() async throws {
        let database = try server.open()
        try await database.insert((0..<10).map { ["_id": .int($0), "even": .bool($0 % 2 == 0)] }, into: "n")
        #expect(try await database.count([:], in: "n") == 10)
        let found = try await database.find(
            ["even": true], in: "n", .init(sort: ["_id": -1], limit: 2, projection: ["_id": 1]))
        #expect(found == [["_id": 8], ["_id": 6]])
        #expect(try await database.update(["even": false], in: "n", ["$set": ["odd": true]], isMany: true) == 5)
        #expect(try await database.update(["_id": 99], in: "n", ["$set": ["odd": true]]) == 0)
        let changed = try await database.updateAndFind(["_id": 3], in: "n", ["$set": ["name": "three"]])
        #expect(changed == ["_id": 3, "even": false, "odd": true, "name": "three"])
        #expect(try await database.updateAndFind(["_id": 99], in: "n", ["$set": ["a": 1]]) == nil)
        let groups = try await database.aggregate(
            [["$group": ["_id": "$even", "n": ["$sum": 1]]], ["$sort": ["_id": 1]]], in: "n")
        #expect(groups.map { $0["n"]?.intValue } == [5, 5])
        #expect(try await database.delete(["even": true], in: "n") == 5)
        #expect(try await database.count([:], in: "n") == 5)
        try await database.check()
        await database.close()
        await #expect(throws: StorageError.self) { try await database.count([:], in: "n") }
        await #expect(throws: StorageError.self) { try await database.append(["_id": 1], to: "n") }
    }

    @Test("more documents than fit in one answer are all found")
    func manyDocuments() async throws {
        let database = try server.open()
        try await database.insert(
            (0..<2_500).map { ["_id": .int($0), "t": .string(String(repeating: "x", count: 500))] }, into: "n")
        let found = try await database.find([:], in: "n", .init(sort: ["_id": 1]))
        #expect(found.map { $0["_id"]?.intValue } == Array(0..<2_500))
        await database.close()
    }

    @Test("documents appended at once travel together, and each caller hears of its own")
    func groups() async throws {
        let database = try server.open()
        try await database.append(["_id": 7], to: "n")
        let outcomes = try await withThrowingTaskGroup(of: (Int, String?).self) { group in
            for number in 0..<200 {
                group.addTask {
                    do {
                        try await database.append(["_id": .int(number)], to: number % 50 == 9 ? "m" : "n")
                        return (number, nil)
                    } catch {
                        return (number, kind(of: error))
                    }
                }
            }
            return try await group.reduce(into: [Int: String?]()) { $0[$1.0] = $1.1 }
        }
        #expect(outcomes.filter { $0.value != nil }.map(\.key) == [7])
        #expect(outcomes[7] == "conflict")
        #expect(try await database.count([:], in: "n") == 196)
        #expect(try await database.count([:], in: "m") == 4)
        await database.close()
    }

    @Test("refusals of the server have their own errors, and what it says is for the log only")
    func refusals() async throws {
        let database = try server.open()
        try await database.insert([["_id": 1]], into: "n")
        let conflict = await #expect(throws: StorageError.self) {
            try await database.insert([["_id": 1]], into: "n")
        }
        #expect(kind(of: conflict) == "conflict")
        #expect(conflict?.detail.contains("MongoDB") == true)
        #expect("\(try #require(conflict))" == "A value that must be unique is already taken.")
        try await database.createIndexes([MongoIndex("a_1", ["a": 1], isUnique: true)], on: "u")
        try await database.insert([["a": 1]], into: "u")
        let taken = await #expect(throws: StorageError.self) { try await database.insert([["a": 1]], into: "u") }
        #expect(kind(of: taken) == "conflict")
        let unknown = await #expect(throws: StorageError.self) {
            try await database.find(["$nonsense": 1], in: "n")
        }
        #expect(kind(of: unknown) == "invalidStatement")
        let large = await #expect(throws: StorageError.self) {
            try await database.append(["_id": 2, "b": .binary([UInt8](repeating: 0, count: 17 << 20))], to: "n")
        }
        #expect(["tooLarge", "invalidStatement"].contains(kind(of: large)))
        #expect(try await database.count([:], in: "n") == 1)
        await database.close()
    }

    @Test("a password is asked for and checked")
    func login() async throws {
        let guarded = try MongoServer(needsLogin: true)
        let database = try guarded.open()
        try await database.append(["_id": 1], to: "n")
        try await database.check()
        await database.close()
        for uri in [guarded.uri.replacing("p%40", with: "x%40"), "mongodb://127.0.0.1:\(guarded.port)/"] {
            let stranger = try guarded.open(uri: uri)
            let refusal = await #expect(throws: StorageError.self) { try await stranger.append(["_id": 2], to: "n") }
            #expect(kind(of: refusal) == "unavailable", "\(refusal?.detail ?? "")")
            await #expect(throws: StorageError.self) { try await stranger.find([:], in: "n") }
            await stranger.close()
        }
    }
}
