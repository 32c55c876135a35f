public import Observability
public import Storage
import Synchronization

/// Keeps predictions without holding up those who asked for them while the database is away.
///
/// A prediction is durable when `keep` returns true. While the database is away predictions wait in memory, and are kept
/// once it is back; those beyond the capacity, and those that wait when the process ends, are lost.
public final class PredictionJournal: Sendable {
    private struct State {
        var waiting: [PredictionRecord] = []
        var drain: Task<Void, Never>?
    }

    private let log: Eventually<SQLPredictionLog>
    private let outage: Outage
    private let logger: Logger
    private let capacity: Int
    private let pause: Duration
    private let state = Mutex(State())

    /// Makes a journal in front of a log.
    ///
    /// - Parameters:
    ///   - capacity: predictions that may wait.
    ///   - patience: how long a prediction waits for the database at most.
    ///   - pause: time between attempts while the database is away.
    public init(
        _ log: Eventually<SQLPredictionLog>, logger: Logger, capacity: Int = 10_000,
        patience: Duration = .milliseconds(250), pause: Duration = .seconds(1)
    ) {
        self.log = log
        self.logger = logger
        self.capacity = capacity
        self.pause = pause
        outage = Outage(patience: patience)
    }

    deinit {
        state.withLock { $0.drain?.cancel() }
    }

    /// How many wait in memory.
    public var waitingCount: Int { state.withLock(\.waiting.count) }

    /// Keeps a prediction. Where nobody knows whether it was kept it is kept again, which changes nothing.
    ///
    /// - Returns: whether it is durable; otherwise it waits, or was dropped where too many wait.
    public func keep(_ prediction: PredictionRecord) async -> Bool {
        do {
            try await outage.run { [log] in try await log.value().insert(prediction) }
            return true
        } catch let error as StorageError where error.isOutage {
            wait(prediction)
        } catch {
            logger.error("a prediction was not kept", ["reason": .string("\(error)")])
        }
        return false
    }

    private func wait(_ prediction: PredictionRecord) {
        let isFull = state.withLock { state in
            guard state.waiting.count < capacity else { return true }
            state.waiting.append(prediction)
            if state.drain == nil {
                state.drain = Task { [weak self, pause] in
                    while !Task.isCancelled {
                        guard (try? await Task.sleep(for: pause)) != nil, let self else { return }
                        if await self.drain() { return }
                    }
                }
            }
            return false
        }
        if isFull { logger.debug("a prediction was dropped: too many wait for the database") }
    }

    /// Keeps what waits; whether nothing is left. Keeping one again changes nothing, so none is lost by a failure.
    private func drain() async -> Bool {
        while let next = state.withLock({ $0.waiting.first }) {
            do {
                try await log.value().insert(next)
            } catch let error as StorageError where error.isOutage {
                return false
            } catch is CancellationError {
                return true
            } catch {
                logger.error("a prediction was not kept", ["reason": .string("\(error)")])
            }
            state.withLock { _ = $0.waiting.removeFirst() }
        }
        return state.withLock { state in
            guard state.waiting.isEmpty else { return false }
            state.drain = nil
            return true
        }
    }
}
