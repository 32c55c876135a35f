public import Observability
internal import Synchronization

/// Does what has to be done once on a store, and keeps trying in the background while that is away.
public final class LastingSetup: Sendable {
    private let task: Mutex<Task<Void, Never>?> = Mutex(nil)

    private static let interval: Duration = .seconds(1)

    /// Tries once.
    ///
    /// - Parameters:
    ///   - isPatient: whether a store that does not answer is waited for in the background.
    ///   - work: what is to be done; it is let go of together with this. Work of whoever owns this must not hold on to it.
    /// - Throws: what the work throws, unless it is waited for.
    public init(
        isPatient: Bool = true, logger: Logger, _ work: @escaping @Sendable () async throws -> Void
    ) async throws {
        do {
            try await work()
        } catch let error as StorageError where isPatient && error.isTemporary {
            logger.warning("the store does not answer; it is waited for", ["reason": .string(error.detail)])
            let waiting = Task {
                while (try? await Task.sleep(for: Self.interval)) != nil {
                    do {
                        try await work()
                        return
                    } catch let error as StorageError where error.isTemporary {
                        continue
                    } catch {
                        logger.error("the store could not be set up", ["reason": .string("\(error)")])
                        return
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
