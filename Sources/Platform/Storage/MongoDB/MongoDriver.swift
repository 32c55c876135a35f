import CMongoC
import Observability
import Synchronization

/// The library as a whole: it is started once, and what it says goes to the program's log instead of standard error.
enum MongoDriver {
    private static let logger = Mutex(Logger.disabled)

    private static let isStarted: Bool = {
        // Before the library says anything: it tells every failed heartbeat, two a second while a server is away.
        mongoc_log_set_handler(handleMongoLog, nil)
        mongoc_init()
        return true
    }()

    /// Starts the library unless that is done.
    static func start() { _ = isStarted }

    /// Chooses where the library's warnings go from now on.
    static func log(to logger: Logger) {
        start()
        self.logger.withLock { $0 = logger }
    }

    /// Writes a line of the library; those below a warning are of use to its developers only.
    fileprivate static func note(_ level: mongoc_log_level_t, _ message: String) {
        guard level.rawValue <= MONGOC_LOG_LEVEL_WARNING.rawValue else { return }
        let logger = logger.withLock(\.self)
        logger.debug("the MongoDB driver remarks", ["message": .string(message)])
    }
}

/// Called by the library on any of its threads.
private func handleMongoLog(
    _ level: mongoc_log_level_t, _ domain: UnsafePointer<CChar>?, _ message: UnsafePointer<CChar>?,
    _ context: UnsafeMutableRawPointer?
) {
    MongoDriver.note(level, message.map { String(cString: $0) } ?? "")
}
