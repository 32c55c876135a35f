/// Statements that are kept or undone together, and the task that waits for them.
struct SQLWriteUnit: AwaitedWork {
    let statements: [SQLStatement]
    let deadline: ContinuousClock.Instant
    private let continuation: CheckedContinuation<[SQLResult], any Error>

    init(
        _ statements: [SQLStatement], deadline: ContinuousClock.Instant,
        _ continuation: CheckedContinuation<[SQLResult], any Error>
    ) {
        self.statements = statements
        self.deadline = deadline
        self.continuation = continuation
    }

    func finish(_ result: Result<[SQLResult], StorageError>) {
        continuation.resume(with: result.mapError { $0 as any Error })
    }

    func abandon(_ error: any Error) { continuation.resume(throwing: error) }
}
