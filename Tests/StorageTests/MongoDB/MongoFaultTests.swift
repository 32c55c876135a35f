import Foundation
import Storage
import TestSupport
import Testing

@Suite(
    "MongoDB in trouble", .enabled(if: MongoServer.isPossible, "\(MongoServer.reason)"), .timeLimit(.minutes(4)),
    .serialized)
struct MongoFaultTests {
    private func quick(_ server: MongoServer, uri: String? = nil, _ name: String = MongoServer.databaseName()) throws
        -> MongoDatabase
    {
        try server.open(name, uri: uri) { configuration in
            configuration.timeout = .seconds(2)
            configuration.selectionTimeout = .seconds(1)
            configuration.checkTimeout = .seconds(2)
        }
    }

    /// Every call a caller may make, each of which must come to an end and tell why.
    private func failAll(_ database: MongoDatabase, _ kinds: Set<String>, within limit: Duration) async {
        let calls: [(String, @Sendable () async throws -> Void)] = [
            ("append", { try await database.append(["_id": .objectID(.next())], to: "n") }),
            ("insert", { try await database.insert([["_id": .objectID(.next())]], into: "n") }),
            ("find", { _ = try await database.find([:], in: "n") }),
            ("aggregate", { _ = try await database.aggregate([["$limit": 1]], in: "n") }),
            ("count", { _ = try await database.count([:], in: "n") }),
            ("update", { try await database.update([:], in: "n", ["$set": ["a": 1]]) }),
            ("updateAndFind", { _ = try await database.updateAndFind([:], in: "n", ["$set": ["a": 1]]) }),
            ("delete", { try await database.delete(["a": 9], in: "n") }),
            ("createIndexes", { try await database.createIndexes([MongoIndex("a_1", ["a": 1])], on: "n") }),
            ("check", { try await database.check() }),
        ]
        for (name, call) in calls {
            let start = ContinuousClock.now
            let error = await #expect(throws: StorageError.self, "\(name)") { try await call() }
            #expect(kinds.contains(kind(of: error) ?? ""), "\(name): \(error?.detail ?? "")")
            // The limit is generous, since other tests keep the processors busy.
            #expect(start.duration(to: .now) < limit, "\(name)")
        }
    }

    @Test("a server that is gone is told soon, nothing acknowledged is lost, and it is found again by itself")
    func gone() async throws {
        let server = try MongoServer()
        let database = try quick(server)
        for number in 0..<50 { try await database.append(["_id": .int(number)], to: "n") }
        server.stop()
        await failAll(database, ["unavailable", "uncertain"], within: .seconds(15))
        try server.start()
        let start = ContinuousClock.now
        try await eventually { (try? await database.append(["_id": .int(50)], to: "n")) != nil }
        #expect(start.duration(to: .now) < .seconds(15))
        try await eventually { (try? await database.check()) != nil }
        #expect(try await database.count([:], in: "n") == 51)
        await database.close()
    }

    @Test("a server that was restarted between two calls is used again without an error")
    func restart() async throws {
        let server = try MongoServer()
        let database = try quick(server)
        try await database.append(["_id": 1], to: "n")
        #expect(try await database.count([:], in: "n") == 1)
        server.stop()
        try server.start()
        try await database.append(["_id": 2], to: "n")
        #expect(try await database.count([:], in: "n") == 2)
        await database.close()
    }

    @Test("a server that hangs is given up after the time-out, and used again when it goes on")
    func paused() async throws {
        let server = try MongoServer()
        let database = try quick(server)
        try await database.append(["_id": 1], to: "n")
        server.pause()
        let start = ContinuousClock.now
        await withTaskGroup { group in
            for number in 2..<40 {
                group.addTask {
                    await #expect(throws: StorageError.self) {
                        try await database.append(["_id": .int(number)], to: "n")
                    }
                }
                group.addTask {
                    await #expect(throws: StorageError.self) { try await database.find([:], in: "n") }
                }
            }
            group.addTask { await #expect(throws: StorageError.self) { try await database.check() } }
        }
        #expect(start.duration(to: .now) < .seconds(20))
        server.resume()
        try await eventually { (try? await database.append(["_id": 99], to: "n")) != nil }
        #expect(try await database.count(["_id": ["$in": [1, 99]]], in: "n") == 2)
        await database.close()
    }

    @Test("a slow way is only slow, and one that is cut is found again without losing or doubling anything")
    func proxy() async throws {
        let server = try MongoServer.shared.get()
        let proxy = try SlowProxy(toPort: server.port)
        let name = MongoServer.databaseName()
        let database = try quick(server, uri: "mongodb://127.0.0.1:\(proxy.port)/?directConnection=true", name)
        try await database.append(["_id": -1], to: "n")
        proxy.slowDown(by: .milliseconds(100))
        try await database.append(["_id": -2], to: "n")
        proxy.slowDown(by: .milliseconds(2))
        let kept = Kept()
        await withTaskGroup { group in
            for task in 0..<8 {
                group.addTask {
                    for number in 0..<40 {
                        let id = task * 1_000 + number
                        do {
                            try await database.append(["_id": .int(id)], to: "n")
                            await kept.insert(id)
                        } catch {
                            let name = kind(of: error) ?? ""
                            #expect(["uncertain", "unavailable", "timeout"].contains(name))
                        }
                    }
                }
            }
            group.addTask {
                for _ in 0..<10 {
                    _ = try? await blocking { usleep(30_000) }
                    proxy.cut()
                }
            }
        }
        let direct = try server.open(name)
        let stored = Set(try await direct.find([:], in: "n").compactMap { $0["_id"]?.intValue })
        let acknowledged = await kept.ids
        #expect(acknowledged.subtracting(stored) == [])
        #expect(acknowledged.count > 100)
        try await eventually { (try? await database.count([:], in: "n")) != nil }
        proxy.close()
        await database.close()
        await direct.close()
    }

    @Test("a server that refuses connections is told soon")
    func refused() async throws {
        let database = try quick(MongoServer.shared.get(), uri: "mongodb://127.0.0.1:1/")
        await failAll(database, ["unavailable"], within: .seconds(15))
        await database.close()
    }

    @Test("a server that accepts connections and says nothing is given up")
    func silent() async throws {
        let proxy = try SlowProxy(toPort: MongoServer.shared.get().port)
        proxy.slowDown(by: .seconds(3_600))
        let database = try quick(MongoServer.shared.get(), uri: "mongodb://127.0.0.1:\(proxy.port)/")
        await failAll(database, ["unavailable", "timeout"], within: .seconds(20))
        proxy.close()
        await database.close()
    }
}

/// What was acknowledged so far.
private actor Kept {
    private(set) var ids: Set<Int> = []

    func insert(_ id: Int) { ids.insert(id) }
}
