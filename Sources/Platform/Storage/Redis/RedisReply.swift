import CHiredis

/// What Redis answers to one command.
enum RedisReply: Sendable, Equatable {
    case none
    case bytes([UInt8])
    case integer(Int64)
    case status(String)
    /// The command was refused, in Redis's words.
    case error(String)

    /// Copies an answer of the library and frees it.
    init(taking pointer: UnsafeMutableRawPointer) {
        defer { freeReplyObject(pointer) }
        let reply = pointer.assumingMemoryBound(to: redisReply.self).pointee
        var text: String {
            guard let start = reply.str else { return "" }
            return String(decoding: UnsafeRawBufferPointer(start: start, count: reply.len), as: UTF8.self)
        }
        switch reply.type {
        case REDIS_REPLY_STRING:
            self = .bytes(reply.str.map { [UInt8](UnsafeRawBufferPointer(start: $0, count: reply.len)) } ?? [])
        case REDIS_REPLY_INTEGER: self = .integer(reply.integer)
        case REDIS_REPLY_STATUS: self = .status(text)
        case REDIS_REPLY_ERROR: self = .error(text)
        default: self = .none
        }
    }

    /// The answer, or the refusal as an error.
    func get() throws(StorageError) -> RedisReply {
        guard case .error(let words) = self else { return self }
        switch words.prefix(while: { $0 != " " }) {
        case "OOM": throw .full(detail: words)
        case "READONLY": throw .readOnly(detail: words)
        case "WRONGTYPE": throw .corrupt(detail: words)
        default: throw .unavailable(detail: words)
        }
    }
}
