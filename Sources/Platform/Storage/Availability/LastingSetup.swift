public import Observability
internal import Synchronization

/// Does what has to be done once on a store, and keeps trying in the background while that is away, or refuses what
/// somebody may put right: a disk without room, a missing right.
public final class LastingSetup: Sendable {
    private let task: Mutex<Task<Void, Never>?> = Mutex(nil)

    private static let interval: Duration = .seconds(1)
    private static let longestInterval: Duration = .seconds(30)

    /// Tries once.
    ///
    /// - Parameters:
    ///   - isPatient: whether a store that does not answer is waited for in the background.
    ///   - work: what is to be done, and may be done again; it is let go of together with this. Work of whoever owns this
    ///     must not hold on to it.
    /// - Throws: what the work throws, unless it is waited for.
    public init(
        isPatient: Bool = true, logger: Logger, _ work: @escaping @Sendable () async throws -> Void
    ) async throws {
        do {
            try await work()
        } catch let error as StorageError where isPatient && error.isOutage {
            logger.warning("the store does not answer; it is waited for", ["reason": .string(error.detail)])
            let waiting = Task {
                var pause = Self.interval
                while (try? await Task.sleep(for: pause)) != nil {
                    do {
                        try await work()
                        return
                    } catch let error as StorageError where error.isOutage {
                        pause = Self.interval
                    } catch {
                        logger.error("the store could not be set up", ["reason": .string("\(error)")])
                        pause = min(pause * 2, Self.longestInterval)
                    }
                }
            }
            task.withLock { $0 = waiting }
        }
    }

    deinit {
        task.withLock { $0?.cancel() }
    }

    /// Whether the store was away at the first attempt.
    public var wasAway: Bool { task.withLock { $0 != nil } }
}
