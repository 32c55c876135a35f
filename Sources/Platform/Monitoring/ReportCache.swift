public import Observability

/// Keeps something that is costly to work out for a short while, so that many who ask at once, or in a row, cost one.
///
/// Pages with figures are open to anybody; without this each visit would read every row of a month.
public actor ReportCache<Value: Sendable> {
    private struct Entry {
        let task: Task<Value, any Error>
        let madeAt: MonotonicTime
    }

    private let lifetime: Duration
    private let now: @Sendable () -> MonotonicTime
    private let make: @Sendable (_ key: String) async throws -> Value
    private var entries: [String: Entry] = [:]

    /// Makes an empty cache.
    ///
    /// - Parameters:
    ///   - lifetime: how old a value may be, counted from when it was begun.
    ///   - now: the present time.
    ///   - make: works out the value of a key. Keys must come from the program, since all are kept.
    public init(
        lifetime: Duration = .seconds(15), now: @escaping @Sendable () -> MonotonicTime = { .now },
        make: @escaping @Sendable (_ key: String) async throws -> Value
    ) {
        self.lifetime = lifetime
        self.now = now
        self.make = make
    }

    /// The value of a key. A failure is told to all who wait for it, and not kept.
    public func value(_ key: String) async throws -> Value {
        let moment = now()
        if let entry = entries[key], moment < entry.madeAt.advanced(by: lifetime) { return try await entry.task.value }
        // A task of its own: whoever asked first may go away while others wait.
        let task = Task { [make] in try await make(key) }
        entries[key] = Entry(task: task, madeAt: moment)
        do {
            return try await task.value
        } catch {
            if entries[key]?.task == task { entries[key] = nil }
            throw error
        }
    }
}
