import Synchronization

/// A cache in the memory of the process, for a single server.
///
/// It holds up to a number of bytes; beyond that the values used longest ago go first.
public final class InMemoryCache: Cache {
    private struct Entry {
        var value: [UInt8]
        var end: ContinuousClock.Instant
        /// Grows with every use of any entry: the smallest was used longest ago.
        var lastUse: UInt64
    }

    private struct State {
        var entries: [String: Entry] = [:]
        var bytes = 0
        var uses: UInt64 = 0
        var isClosed = false

        mutating func remove(_ key: String) {
            if let entry = entries.removeValue(forKey: key) { bytes -= Self.size(key, entry.value) }
        }

        /// What an entry is counted with: what it holds, and about what a dictionary needs for it.
        static func size(_ key: String, _ value: [UInt8]) -> Int { value.count + key.utf8.count + 96 }
    }

    private let capacity: Int
    private let now: @Sendable () -> ContinuousClock.Instant
    private let state = Mutex(State())

    /// Makes an empty cache.
    ///
    /// - Parameters:
    ///   - capacity: bytes of all values and keys together.
    ///   - now: the clock, for tests.
    public init(capacity: Int = 256 << 20, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.capacity = capacity
        self.now = now
    }

    public func value(of key: String, refreshing timeToLive: Duration?) async throws -> [UInt8]? {
        let now = now()
        return try state.withLock { state in
            try Self.requireOpen(state)
            guard let entry = state.entries[key] else { return nil }
            guard entry.end > now else {
                state.remove(key)
                return nil
            }
            state.uses += 1
            state.entries[key]?.lastUse = state.uses
            if let timeToLive { state.entries[key]?.end = now + CacheLife.valid(timeToLive) }
            return entry.value
        }
    }

    public func set(_ value: [UInt8], for key: String, timeToLive: Duration) async throws {
        let now = now()
        let size = State.size(key, value)
        guard size <= capacity else {
            throw StorageError.tooLarge(detail: "a value of \(value.count) bytes, the cache holds \(capacity)")
        }
        try state.withLock { state in
            try Self.requireOpen(state)
            state.remove(key)
            state.uses += 1
            state.entries[key] = Entry(
                value: value, end: now + CacheLife.valid(timeToLive), lastUse: state.uses)
            state.bytes += size
            if state.bytes > capacity { shrink(&state, now: now) }
        }
    }

    public func remove(_ key: String) async throws {
        try state.withLock { state in
            try Self.requireOpen(state)
            state.remove(key)
        }
    }

    public func check() async throws {
        try state.withLock { state in try Self.requireOpen(state) }
    }

    public func close() async {
        state.withLock { state in
            state = State()
            state.isClosed = true
        }
    }

    /// Drops what is over, then what was used longest ago, down to nine tenths so that this is seldom needed.
    private func shrink(_ state: inout State, now: ContinuousClock.Instant) {
        for (key, entry) in state.entries where entry.end <= now { state.remove(key) }
        guard state.bytes > capacity else { return }
        for (key, _) in state.entries.sorted(by: { $0.value.lastUse < $1.value.lastUse }) {
            // The entry just set was used last, so it is never dropped for itself.
            guard state.bytes > capacity / 10 * 9, state.entries.count > 1 else { return }
            state.remove(key)
        }
    }

    private static func requireOpen(_ state: borrowing State) throws {
        if state.isClosed { throw StorageError.unavailable(detail: "the cache is closed") }
    }
}

/// How long values may live.
enum CacheLife {
    /// A time to live that every driver can keep: a millisecond to a hundred years.
    static func valid(_ duration: Duration) -> Duration {
        min(max(duration, .milliseconds(1)), .seconds(100 * 365 * 86_400))
    }
}
