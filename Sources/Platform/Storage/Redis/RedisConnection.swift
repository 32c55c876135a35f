import CHiredis
import Foundation
import Observability

/// One connection to Redis, used by one thread.
///
/// After an error it is of no use any more: answers could be taken for those of other commands.
final class RedisConnection {
    private let context: UnsafeMutablePointer<redisContext>

    /// Connects, logs in and chooses the database.
    init(_ address: RedisAddress, connectTimeout: Duration, commandTimeout: Duration) throws(StorageError) {
        let opened =
            switch address.place {
            case .host(let host, let port): redisConnectWithTimeout(host, Int32(port), timeval(connectTimeout))
            case .socket(let path): redisConnectUnixWithTimeout(path, timeval(connectTimeout))
            }
        guard let opened else { throw .unavailable(detail: "Redis: out of memory") }
        context = opened
        guard opened.pointee.err == 0 else { throw failure("cannot connect") }
        guard redisSetTimeout(opened, timeval(commandTimeout)) == REDIS_OK else {
            throw failure("cannot set a time-out")
        }
        var greeting: [[[UInt8]]] = []
        if let password = address.password {
            let login = [address.user, password.reveal()].compactMap(\.self)
            greeting.append((["AUTH"] + login).map { Array($0.utf8) })
        }
        if address.database != 0 { greeting.append(["SELECT", "\(address.database)"].map { Array($0.utf8) }) }
        for reply in try run(greeting, until: .now + connectTimeout) { _ = try reply.get() }
    }

    deinit { redisFree(context) }

    /// Sends commands together and reads their answers in order.
    ///
    /// - Parameter end: when to give up waiting, checked between answers; the command time-out bounds the wait for each.
    func run(_ commands: [[[UInt8]]], until end: ContinuousClock.Instant) throws(StorageError) -> [RedisReply] {
        for command in commands { try append(command) }
        var replies: [RedisReply] = []
        for _ in commands {
            guard ContinuousClock.now < end else { throw .timeout(detail: "Redis: answers come too slowly") }
            var reply: UnsafeMutableRawPointer?
            guard redisGetReply(context, &reply) == REDIS_OK, let reply else { throw failure("no answer") }
            replies.append(RedisReply(taking: reply))
        }
        return replies
    }

    private func append(_ command: [[UInt8]]) throws(StorageError) {
        var start = 0
        let starts = command.map { part in
            defer { start += part.count }
            return start
        }
        // One block for all parts, since their addresses must be valid together. An empty part still needs one.
        let block = command.flatMap(\.self) + [0]
        let status = block.withUnsafeBytes { bytes -> Int32 in
            var pointers = starts.map { bytes.baseAddress?.advanced(by: $0).assumingMemoryBound(to: CChar.self) }
            let lengths = command.map(\.count)
            return redisAppendCommandArgv(context, Int32(command.count), &pointers, lengths)
        }
        guard status == REDIS_OK else { throw failure("cannot send") }
    }

    private func failure(_ what: String) -> StorageError {
        let words = withUnsafeBytes(of: context.pointee.errstr) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        let isTimeout = context.pointee.err == REDIS_ERR_IO && (errno == EAGAIN || errno == ETIMEDOUT)
        let detail = "Redis: \(what): \(words)"
        return isTimeout ? .timeout(detail: detail) : .unavailable(detail: detail)
    }
}

extension timeval {
    /// A duration of at least a microsecond, since zero would mean to wait for ever.
    fileprivate init(_ duration: Duration) {
        let microseconds = max(1, Int(duration / .microseconds(1)))
        self.init(tv_sec: microseconds / 1_000_000, tv_usec: microseconds % 1_000_000)
    }
}
