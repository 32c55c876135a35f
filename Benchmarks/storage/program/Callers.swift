/// Clients that each wait for one call before the next.
enum Callers {
    /// Lets each client call until the time is up.
    ///
    /// - Parameter call: told the client and how many calls it has made before.
    /// - Returns: how many calls were made.
    static func run(
        _ clients: Int, for duration: Duration,
        _ call: @escaping @Sendable (_ client: Int, _ number: Int) async throws -> Void
    ) async throws -> Int {
        let end = ContinuousClock.now + duration
        return try await withThrowingTaskGroup(of: Int.self) { group in
            for client in 0..<clients {
                group.addTask {
                    var count = 0
                    while ContinuousClock.now < end {
                        try await call(client, count)
                        count += 1
                    }
                    return count
                }
            }
            return try await group.reduce(0, +)
        }
    }
}
