import Foundation
import Storage
import TestSupport
import Testing

@Suite(
    "MongoDB in trouble", .enabled(if: MongoServer.isPossible, "\(MongoServer.reason)"), .timeLimit(.minutes(10)),
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
        let name = MongoServer.databaseName()
        let (database, patient) = (try quick(server, name), try server.open(name))
        for number in 0..<50 { try await patient.append(["_id": .int(number)], to: "n") }
        try await eventually { (try? await database.check()) != nil }
        server.stop()
        await failAll(database, ["unavailable", "uncertain"], within: .seconds(60))
        try server.start()
        let start = ContinuousClock.now
        try await eventually { (try? await database.append(["_id": .int(50)], to: "n")) != nil }
        #expect(start.duration(to: .now) < .seconds(60))
        try await eventually { (try? await database.check()) != nil }
        try await eventually { try await patient.count([:], in: "n") == 51 }
        await database.close()
        await patient.close()
    }

    @Test("a server that was restarted between two calls is used again without an error")
    func restart() async throws {
        let server = try MongoServer()
        let database = try server.open {
            $0.timeout = .seconds(60)
            $0.selectionTimeout = .seconds(60)
        }
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
        let name = MongoServer.databaseName()
        let (database, patient) = (try quick(server, name), try server.open(name))
        try await patient.append(["_id": 1], to: "n")
        try await eventually { (try? await database.find([:], in: "n")) != nil }
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
        // One after the other they would take more than a minute.
        #expect(start.duration(to: .now) < .seconds(60))
        server.resume()
        // An attempt that was given up may have been done all the same.
        try await eventually {
            do {
                try await database.append(["_id": 99], to: "n")
                return true
            } catch {
                return kind(of: error) == "conflict"
            }
        }
        #expect(try await patient.count(["_id": ["$in": [1, 99]]], in: "n") == 2)
        await database.close()
        await patient.close()
    }

    @Test("a slow way is only slow, and one that is cut is found again without losing or doubling anything")
    func proxy() async throws {
        let server = try MongoServer.shared.get()
        let proxy = try SlowProxy(toPort: server.port)
        let name = MongoServer.databaseName()
        let uri = "mongodb://127.0.0.1:\(proxy.port)/?directConnection=true"
        let database = try server.open(name, uri: uri) { $0.pause = .milliseconds(50) }
        try await database.append(["_id": -1], to: "n")
        proxy.slowDown(by: .milliseconds(100))
        try await database.append(["_id": -2], to: "n")
        proxy.slowDown(by: .milliseconds(2))
        let kept = Kept()
        await withTaskGroup { group in
            for task in 0..<8 {
                group.addTask {
                    var (number, successes) = (0, 0)
                    while successes < 40 {
                        number += 1
                        let id = task * 1_000_000 + number
                        do {
                            try await database.append(["_id": .int(id)], to: "n")
                            await kept.insert(id)
                            successes += 1
                        } catch {
                            let name = kind(of: error) ?? ""
                            #expect(["uncertain", "unavailable", "timeout"].contains(name))
                            _ = try? await blocking { usleep(20_000) }
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
        #expect(acknowledged.count == 320)
        try await eventually { (try? await database.count([:], in: "n")) != nil }
        proxy.close()
        await database.close()
        await direct.close()
    }

    @Test("a server that refuses connections is told soon")
    func refused() async throws {
        let database = try quick(MongoServer.shared.get(), uri: "mongodb://127.0.0.1:1/")
        await failAll(database, ["unavailable"], within: .seconds(60))
        await database.close()
    }

    @Test("a server that accepts connections and says nothing is given up")
    func silent() async throws {
        let proxy = try SlowProxy(toPort: MongoServer.shared.get().port)
        proxy.slowDown(by: .seconds(3_600))
        let database = try quick(MongoServer.shared.get(), uri: "mongodb://127.0.0.1:\(proxy.port)/")
        await failAll(database, ["unavailable", "timeout"], within: .seconds(60))
        proxy.close()
        await database.close()
    }
}

/// What was acknowledged so far.
private actor Kept {
    private(set) var ids: Set<Int> = []

    func insert(_ id: Int) { ids.insert(id) }
}
