import Foundation
import Storage

/// Sets and gets values as fast as a number of clients can that each wait for the answer before.
enum CacheBenchmark {
    private static let value = [UInt8](repeating: UInt8(ascii: "v"), count: 200)

    /// - Parameter arguments: a URL of Redis, clients, seconds.
    static func main(_ arguments: [String]) async {
        guard arguments.count == 3, let clients = Int(arguments[1]), let seconds = Double(arguments[2]) else {
            print("usage: storage-benchmark cache URL CLIENTS SECONDS")
            exit(64)
        }
        do {
            let cache = RedisCache(RedisConfiguration(address: try RedisAddress(arguments[0])))
            _ = try await run(cache, clients: clients, for: .seconds(1))
            let start = ContinuousClock.now
            let count = try await run(cache, clients: clients, for: .seconds(seconds))
            let taken = (ContinuousClock.now - start) / .seconds(1)
            await cache.close()
            print("{\"operations\": \(count), \"seconds\": \(taken), \"rate\": \(Double(count) / taken)}")
        } catch {
            print("failed: \(error)")
            exit(1)
        }
    }

    /// - Returns: commands that were answered; every value read was the one set.
    private static func run(_ cache: any Cache, clients: Int, for duration: Duration) async throws -> Int {
        2
            * (try await Callers.run(clients, for: duration) { client, number in
                let key = "bench:\(client):\(2 * number % 1_000)"
                try await cache.set(value, for: key, timeToLive: .seconds(60))
                guard try await cache.value(of: key) == value else {
                    throw StorageError.corrupt(detail: "another value came back")
                }
            })
    }
}
