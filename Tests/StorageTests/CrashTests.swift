import Foundation
import Storage
import TestSupport
import Testing

/// What survives when the process that uses a store is killed. `PRUNELLE_CRASH_ROUNDS=100` makes it thorough.
@Suite(.timeLimit(.minutes(20)), .serialized)
struct CrashTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func rounds(otherwise fallback: Int) -> Int {
        ProcessInfo.processInfo.environment["PRUNELLE_CRASH_ROUNDS"].flatMap { Int($0) } ?? fallback
    }

    @Test("every acknowledged row survives kill -9 at any moment", arguments: SQLDriver.allCases)
    func rows(driver: SQLDriver) async throws {
        let location = try await driver.location(of: folder.url)
        var random = RepeatableRandom(seed: 1)
        var acknowledged: Set<String> = []
        for round in 0..<rounds(otherwise: 20) {
            let child = try ChildProcess("insert", location)
            acknowledged.formUnion(await child.lines(.random(in: 0...300, using: &random)))
            await child.kill()
            acknowledged.formUnion(await child.lines())
            let database = try await driver.open(folder)
            // Killed in its first moments it may not have come to make the table.
            let stored = try? await database.query("SELECT id FROM rows").map { try $0.text("id") }
            #expect(acknowledged.subtracting(stored ?? []) == [], "round \(round)")
            await database.close()
        }
        #expect(acknowledged.count > 1_000)
    }

    @Test(
        "every acknowledged document survives kill -9 of the program, and now and then of the server",
        .enabled(if: MongoServer.isPossible, "\(MongoServer.reason)"))
    func documents() async throws {
        let server = try MongoServer()
        let name = MongoServer.databaseName()
        var random = RepeatableRandom(seed: 3)
        var acknowledged: Set<String> = []
        for round in 0..<rounds(otherwise: 20) {
            let child = try ChildProcess("append", server.uri, name)
            acknowledged.formUnion(await child.lines(.random(in: 0...300, using: &random)))
            if round % 5 == 4 { server.stop() }
            await child.kill()
            acknowledged.formUnion(await child.lines().filter { ObjectID($0) != nil })
            if round % 5 == 4 { try server.start() }
            let database = try server.open(name)
            let stored = try await database.find([:], in: "rows", .init(projection: ["_id": 1]))
            let ids = Set(stored.compactMap { $0["_id"]?.objectID?.description })
            #expect(acknowledged.subtracting(ids) == [], "round \(round)")
            await database.close()
        }
        #expect(acknowledged.count > 1_000)
    }

    @Test("every acknowledged object survives kill -9, no half-written one is visible, and leftovers go")
    func objects() async throws {
        var random = RepeatableRandom(seed: 2)
        var acknowledged: Set<String> = []
        for round in 0..<rounds(otherwise: 10) {
            let child = try ChildProcess("put", folder.file("objects").path)
            acknowledged.formUnion(await child.lines(.random(in: 0...60, using: &random)))
            await child.kill()
            acknowledged.formUnion(await child.lines())
            let store = try FileObjectStore(root: folder.file("objects"))
            let stored = try await store.list(prefix: "", limit: .max)
            #expect(acknowledged.subtracting(stored.map(\.key.text)) == [], "round \(round)")
            for object in stored {
                let hash = try await ContentHash(of: store.get(object.key))
                #expect(object.key.text.hasSuffix(hash.description), "round \(round)")
            }
            #expect(try folder.files(below: "objects/.incoming") == [])
            await store.close()
        }
        #expect(acknowledged.count > 50)
    }

    @Test(
        "every acknowledged object on S3 survives kill -9, no half-written one is visible, and parts can be removed",
        .enabled(if: S3Server.isPossible, "\(S3Server.reason)"))
    func objectsOnS3() async throws {
        var random = RepeatableRandom(seed: 4)
        var acknowledged: Set<String> = []
        var whole: Set<String> = []
        var leftovers = 0
        let configuration = try await S3Server.sharedConfiguration(prefix: folder.url.lastPathComponent)
        let location = try S3Server.url(of: configuration.address)
        for round in 0..<rounds(otherwise: 4) {
            let child = try ChildProcess("put-s3", location, folder.url.path)
            acknowledged.formUnion(await child.lines(.random(in: 0...200, using: &random)))
            await child.kill()
            acknowledged.formUnion(await child.lines())
            let store = S3ObjectStore(configuration)
            // What was on its way when the program was killed may come to be afterwards, but only as a whole.
            let stored = try await store.list(prefix: "", limit: .max)
            #expect(acknowledged.subtracting(stored.map(\.key.text)) == [], "round \(round)")
            for object in stored where whole.insert(object.key.text).inserted {
                let hash = try await ContentHash(of: store.get(object.key))
                #expect(object.key.text.hasSuffix(hash.description), "round \(round)")
            }
            leftovers += try await store.removeAbandonedUploads(olderThan: .zero)
            await store.close()
        }
        let store = S3ObjectStore(configuration)
        try await eventually { try await store.removeAbandonedUploads(olderThan: .zero) == 0 }
        await store.close()
        #expect(acknowledged.count > 100)
        #expect(acknowledged.contains { $0.hasPrefix("files/") })
        #expect(leftovers > 0, "no large file was on its way at any kill")
    }

    @Test("several processes that start, migrate and count at once lose nothing", arguments: SQLDriver.allCases)
    func processes(driver: SQLDriver) async throws {
        let location = try await driver.location(of: folder.url)
        let children = try (0..<3).map { _ in try ChildProcess("count", location, "40") }
        for child in children { #expect(await child.lines() == ["done"]) }
        let database = try await driver.open(folder)
        #expect(try await database.query("SELECT value FROM counter").map(\.values) == [[120]])
    }

    @Test("where a file cannot grow the error says full, and nothing half-written is left")
    func limitedFileSize() async throws {
        let child = try ChildProcess("limited-put", folder.file("objects").path)
        #expect(await child.lines() == ["full", "fits"])
        #expect(try folder.files(below: "objects") == ["fits"])
    }
}
