import Observability
import Storage
import Synchronization

/// Does what has to be done once on a store, and keeps trying in the background while that is away.
final class LastingSetup: Sendable {
    private let task: Mutex<Task<Void, Never>?> = Mutex(nil)

    private static let interval: Duration = .seconds(2)

    /// Tries once.
    ///
    /// - Parameter isPatient: whether a store that does not answer is waited for in the background.
    /// - Throws: what the work throws, unless it is waited for.
    init(isPatient: Bool, logger: Logger, _ work: @escaping @Sendable () async throws -> Void) async throws {
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
}
