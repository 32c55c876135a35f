import Observability
import Storage
import Synchronization

/// The tokens of a database as they were read last, and the days of use that are still to be written.
final class TokenRoster: Sendable {
    /// All tokens at one moment.
    typealias Tokens = HashedSecrets<BearerToken>

    private struct State {
        var tokens: Tokens?
        var readAt = MonotonicTime(nanoseconds: 0)
        /// When the last reading failed; nil since one succeeded.
        var failedAt: MonotonicTime?
        var isPrepared = false
        var reading: Bell?
        /// Days of use noted, by token.
        var usedOn: [ObjectID: String] = [:]
        var unwrittenUses: Set<ObjectID> = []

        /// Whether there are tokens, and none older than may count when the database is away.
        func areUsable(at moment: MonotonicTime) -> Bool {
            tokens != nil && readAt.advanced(by: TokenRoster.grace) > moment
        }
    }

    /// How old a reading may be that a known token is found in.
    static let freshness: Duration = .seconds(1)
    /// How old a reading may be that an unknown token is not found in; strangers cost ten readings a second at most.
    static let freshnessForStrangers: Duration = .milliseconds(100)
    /// How long tokens count that were read before the database went away.
    fileprivate static let grace: Duration = .seconds(300)
    /// From a failed reading to the next.
    private static let pause: Duration = .seconds(1)

    private let database: any SQLDatabase
    private let now: @Sendable () -> Timestamp
    private let clock: @Sendable () -> MonotonicTime
    /// How long a request waits for a reading.
    private let patience: Duration
    private let state = Mutex(State())

    init(
        _ database: any SQLDatabase, now: @escaping @Sendable () -> Timestamp,
        clock: @escaping @Sendable () -> MonotonicTime, patience: Duration
    ) {
        self.database = database
        self.now = now
        self.clock = clock
        self.patience = patience
    }

    /// Reads for the first time.
    ///
    /// - Throws: `StorageError` that another try would not mend.
    func open() async throws {
        do {
            try await TokenTable.prepare(database)
            state.withLock { $0.isPrepared = true }
        } catch let error as StorageError where error.isTemporary || error.isUncertain {
            state.withLock { $0.failedAt = clock() }
        }
    }

    /// Whether the database did not answer when it was asked last.
    var isCutOff: Bool { state.withLock { $0.failedAt != nil } }

    /// The tokens, read now if the last reading is older; nil where the database does not answer and what was read is
    /// too old to count.
    func tokens(noOlderThan age: Duration) async -> Tokens? {
        let start = clock()
        let bell = state.withLock { state -> Bell? in
            if state.tokens != nil, state.readAt.advanced(by: age) > start { return nil }
            if let failed = state.failedAt, failed.advanced(by: Self.pause) > start { return nil }
            let bell = begin(&state)
            // While the database is known to be away nobody waits for it who can do without.
            return state.failedAt != nil && state.areUsable(at: start) ? nil : bell
        }
        let isRead = await bell?.wait(atMost: patience)
        let end = clock()
        return state.withLock { state in
            if isRead == false, state.failedAt == nil { state.failedAt = end }
            return state.areUsable(at: end) ? state.tokens : nil
        }
    }

    /// Notes that a token was used on a day; written once a day for each token, beside the request.
    func noteUse(of id: ObjectID, on day: String) {
        state.withLock { state in
            guard state.usedOn[id] != day else { return }
            state.usedOn[id] = day
            state.unwrittenUses.insert(id)
            if state.failedAt == nil { _ = begin(&state) }
        }
    }

    /// Begins to read, unless it is being done.
    private func begin(_ state: inout State) -> Bell {
        if let reading = state.reading { return reading }
        let bell = Bell()
        state.reading = bell
        // It ends by itself: every call to the database has a deadline.
        Task {
            await self.read()
            bell.ring()
        }
        return bell
    }

    private func read() async {
        let start = clock()
        let (isPrepared, uses) = state.withLock { state in
            (state.isPrepared, state.unwrittenUses.map { ($0, state.usedOn[$0] ?? "") })
        }
        do {
            if !isPrepared { try await TokenTable.prepare(database) }
            if !uses.isEmpty { try await database.write(uses.map(Self.writing)) }
            let rows = try await database.query("SELECT * FROM identity_tokens")
            let tokens = Tokens(try rows.map { (try $0.blob("hash"), try BearerToken($0)) })
            state.withLock { state in
                state.isPrepared = true
                state.tokens = tokens
                state.readAt = start
                state.failedAt = nil
                state.reading = nil
                for (id, day) in uses where state.usedOn[id] == day { state.unwrittenUses.remove(id) }
            }
        } catch {
            state.withLock { state in
                state.failedAt = clock()
                state.reading = nil
            }
        }
    }

    private static func writing(_ id: ObjectID, on day: String) -> SQLStatement {
        """
        UPDATE identity_tokens SET last_used_on = \(bind: day)
        WHERE id = \(bind: id) AND (last_used_on IS NULL OR last_used_on < \(bind: day))
        """
    }
}

extension StorageError {
    /// Whether the connection broke on the way.
    fileprivate var isUncertain: Bool { if case .uncertain = self { true } else { false } }
}
