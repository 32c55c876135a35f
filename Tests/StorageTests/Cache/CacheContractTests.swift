import Foundation
import Storage
import TestSupport
import Testing

/// A kind of cache, and how a test gets one that nobody else uses.
struct CacheDriver: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let make: @Sendable () throws -> any Cache

    static let memory = CacheDriver(testDescription: "memory") { InMemoryCache() }
    static let redis = CacheDriver(testDescription: "Redis") {
        RedisCache(RedisConfiguration(address: try RedisAddress(redisServer.get().url)))
    }

    private static let redisServer = Result { try RedisServer() }

    /// Those that can be used here; tests of Redis alone say when it cannot.
    static let all = [memory] + (RedisServer.isPossible ? [redis] : [])
}

@Suite("What every cache promises", .timeLimit(.minutes(10)))
struct CacheContractTests {
    private func key(_ name: String = "key") -> String { "\(name)-\(UUID())" }

    @Test("a value is there until it is replaced or removed", arguments: CacheDriver.all)
    func values(driver: CacheDriver) async throws {
        let cache = try driver.make()
        let key = key()
        #expect(try await cache.value(of: key) == nil)
        for value in [[], [0], Array("text\r\n\0".utf8), [UInt8](repeating: 7, count: 3_000_000)] {
            try await cache.set(value, for: key, timeToLive: .seconds(600))
            #expect(try await cache.value(of: key) == value)
        }
        try await cache.remove(key)
        #expect(try await cache.value(of: key) == nil)
        try await cache.remove(key)
        try await cache.check()
        await cache.close()
    }

    @Test("keys may hold anything and are told apart", arguments: CacheDriver.all)
    func keys(driver: CacheDriver) async throws {
        let cache = try driver.make()
        let keys = ["", " ", "a b\r\nc", "é", "e\u{301}\u{0}", "analysis:image:1"].map { "\(UUID()) \($0)" }
        for (number, key) in keys.enumerated() {
            try await cache.set([UInt8(number)], for: key, timeToLive: .seconds(600))
        }
        for (number, key) in keys.enumerated() { #expect(try await cache.value(of: key) == [UInt8(number)]) }
        await cache.close()
    }

    @Test("a value is gone when its time is up, and reading can give it time anew", arguments: CacheDriver.all)
    func timeToLive(driver: CacheDriver) async throws {
        let cache = try driver.make()
        let (short, read) = (key("short"), key("read"))
        // On a busy machine the time may be up before the value is read; then it must be gone, and all is done again.
        try await eventually {
            let start = ContinuousClock.now
            try await cache.set([1], for: short, timeToLive: .milliseconds(150))
            try await cache.set([2], for: read, timeToLive: .milliseconds(150))
            if try await cache.value(of: read, refreshing: .seconds(600)) == [2] { return true }
            #expect(start.duration(to: .now) >= .milliseconds(150), "gone before its time")
            return false
        }
        try await eventually { try await cache.value(of: short) == nil }
        #expect(try await cache.value(of: read) == [2])
        // A new value has a time of its own.
        try await cache.set([3], for: read, timeToLive: .milliseconds(50))
        try await eventually { try await cache.value(of: read) == nil }
        #expect(try await cache.value(of: short, refreshing: .seconds(600)) == nil)
        await cache.close()
    }

    @Test("many callers at once get their own values", arguments: CacheDriver.all)
    func concurrency(driver: CacheDriver) async throws {
        let cache = try driver.make()
        let prefix = key()
        try await withThrowingTaskGroup { group in
            for caller in 0..<64 {
                group.addTask {
                    for round in 0..<20 {
                        let value = Array("\(caller) \(round)".utf8)
                        try await cache.set(value, for: "\(prefix)\(caller)", timeToLive: .seconds(600))
                        #expect(try await cache.value(of: "\(prefix)\(caller)") == value)
                    }
                }
            }
            try await group.waitForAll()
        }
        await cache.close()
    }

    @Test("a seeded random walk agrees with a dictionary", arguments: CacheDriver.all, [1, 2, 3])
    func walk(driver: CacheDriver, seed: UInt64) async throws {
        let cache = try driver.make()
        let prefix = key()
        var model: [String: [UInt8]] = [:]
        var random = SplitMix(seed: seed)
        for step in 0..<400 {
            let key = "\(prefix)\(Int.random(in: 0..<8, using: &random))"
            switch Int.random(in: 0..<4, using: &random) {
            case 0:
                try await cache.remove(key)
                model[key] = nil
            case 1:
                let value = (0..<Int.random(in: 0..<50, using: &random)).map { UInt8(truncatingIfNeeded: $0 + step) }
                try await cache.set(value, for: key, timeToLive: .seconds(600))
                model[key] = value
            case 2: #expect(try await cache.value(of: key, refreshing: .seconds(600)) == model[key])
            default: #expect(try await cache.value(of: key) == model[key])
            }
        }
        await cache.close()
    }

    @Test("a closed cache says so", arguments: CacheDriver.all)
    func closed(driver: CacheDriver) async throws {
        let cache = try driver.make()
        try await cache.check()
        await cache.close()
        await #expect(throws: StorageError.self) { try await cache.check() }
        await #expect(throws: StorageError.self) { try await cache.set([1], for: "a", timeToLive: .seconds(1)) }
        await cache.close()
    }
}

/// SplitMix64, so that a failing walk fails again.
private struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
