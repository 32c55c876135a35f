/// A document on its way into a collection, and the task that waits for it.
struct MongoAppend: AwaitedWork {
    let collection: String
    let document: [UInt8]
    let deadline: ContinuousClock.Instant
    let finish: @Sendable (Result<Void, any Error>) -> Void

    func abandon(_ error: any Error) { finish(.failure(error)) }
}

/// Inserts the documents of concurrent callers together: those that arrive while some are on their way travel as one
/// command and share the server's wait for its disk.
final class MongoAppender: Sendable {
    /// Most bytes of documents in one command.
    private static let largestGroup = 16 << 20

    private let queue: WorkQueue<MongoAppend>
    private let thread: WorkerThread

    init(_ pool: MongoPool, _ configuration: MongoConfiguration) {
        let queue = WorkQueue<MongoAppend>(name: "mongo-append", capacity: configuration.maximumWaitingAppends)
        self.queue = queue
        thread = WorkerThread(name: "mongo-append") {
            while let entries = queue.next(limit: configuration.maximumGroup) {
                for group in Self.groups(entries.map(\.work)) { Self.insert(group, pool) }
            }
        }
    }

    deinit { queue.close() }

    /// Waits until a document is kept.
    func append(_ document: [UInt8], to collection: String, timeout: Duration) async throws {
        try Task.checkCancellation()
        let ticket = queue.ticket()
        let deadline = ContinuousClock.now + timeout
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let work = MongoAppend(collection: collection, document: document, deadline: deadline) {
                    continuation.resume(with: $0)
                }
                queue.append(work, ticket, deadline: deadline)
            }
        } onCancel: {
            queue.cancel(ticket)
        }
    }

    func close() async {
        queue.close()
        await thread.finished()
    }

    /// Parts work by collection, and where there would be too many bytes.
    private static func groups(_ work: [MongoAppend]) -> [[MongoAppend]] {
        var groups: [[MongoAppend]] = []
        var size = 0
        for append in work {
            let fits = size + append.document.count <= largestGroup
            if let last = groups.last?.first, last.collection == append.collection, fits {
                groups[groups.count - 1].append(append)
                size += append.document.count
            } else {
                groups.append([append])
                size = append.document.count
            }
        }
        return groups
    }

    private static func insert(_ group: [MongoAppend], _ pool: MongoPool) {
        do throws(MongoFailure) {
            tell(group, try insertOnce(group, pool), isRepeated: false)
        } catch {
            guard error.isWorthAnotherTry, let earliest = group.map(\.deadline).min(), .now < earliest else {
                return fail(group, error)
            }
            // Every document has an identifier of its own, so one that is there already was kept the first time.
            do throws(MongoFailure) {
                tell(group, try insertOnce(group, pool), isRepeated: true)
            } catch let second {
                // Where the first attempt may have kept something, a server that is away now does not undo it.
                if case .unreachable = second { return fail(group, error) }
                fail(group, second)
            }
        }
    }

    private static func insertOnce(
        _ group: [MongoAppend], _ pool: MongoPool
    ) throws(MongoFailure) -> [StorageError?] {
        try pool.withClient { client throws(MongoFailure) in
            try client.insert(group.map(\.document), into: group[0].collection)
        }
    }

    private static func tell(_ group: [MongoAppend], _ results: [StorageError?], isRepeated: Bool) {
        for (append, error) in zip(group, results) {
            switch error {
            case nil: append.finish(.success(()))
            case .conflict where isRepeated: append.finish(.success(()))
            case let error?: append.abandon(error)
            }
        }
    }

    private static func fail(_ group: [MongoAppend], _ failure: MongoFailure) {
        for append in group { append.abandon(failure.storageError(isChange: true)) }
    }
}
