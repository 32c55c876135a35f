import Observability

/// Does the commands that wait, on its one connection.
struct RedisWorker {
    /// How many callers' commands are sent together.
    static let largestBatch = 256

    private let configuration: RedisConfiguration
    private let logger: Logger
    private var connection: RedisConnection?
    /// Before this moment no new connection is tried.
    private var nextAttempt = ContinuousClock.now
    private var pause: Duration
    private var lastFailure = StorageError.unavailable()

    init(_ configuration: RedisConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        pause = configuration.longestPause / 20
    }

    /// Does the commands of several callers and tells each its answers.
    mutating func run(_ calls: [WorkQueue<RedisCall>.Entry]) {
        let hadConnection = connection != nil
        do throws(StorageError) {
            try attempt(calls)
        } catch {
            // A connection that was idle may have been closed by the server long ago; a new one is worth one more try,
            // but not after a time-out, which the callers have waited for already.
            if hadConnection, case .unavailable = error, (try? attempt(calls)) != nil { return }
            for call in calls { call.work.abandon(error) }
        }
    }

    private mutating func attempt(_ calls: [WorkQueue<RedisCall>.Entry]) throws(StorageError) {
        let commands = calls.flatMap(\.work.commands)
        let replies: [RedisReply]
        do throws(StorageError) {
            replies = try connected().run(commands, until: .now + configuration.commandTimeout)
        } catch {
            connection = nil
            throw error
        }
        var position = 0
        for call in calls {
            let end = position + call.work.commands.count
            call.work.finish(.success(Array(replies[position..<end])))
            position = end
        }
    }

    private mutating func connected() throws(StorageError) -> RedisConnection {
        if let connection { return connection }
        guard ContinuousClock.now >= nextAttempt else { throw lastFailure }
        do throws(StorageError) {
            let made = try RedisConnection(
                configuration.address, connectTimeout: configuration.connectTimeout,
                commandTimeout: configuration.commandTimeout)
            connection = made
            pause = configuration.longestPause / 20
            return made
        } catch {
            logger.warning("Redis cannot be reached", ["reason": .string(error.detail)])
            lastFailure = error
            // Spread, so that many servers do not come back in the same moment.
            nextAttempt = .now + pause * Double.random(in: 0.75...1.25)
            pause = min(pause * 2, configuration.longestPause)
            throw error
        }
    }
}
