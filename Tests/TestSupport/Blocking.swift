import Foundation

/// Runs a body that waits for the network or a process on a thread of its own.
///
/// Tests share the pool of tasks with the servers they test: a test that waited there could keep the server from ever
/// answering it.
public func blocking<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        let thread = Thread { continuation.resume(with: Result { try body() }) }
        thread.stackSize = 1 << 20
        thread.start()
    }
}

/// Repeats a question until the answer is yes, without keeping the processor to itself.
///
/// - Parameter limit: long enough for a machine on which many other things run.
/// - Throws: `TestTimeout` when the time is up.
public func eventually(
    within limit: Duration = .seconds(180), _ condition: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now.advanced(by: limit)
    while try await !condition() {
        guard ContinuousClock.now < end else { throw TestTimeout() }
        _ = try await blocking { usleep(20_000) }
    }
}

/// Something a test waited for did not happen.
public struct TestTimeout: Error {
    /// Makes the error.
    public init() {}
}
