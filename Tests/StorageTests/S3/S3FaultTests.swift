import Foundation
import Storage
import Synchronization
import TestSupport
import Testing

/// What happens when the store, or the way to it, fails in the middle of everything.
@Suite(.serialized, .timeLimit(.minutes(10)), .enabled(if: S3Server.isPossible, "\(S3Server.reason)"))
struct S3FaultTests {
    /// Errors that a fault may cause; all of them say that a later try may succeed, or that nobody can know.
    private static let expected: Set<String> = ["unavailable", "uncertain", "timeout", "busy"]

    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func server() async throws -> S3Server { try await blocking { try S3Server() } }

    /// A store with little patience.
    private func open(
        _ server: S3Server, port: Int? = nil, _ adjust: (inout S3Configuration) -> Void = { _ in }
    ) async throws -> S3ObjectStore {
        try await patient(server, port: port) {
            $0.timeout = .seconds(6)
            $0.connectTimeout = .seconds(2)
            $0.stallTimeout = .seconds(2)
            adjust(&$0)
        }
    }

    /// A store for what must succeed, however busy the machine is.
    private func patient(
        _ server: S3Server, port: Int? = nil, _ adjust: (inout S3Configuration) -> Void = { _ in }
    ) async throws -> S3ObjectStore {
        var configuration = try await server.configuration(bucket: "faults", port: port)
        configuration.timeout = .seconds(120)
        configuration.stallTimeout = .seconds(60)
        adjust(&configuration)
        return S3ObjectStore(configuration)
    }

    /// Stores an object, however long it takes.
    private func keep(_ byte: UInt8, _ name: String = "kept", on server: S3Server) async throws {
        let store = try await patient(server)
        try await store.put([byte], key: ObjectKey(name))
        await store.close()
    }

    /// Checks that a call fails with one of the expected errors, within its time.
    private func expectFault(_ name: String, within limit: Duration = .seconds(30), _ body: () async throws -> Void)
        async
    {
        let start = ContinuousClock.now
        do {
            try await body()
            Issue.record("\(name) has not failed")
        } catch {
            #expect(Self.expected.contains(kind(of: error) ?? "\(error)"), "\(name): \(error)")
        }
        #expect(start.duration(to: .now) < limit, "\(name)")
    }

    /// Calls every operation, all of which must fail.
    private func everythingFails(_ store: S3ObjectStore) async throws {
        let key = try ObjectKey("kept")
        let file = folder.file("upload")
        try Data([1, 2, 3]).write(to: file)
        await expectFault("put") { try await store.put([1], key: key) }
        await expectFault("put of a file") { try await store.put(file: file, handover: .moving, key: key) }
        #expect(FileManager.default.fileExists(atPath: file.path))
        await expectFault("get") { _ = try await store.get(key) }
        let target = folder.file("download-\(UUID())")
        await expectFault("download") { try await store.download(key, to: target) }
        #expect((try? Data(contentsOf: target)) ?? Data() == Data(), "a part of an object")
        await expectFault("size") { _ = try await store.size(of: key) }
        await expectFault("localFile") { _ = try await store.localFile(of: key) }
        await expectFault("delete") { try await store.delete(key) }
        await expectFault("copy") { try await store.copy(key, to: ObjectKey("copy")) }
        await expectFault("list") { _ = try await store.list(prefix: "") }
    }

    @Test("a server that is gone is told within the time-out by every operation, and used again when it is back")
    func gone() async throws {
        let server = try await server()
        let store = try await open(server)
        try await keep(7, on: server)
        try await blocking { server.stop() }
        try await everythingFails(store)
        try await blocking { try server.start() }
        try await eventually { (try? await store.get(ObjectKey("kept"))) == [7] }
        await store.close()
    }

    @Test(
        "a server that stands still is given up within the time-out by every operation, and used again when it goes on")
    func paused() async throws {
        let server = try await server()
        let store = try await open(server)
        try await keep(7, on: server)
        server.pause()
        defer { server.resume() }
        // What was sent may still be done when it goes on, so another key is used for the check.
        try await everythingFails(store)
        server.resume()
        try await eventually { (try? await store.put([8], key: ObjectKey("other"))) != nil }
        try await eventually { (try? await store.get(ObjectKey("other"))) == [8] }
        await store.close()
    }

    @Test("many callers of a server that stands still are all told in time, not one after the other")
    func pausedCrowd() async throws {
        let server = try await server()
        let store = try await open(server) { $0.connections = 4 }
        try await keep(7, on: server)
        server.pause()
        defer { server.resume() }
        let start = ContinuousClock.now
        await withTaskGroup { group in
            for _ in 0..<100 {
                group.addTask {
                    let error = await #expect(throws: StorageError.self) { try await store.get(ObjectKey("kept")) }
                    #expect(Self.expected.contains(kind(of: error) ?? ""))
                }
            }
        }
        // One after the other, four at a time, they would take 50 s and more.
        #expect(start.duration(to: .now) < .seconds(40))
        server.resume()
        try await eventually { (try? await store.get(ObjectKey("kept"))) == [7] }
        await store.close()
    }

    @Test("what was acknowledged survives crashes of the server under load, and nothing half-written is ever seen")
    func crashes() async throws {
        let server = try await server()
        let store = try await open(server)
        let ledger = Ledger()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<6 {
                group.addTask {
                    var number = 0
                    while !ledger.isDone {
                        number += 1
                        let key = try ObjectKey("load/\(writer)/\(number)")
                        let mark = UInt8(truncatingIfNeeded: number)
                        do {
                            try await store.put([UInt8](repeating: mark, count: 50_000), key: key)
                            ledger.acknowledge(key, mark)
                        } catch {
                            #expect(Self.expected.contains(kind(of: error) ?? "\(error)"))
                        }
                    }
                }
            }
            group.addTask {
                for round in 1...3 {
                    let goal = ledger.count + 60
                    try await eventually { ledger.count >= goal }
                    try await blocking {
                        server.stop()
                        try server.start()
                    }
                    let back = ContinuousClock.now
                    let count = ledger.count
                    try await eventually { ledger.count > count }
                    #expect(back.duration(to: .now) < .seconds(90), "the time to recover in round \(round)")
                }
                ledger.finish()
            }
            try await group.waitForAll()
        }
        await store.close()
        let reader = try await patient(server)
        for (key, mark) in ledger.all {
            #expect(try await reader.get(key) == [UInt8](repeating: mark, count: 50_000), "\(key) was acknowledged")
        }
        // Those that nobody could know of are whole, too.
        for object in try await reader.list(prefix: "load/", after: nil, limit: 100_000) {
            #expect(object.size == 50_000)
        }
        await reader.close()
    }

    @Test("two stores on one bucket see each other's objects at once, and of two writers one wins whole")
    func twoStores() async throws {
        let server = try await server()
        let stores = [try await patient(server), try await patient(server)]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, store) in stores.enumerated() {
                group.addTask {
                    for number in 0..<40 {
                        let key = try ObjectKey("own/\(index)/\(number)")
                        try await store.put([UInt8(number)], key: key)
                        #expect(try await stores[1 - index].get(key) == [UInt8(number)])
                        try await store.put(
                            [UInt8](repeating: UInt8(index), count: 100_000 + index), key: ObjectKey("shared"))
                    }
                }
            }
            try await group.waitForAll()
        }
        let last = try await stores[0].get(ObjectKey("shared"))
        #expect(last == [UInt8](repeating: last[0], count: 100_000 + Int(last[0])))
        for store in stores { await store.close() }
    }

    @Test("a slow way only takes longer, and a way that breaks again and again is tried again")
    func way() async throws {
        let server = try await server()
        let proxy = try SlowProxy(toPort: server.port)
        let store = try await patient(server, port: proxy.port)
        proxy.slowDown(by: .milliseconds(60))
        let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        try await store.put(bytes, key: ObjectKey("slow"))
        #expect(try await store.get(ObjectKey("slow")) == bytes)
        for delay in [5, 20, 50, 100] {
            async let put: Void = store.put(bytes, key: ObjectKey("cut/\(delay)"))
            _ = try await blocking { usleep(UInt32(delay) * 1_000) }
            proxy.cut()
            try await put
            #expect(try await store.get(ObjectKey("cut/\(delay)")) == bytes)
            async let got = store.get(ObjectKey("slow"))
            _ = try await blocking { usleep(UInt32(delay) * 1_000) }
            proxy.cut()
            #expect(try await got == bytes)
        }
        await store.close()
        proxy.close()
    }

    @Test("a call that is cancelled ends soon and leaves its connection usable")
    func cancelling() async throws {
        let server = try await server()
        let store = try await patient(server)
        try await store.put([7], key: ObjectKey("kept"))
        server.pause()
        defer { server.resume() }
        let task = Task { try await store.get(ObjectKey("kept")) }
        _ = try await blocking { usleep(200_000) }
        let start = ContinuousClock.now
        task.cancel()
        await #expect(throws: (any Error).self) { try await task.value }
        #expect(start.duration(to: .now) < .seconds(30))
        server.resume()
        #expect(try await store.get(ObjectKey("kept")) == [7])
        await store.close()
    }

    @Test("keys that are wrong, and a bucket that is not there, are told apart without the secret")
    func refusals() async throws {
        let server = try await server()
        _ = try await server.configuration(bucket: "faults")
        func failure(_ login: String, bucket: String) async throws -> StorageError {
            let store = S3ObjectStore(
                S3Configuration(address: try S3Address(url: "s3://\(login)@127.0.0.1:\(server.port)/\(bucket)")))
            let error = await #expect(throws: StorageError.self) { try await store.check() }
            await store.close()
            return try #require(error)
        }
        for login in ["testaccess:wrong", "nobody:testsecret-0123456789"] {
            let error = try await failure(login, bucket: "faults")
            #expect(kind(of: error) == "denied" && "\(error)" == "The store refuses access.")
            #expect(!error.detail.contains("wrong") && !error.detail.contains("testsecret"))
        }
        let missing = try await failure("testaccess:testsecret-0123456789", bucket: "absent")
        #expect(kind(of: missing) == "unavailable" && missing.detail.contains("NoSuchBucket"))
    }
}

/// What was acknowledged under load.
private final class Ledger: Sendable {
    private let state = Mutex<(all: [ObjectKey: UInt8], isDone: Bool)>(([:], false))

    var all: [ObjectKey: UInt8] { state.withLock { $0.all } }
    var count: Int { state.withLock { $0.all.count } }
    var isDone: Bool { state.withLock { $0.isDone } }

    func acknowledge(_ key: ObjectKey, _ mark: UInt8) { state.withLock { $0.all[key] = mark } }
    func finish() { state.withLock { $0.isDone = true } }
}
