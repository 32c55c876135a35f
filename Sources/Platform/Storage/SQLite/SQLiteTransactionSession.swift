import Synchronization

/// One transaction of a task, served by the writer's thread command by command.
final class SQLiteTransactionSession: Sendable {
    /// What the task asks of the thread.
    enum Command: AwaitedWork {
        case run(SQLStatement, isQuery: Bool, CheckedContinuation<SQLResult, any Error>)
        case end(keeping: Bool, CheckedContinuation<Void, any Error>)
        case expire

        func abandon(_ error: any Error) {
            switch self {
            case .run(_, _, let continuation): continuation.resume(throwing: error)
            case .end(_, let continuation): continuation.resume(throwing: error)
            case .expire: break
            }
        }
    }

    private static let overdue = StorageError.timeout(detail: "the transaction took too long and was undone")

    private let timeout: Duration
    private let deadlineToBegin: ContinuousClock.Instant
    private let beginning: Mutex<CheckedContinuation<Void, any Error>?>
    private let hasEnded = Atomic(false)
    private let commands = WorkQueue<Command>(name: "transaction", capacity: 256)

    init(
        timeout: Duration, deadlineToBegin: ContinuousClock.Instant,
        _ beginning: CheckedContinuation<Void, any Error>
    ) {
        self.timeout = timeout
        self.deadlineToBegin = deadlineToBegin
        self.beginning = Mutex(beginning)
    }
}

// MARK: The writer's thread

extension SQLiteTransactionSession {
    /// Tells the task that its transaction will not begin.
    func abandon(_ error: any Error) { resumeBeginning(.failure(error)) }

    /// Begins, serves the task until it ends the transaction or its time is up, and leaves no transaction open.
    func serve(on connection: SQLiteConnection) {
        do {
            try connection.beginWriting(until: deadlineToBegin)
        } catch .busy {
            return abandon(StorageError.timeout(detail: "the write lock"))
        } catch {
            return abandon(error)
        }
        let deadline = ContinuousClock.now + timeout
        Deadline.run(at: deadline) { [weak self] in self?.expire() }
        resumeBeginning(.success(()))
        var failure: StorageError?
        while let entry = commands.next()?.first {
            switch entry.work {
            case .run(let statement, let isQuery, let continuation):
                if let failure {
                    continuation.resume(throwing: failure)
                    continue
                }
                do throws(StorageError) {
                    connection.limit(until: deadline, locksUntil: deadline)
                    defer { connection.limit(until: nil, locksUntil: nil) }
                    continuation.resume(
                        returning: isQuery
                            ? SQLResult(changedRows: 0, rows: try connection.query(statement))
                            : try connection.run(statement))
                } catch {
                    failure = error
                    continuation.resume(throwing: error)
                }
            case .end(let keeping, let continuation):
                return end(keeping: keeping, failure: failure, on: connection, continuation)
            case .expire:
                connection.rollBack()
                return refuseTheRest(Self.overdue)
            }
        }
    }

    private func end(
        keeping: Bool, failure: StorageError?, on connection: SQLiteConnection,
        _ continuation: CheckedContinuation<Void, any Error>
    ) {
        do {
            if let failure { throw failure }
            if keeping { try connection.control("COMMIT") }
            connection.rollBack()
            refuseTheRest(.invalidStatement(detail: "the transaction is over"))
            continuation.resume()
        } catch {
            connection.rollBack()
            refuseTheRest(.invalidStatement(detail: "the transaction is over"))
            continuation.resume(throwing: error)
        }
    }

    private func refuseTheRest(_ error: StorageError) {
        hasEnded.store(true, ordering: .releasing)
        commands.close(refusing: error)
    }

    private func resumeBeginning(_ result: Result<Void, any Error>) {
        let continuation = beginning.withLock { continuation in
            defer { continuation = nil }
            return continuation
        }
        continuation?.resume(with: result)
    }
}

// MARK: The task

extension SQLiteTransactionSession: SQLTransaction, TransactionScope {
    func query(_ statement: SQLStatement) async throws -> [SQLRow] { try await run(statement, isQuery: true).rows }

    @discardableResult
    func execute(_ statement: SQLStatement) async throws -> SQLResult { try await run(statement, isQuery: false) }

    /// Whether statements are still taken.
    var isOpen: Bool { !hasEnded.load(ordering: .acquiring) }

    /// Keeps or undoes what was done.
    func end(keeping: Bool) async throws {
        try await withCheckedThrowingContinuation { send(.end(keeping: keeping, $0)) }
    }

    private func run(_ statement: SQLStatement, isQuery: Bool) async throws -> SQLResult {
        try Task.checkCancellation()
        return try await withCheckedThrowingContinuation { send(.run(statement, isQuery: isQuery, $0)) }
    }

    private func expire() { send(.expire) }

    private func send(_ command: Command) {
        commands.append(command, commands.ticket(), deadline: .now + timeout)
    }
}
