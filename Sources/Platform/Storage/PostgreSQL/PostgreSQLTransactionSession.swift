import Synchronization

/// One transaction of a task, served by the thread of its connection command by command.
final class PostgreSQLTransactionSession: Sendable {
    /// What the task asks of the thread.
    private enum Command: AwaitedWork {
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

    /// What is promised of what the transaction sees.
    enum Kind: Sendable {
        /// As if nothing else happened meanwhile; it may write.
        case serializable
        /// One moment; it only reads, and nobody has to wait for it.
        case snapshot
    }

    private static let overdue = StorageError.timeout(detail: "the transaction took too long and was undone")

    private let kind: Kind
    /// How long the body may take.
    private let timeout: Duration
    private let beginning: Mutex<CheckedContinuation<Void, any Error>?>
    private let hasEnded = Atomic(false)
    private let mayBeRepeated = Atomic(false)
    private let commands = WorkQueue<Command>(name: "transaction", capacity: 256)

    init(_ kind: Kind, timeout: Duration, _ beginning: CheckedContinuation<Void, any Error>) {
        self.kind = kind
        self.timeout = timeout
        self.beginning = Mutex(beginning)
    }
}

// MARK: The connection's thread

extension PostgreSQLTransactionSession {
    /// What the thread knows about the transaction.
    private struct Progress {
        let deadline: ContinuousClock.Instant
        var hasBegun = false
        /// Why nothing can be kept any more.
        var failure: StorageError?
    }

    /// Tells the task that its transaction will not begin.
    func abandon(_ error: any Error) { resumeBeginning(.failure(error)) }

    /// Serves the task until it ends the transaction or its time is up, and leaves no transaction open.
    func serve(on connection: PostgreSQLConnection) {
        var progress = Progress(deadline: .now + timeout)
        Deadline.run(at: progress.deadline) { [weak self] in self?.send(.expire) }
        resumeBeginning(.success(()))
        while let entry = commands.next()?.first {
            switch entry.work {
            case .run(let statement, let isQuery, let continuation):
                continuation.resume(with: run(statement, isQuery: isQuery, &progress, connection))
            case .end(let keeping, let continuation):
                let outcome = end(keeping: keeping, progress, connection)
                refuseTheRest(.invalidStatement(detail: "the transaction is over"))
                return continuation.resume(with: outcome)
            case .expire:
                rollBack(connection)
                return refuseTheRest(Self.overdue)
            }
        }
    }

    private func run(
        _ statement: SQLStatement, isQuery: Bool, _ progress: inout Progress, _ connection: PostgreSQLConnection
    ) -> Result<SQLResult, any Error> {
        if let failure = progress.failure { return .failure(failure) }
        do throws(StorageError) {
            let command = try connection.command(statement)
            let result = try roundTrip(command, statement, isQuery: isQuery, &progress, connection)
            return .success(isQuery ? SQLResult(changedRows: 0, rows: result.rows) : result)
        } catch {
            progress.failure = error
            return .failure(error)
        }
    }

    private func roundTrip(
        _ command: PostgreSQLConnection.Command, _ statement: SQLStatement, isQuery: Bool,
        _ progress: inout Progress, _ connection: PostgreSQLConnection
    ) throws(StorageError) -> SQLResult {
        do throws(PostgreSQLFailure) {
            var openings = 0
            if !progress.hasBegun {
                for opening in opening(with: statement) {
                    try connection.send(opening)
                    openings += 1
                }
                progress.hasBegun = true
            }
            try connection.send(command)
            try connection.sync()
            var complaint: PostgreSQLComplaint?
            for _ in 0..<openings {
                if case .refused(let refusal) = try connection.reply(until: progress.deadline) {
                    complaint = complaint ?? refusal.ofBeginning
                }
            }
            let reply = try connection.reply(until: progress.deadline)
            _ = try connection.reply(until: progress.deadline)
            switch reply {
            case .result(let result, let wasQuery, _):
                // A change in the guise of a query is undone with the whole transaction.
                guard wasQuery || !isQuery else {
                    throw .refused(PostgreSQLComplaint(state: "25000", message: "a query must not change anything"))
                }
                return result
            case .refused(let refusal): throw .refused(complaint ?? refusal)
            case .skipped, .synced:
                throw .refused(complaint ?? PostgreSQLComplaint(state: "XX000", message: "an answer is missing"))
            }
        } catch {
            throw storageError(of: error, isQuery: isQuery, connection)
        }
    }

    /// What begins the transaction, sent along with its first statement.
    ///
    /// As if nothing else happened meanwhile is what `SERIALIZABLE` means. The lock of migrations excludes others by
    /// itself; a serializable transaction would not see what they did while it waited for the lock.
    private func opening(with first: SQLStatement) -> [String] {
        let mode =
            switch kind {
            case .snapshot: "REPEATABLE READ READ ONLY"
            case .serializable where first == SQLDialect.postgreSQL.migrationLock: "READ COMMITTED READ WRITE"
            case .serializable: "SERIALIZABLE READ WRITE"
            }
        let time = PostgreSQLConfiguration.serverShare(of: timeout).wholeMilliseconds
        return [
            "BEGIN ISOLATION LEVEL \(mode)", "SET LOCAL statement_timeout = \(time)",
            // Ends what is left of a program that has gone without a word.
            "SET LOCAL idle_in_transaction_session_timeout = \(timeout.wholeMilliseconds + 10_000)",
        ]
    }

    /// The error for the body, noting whether the body may be run again: nothing has been kept so far.
    private func storageError(
        of failure: PostgreSQLFailure, isQuery: Bool, _ connection: PostgreSQLConnection
    ) -> StorageError {
        switch failure {
        case .refused(let complaint):
            if complaint.isStalePlan { connection.forgetStatements(after: complaint) }
            if complaint.isLostRace || complaint.isStalePlan { mayBeRepeated.store(true, ordering: .releasing) }
            return complaint.storageError(isQuery: isQuery)
        case .lost(_, let detail):
            mayBeRepeated.store(true, ordering: .releasing)
            return .unavailable(detail: detail)
        case .overdue:
            connection.abandon()
            return Self.overdue
        }
    }

    private func end(
        keeping: Bool, _ progress: Progress, _ connection: PostgreSQLConnection
    ) -> Result<Void, any Error> {
        guard keeping, progress.failure == nil else {
            rollBack(connection)
            return progress.failure.map { .failure($0) } ?? .success(())
        }
        guard progress.hasBegun else { return .success(()) }
        do throws(PostgreSQLFailure) {
            try connection.send("COMMIT")
            try connection.sync()
            let reply = try connection.reply(until: progress.deadline)
            _ = try? connection.reply(until: progress.deadline)
            switch reply {
            case .result(_, _, tag: "COMMIT"): return .success(())
            case .refused(let complaint): throw .refused(complaint)
            case .result, .skipped, .synced:
                throw .refused(PostgreSQLComplaint(state: "25000", message: "the commit was not done"))
            }
        } catch {
            switch error {
            case .refused, .lost(isUndone: true, _):
                return .failure(storageError(of: error, isQuery: false, connection))
            case .lost(isUndone: false, let detail): return .failure(StorageError.uncertain(detail: detail))
            case .overdue:
                connection.abandon()
                return .failure(StorageError.uncertain(detail: "no answer to the commit in time"))
            }
        }
    }

    private func rollBack(_ connection: PostgreSQLConnection) {
        guard connection.isUsable else { return }
        do throws(PostgreSQLFailure) {
            try connection.rollBackIfNeeded(until: .now + .seconds(1))
        } catch {
            // Closing the connection undoes it too.
            connection.abandon()
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

extension PostgreSQLTransactionSession: SQLTransaction, TransactionScope {
    func query(_ statement: SQLStatement) async throws -> [SQLRow] { try await run(statement, isQuery: true).rows }

    @discardableResult
    func execute(_ statement: SQLStatement) async throws -> SQLResult { try await run(statement, isQuery: false) }

    /// Whether statements are still taken.
    var isOpen: Bool { !hasEnded.load(ordering: .acquiring) }

    /// Whether it came to nothing in a way that lets the body be run again: a lost race, a lost connection.
    var isRepeatable: Bool { mayBeRepeated.load(ordering: .acquiring) }

    /// Keeps or undoes what was done.
    func end(keeping: Bool) async throws {
        try await withCheckedThrowingContinuation { send(.end(keeping: keeping, $0)) }
    }

    private func run(_ statement: SQLStatement, isQuery: Bool) async throws -> SQLResult {
        try Task.checkCancellation()
        return try await withCheckedThrowingContinuation { send(.run(statement, isQuery: isQuery, $0)) }
    }

    private func send(_ command: Command) {
        commands.append(command, commands.ticket(), deadline: .now + timeout)
    }
}
