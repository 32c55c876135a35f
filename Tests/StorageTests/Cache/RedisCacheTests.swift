import Foundation
import Observability
import Storage
import TestSupport
import Testing

@Suite("Redis URLs")
struct RedisAddressTests {
    @Test("are read as redis-py reads them")
    func reading() throws {
        let plain = try RedisAddress("redis://localhost:6379/0")
        #expect(plain.place == .host("localhost", port: 6379))
        #expect(plain.database == 0 && plain.user == nil && plain.password == nil)
        let login = try RedisAddress("redis://bob:p%40ss%3A@cache:6380/3")
        #expect(login.place == .host("cache", port: 6380))
        #expect(login.database == 3 && login.user == "bob")
        #expect(login.password?.reveal() == "p@ss:")
        #expect(try RedisAddress("redis://:word@h").password?.reveal() == "word")
        #expect(try RedisAddress("redis://").place == .host("localhost", port: 6379))
        #expect(try RedisAddress("redis://[::1]:7000?db=2").place == .host("::1", port: 7000))
        #expect(try RedisAddress("redis://[::1]:7000?db=2").database == 2)
        #expect(try RedisAddress("unix:///run/redis.sock?db=1").place == .socket(path: "/run/redis.sock"))
    }

    @Test(
        "that cannot be used are refused with the part that is wrong, never the password",
        arguments: [
            ("localhost", "must be a URL"), ("http://h", "'http'"), ("rediss://:secret@h", "TLS"),
            ("redis://:secret@h:x", "port 'x'"), ("redis://h:70000", "port '70000'"), ("redis://h/-1", "database '-1'"),
            ("redis://:secret@h/a", "database 'a'"), ("unix://relative", "absolute path"),
            ("redis://:secret%zz@h", "percent"), ("redis://:sec?secret@h", "%3F"), ("redis://:1?secret@h", "%3F"),
        ])
    func refusals(url: String, reason: String) {
        let problem = #expect(throws: RedisAddress.Problem.self) { try RedisAddress(url) }
        #expect(problem?.description.contains(reason) == true, "\(problem?.description ?? "")")
        #expect(problem?.description.contains("secret") == false)
    }
}

@Suite("Redis in trouble", .enabled(if: RedisServer.isPossible, "\(RedisServer.reason)"), .timeLimit(.minutes(10)))
struct RedisFaultTests {
    private func cache(_ server: RedisServer, _ change: (inout RedisConfiguration) -> Void = { _ in }) throws
        -> RedisCache
    {
        var configuration = RedisConfiguration(address: try RedisAddress(server.url))
        configuration.connectTimeout = .seconds(20)
        configuration.commandTimeout = .seconds(20)
        configuration.longestPause = .milliseconds(200)
        change(&configuration)
        return RedisCache(configuration)
    }

    @Test("a server that was restarted is used again without an error")
    func restart() async throws {
        let server = try RedisServer()
        let cache = try cache(server)
        try await cache.set([1], for: "a", timeToLive: .seconds(600))
        server.stop()
        try server.start()
        #expect(try await cache.value(of: "a") == nil)
        try await cache.set([2], for: "a", timeToLive: .seconds(600))
        #expect(try await cache.value(of: "a") == [2])
        await cache.close()
    }

    @Test("a server that is gone is told at once, and found again when it is back")
    func gone() async throws {
        let server = try RedisServer()
        let cache = try cache(server)
        try await cache.check()
        server.stop()
        for _ in 0..<20 {
            let start = ContinuousClock.now
            await #expect(throws: StorageError.self) { try await cache.check() }
            #expect(start.duration(to: .now) < .seconds(15))
        }
        try server.start()
        try await eventually { (try? await cache.check()) != nil }
        await cache.close()
    }

    @Test("a server that does not answer is given up after the time-out, and used again when it goes on")
    func paused() async throws {
        let server = try RedisServer()
        let patient = try cache(server)
        try await patient.set([1], for: "a", timeToLive: .seconds(600))
        await patient.close()
        let cache = try cache(server) {
            $0.connectTimeout = .milliseconds(300)
            $0.commandTimeout = .milliseconds(300)
        }
        try await eventually { (try? await cache.value(of: "a")) == [1] }
        server.pause()
        let start = ContinuousClock.now
        await withTaskGroup { group in
            for _ in 0..<50 {
                group.addTask { await #expect(throws: StorageError.self) { try await cache.value(of: "a") } }
            }
        }
        // One after the other they would take 15 s and more, each of them 300 ms.
        #expect(start.duration(to: .now) < .seconds(15))
        server.resume()
        try await eventually { (try? await cache.value(of: "a")) == [1] }
        await cache.close()
    }

    @Test("a server without room says so, and one that wants a password is told by its own words in the detail only")
    func refusals() async throws {
        let full = try RedisServer(options: ["--maxmemory", "2mb", "--maxmemory-policy", "noeviction"])
        let cache = try cache(full)
        let large = [UInt8](repeating: 1, count: 1 << 20)
        let error = await #expect(throws: StorageError.self) {
            for number in 0..<10 { try await cache.set(large, for: "\(number)", timeToLive: .seconds(600)) }
        }
        guard case .full = error else {
            Issue.record("not told as full: \(String(describing: error?.detail))")
            return
        }
        await cache.close()

        let guarded = try RedisServer(options: ["--requirepass", "word"])
        let without = try self.cache(guarded)
        let refusal = await #expect(throws: StorageError.self) { try await without.check() }
        #expect(refusal?.detail.contains("NOAUTH") == true)
        #expect("\(try #require(refusal))" == "The store is not available.")
        await without.close()
        let with = RedisCache(
            RedisConfiguration(address: try RedisAddress("redis://:word@127.0.0.1:\(guarded.port)/5")))
        try await with.check()
        await with.close()
        let wrong = RedisCache(
            RedisConfiguration(address: try RedisAddress("redis://:wrong@127.0.0.1:\(guarded.port)/5")))
        await #expect(throws: StorageError.self) { try await wrong.check() }
        await wrong.close()
    }
}
