import Monitoring
import Observability
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct ReportCacheTests {
    /// A clock that tests move, and a count of what was made.
    private final class World: Sendable {
        let seconds = Mutex(100.0)
        let made = Mutex(0)
        let fails = Mutex(false)
    }

    private struct Fault: Error {}

    private func cache(_ world: World) -> ReportCache<Int> {
        ReportCache(
            lifetime: .seconds(10),
            now: { MonotonicTime(nanoseconds: UInt64(world.seconds.withLock { $0 } * 1e9)) }
        ) { _ in
            let number = world.made.withLock { made in
                made += 1
                return made
            }
            await Task.yield()
            if world.fails.withLock({ $0 }) { throw Fault() }
            return number
        }
    }

    @Test("many who ask at once cost one, and so do those who ask within its life")
    func shared() async throws {
        let world = World()
        let cache = cache(world)
        let values = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<50 { group.addTask { try await cache.value("pets") } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(values == Array(repeating: 1, count: 50))
        world.seconds.withLock { $0 += 9.9 }
        #expect(try await cache.value("pets") == 1)
        #expect(try await cache.value("bananas") == 2, "each key has its own")
        world.seconds.withLock { $0 += 0.1 }
        #expect(try await cache.value("pets") == 3)
    }

    @Test("a failure is not kept")
    func failure() async throws {
        let world = World()
        let cache = cache(world)
        world.fails.withLock { $0 = true }
        await #expect(throws: Fault.self) { try await cache.value("pets") }
        world.fails.withLock { $0 = false }
        #expect(try await cache.value("pets") == 2)
    }
}
