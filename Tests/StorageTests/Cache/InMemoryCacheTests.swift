import Storage
import Synchronization
import Testing

@Suite("The cache in memory")
struct InMemoryCacheTests {
    @Test("what was used longest ago goes first when there is no room, and what is over before that")
    func room() async throws {
        let now = Mutex(ContinuousClock.now)
        let clock: @Sendable () -> ContinuousClock.Instant = { now.withLock(\.self) }
        let cache = InMemoryCache(capacity: 10_000, now: clock)
        let value = [UInt8](repeating: 1, count: 2_000)
        for key in ["a", "b", "c", "d"] { try await cache.set(value, for: key, timeToLive: .seconds(60)) }
        #expect(try await cache.value(of: "a") == value)
        try await cache.set(value, for: "e", timeToLive: .seconds(60))
        #expect(try await cache.value(of: "b") == nil)
        for key in ["a", "c", "d", "e"] { #expect(try await cache.value(of: key) == value) }

        try await cache.set(value, for: "short", timeToLive: .seconds(1))
        now.withLock { $0 += .seconds(2) }
        try await cache.set(value, for: "last", timeToLive: .seconds(60))
        #expect(try await cache.value(of: "last") == value)
        #expect(try await cache.value(of: "short") == nil)
    }

    @Test("a value larger than the whole cache is refused and drops nothing")
    func tooLarge() async throws {
        let cache = InMemoryCache(capacity: 1_000)
        try await cache.set([1], for: "a", timeToLive: .seconds(60))
        await #expect(throws: StorageError.self) {
            try await cache.set([UInt8](repeating: 0, count: 1_000), for: "b", timeToLive: .seconds(60))
        }
        #expect(try await cache.value(of: "a") == [1])
    }
}
