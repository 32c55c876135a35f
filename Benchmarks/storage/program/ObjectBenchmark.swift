import Foundation
import Storage

/// Puts and gets objects as fast as a number of clients can that each wait for one before the next.
enum ObjectBenchmark {
    /// - Parameter arguments: `s3://…`, clients, seconds, bytes of an object.
    static func main(_ arguments: [String]) async {
        guard arguments.count == 4, let clients = Int(arguments[1]), let seconds = Double(arguments[2]),
            let size = Int(arguments[3])
        else {
            print("usage: storage-benchmark s3://… CLIENTS SECONDS BYTES")
            exit(64)
        }
        do {
            var configuration = S3Configuration(address: try S3Address(url: arguments[0]))
            configuration.connections = clients
            let store = S3ObjectStore(configuration)
            try await store.makeBucket()
            let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 9) }
            let key = { @Sendable (client: Int, number: Int) in try ObjectKey("bench/\(client)/\(number % 50)") }
            let put = { @Sendable (client: Int, number: Int) in try await store.put(bytes, key: try key(client, number))
            }
            let get = { @Sendable (client: Int, number: Int) in
                guard try await store.get(try key(client, number)).count == size else { throw StorageError.corrupt() }
            }
            // All keys exist before they are read.
            try await withThrowingTaskGroup(of: Void.self) { group in
                for client in 0..<clients { group.addTask { for number in 0..<50 { try await put(client, number) } } }
                try await group.waitForAll()
            }
            let puts = try await run(clients: clients, seconds: seconds, put)
            let gets = try await run(clients: clients, seconds: seconds, get)
            await store.close()
            print("{\"put\": \(puts.rate), \"get\": \(gets.rate), \"put_cpu\": \(puts.cpu), \"get_cpu\": \(gets.cpu)}")
        } catch {
            print("failed: \(error) \((error as? StorageError)?.detail ?? "")")
            exit(1)
        }
    }

    /// - Returns: calls a second, and milliseconds of processor for each in this process.
    private static func run(
        clients: Int, seconds: Double, _ call: @escaping @Sendable (_ client: Int, _ number: Int) async throws -> Void
    ) async throws -> (rate: Double, cpu: Double) {
        let (start, used) = (ContinuousClock.now, clock())
        let count = try await Callers.run(clients, for: .seconds(seconds), call)
        let cpu = Double(clock() - used) / Double(CLOCKS_PER_SEC) * 1_000 / Double(max(1, count))
        return (Double(count) / ((ContinuousClock.now - start) / .seconds(1)), cpu)
    }
}
