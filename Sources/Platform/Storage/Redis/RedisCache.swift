public import Observability

/// How a Redis cache is used.
public struct RedisConfiguration: Sendable {
    /// Where the server is.
    public var address: RedisAddress
    /// How long connecting and logging in may take.
    public var connectTimeout: Duration = .seconds(2)
    /// How long an answer may take, and how long a command may wait to be sent.
    public var commandTimeout: Duration = .seconds(2)
    /// How many commands may wait; more are refused as busy.
    public var queueCapacity = 4096
    /// Longest pause before the next attempt after a failed connection; the first is a twentieth, each doubles.
    public var longestPause: Duration = .seconds(1)

    /// Makes a configuration with the defaults.
    public init(address: RedisAddress) {
        self.address = address
    }
}

/// A cache in Redis, shared by every server that uses it.
///
/// Commands of concurrent callers travel together on one connection: a thread sends what waits and reads the answers. A
/// lost connection is made again by itself; while the server is away, calls fail at once between the attempts.
public final class RedisCache: Cache {
    private let queue: WorkQueue<RedisCall>
    private let configuration: RedisConfiguration
    private let thread: WorkerThread

    /// Makes a cache; it connects when it is first used.
    public init(_ configuration: RedisConfiguration, logger: Logger = .disabled) {
        let queue = WorkQueue<RedisCall>(name: "Redis", capacity: configuration.queueCapacity)
        self.queue = queue
        self.configuration = configuration
        thread = WorkerThread(name: "redis") {
            var worker = RedisWorker(configuration, logger: logger)
            while let calls = queue.next(limit: RedisWorker.largestBatch) { worker.run(calls) }
        }
    }

    deinit { queue.close() }

    public func value(of key: String, refreshing timeToLive: Duration?) async throws -> [UInt8]? {
        var commands = [Self.command("GET", key)]
        if let timeToLive { commands.append(Self.command("PEXPIRE", key, Self.milliseconds(timeToLive))) }
        guard case .bytes(let value) = try await run(commands)[0] else { return nil }
        return value
    }

    public func set(_ value: [UInt8], for key: String, timeToLive: Duration) async throws {
        let command = Self.command("SET", key) + [value] + Self.command("PX", Self.milliseconds(timeToLive))
        _ = try await run([command])
    }

    public func remove(_ key: String) async throws {
        _ = try await run([Self.command("DEL", key)])
    }

    public func check() async throws {
        _ = try await run([Self.command("PING")])
    }

    public func close() async {
        queue.close()
        await thread.finished()
    }

    private func run(_ commands: [[[UInt8]]]) async throws -> [RedisReply] {
        try Task.checkCancellation()
        let ticket = queue.ticket()
        return try await withTaskCancellationHandler {
            let replies = try await withCheckedThrowingContinuation { continuation in
                let call = RedisCall(commands: commands) { continuation.resume(with: $0) }
                queue.append(call, ticket, deadline: .now + configuration.commandTimeout)
            }
            return try replies.map { try $0.get() }
        } onCancel: {
            queue.cancel(ticket)
        }
    }

    private static func command(_ words: String...) -> [[UInt8]] { words.map { Array($0.utf8) } }

    private static func milliseconds(_ duration: Duration) -> String {
        String(Int64(CacheLife.valid(duration) / .milliseconds(1)))
    }
}

/// Commands of one caller, which waits for their answers. All may be done twice without harm.
struct RedisCall: AwaitedWork {
    let commands: [[[UInt8]]]
    let finish: @Sendable (Result<[RedisReply], any Error>) -> Void

    func abandon(_ error: any Error) { finish(.failure(error)) }
}
