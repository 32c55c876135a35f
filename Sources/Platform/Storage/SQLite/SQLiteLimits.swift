import CSQLite
import Glibc

/// How long the statements of one connection may run, and what they may do; asked by SQLite while it works.
///
/// Belongs to one connection and is used by whichever thread uses that.
final class SQLiteLimits {
    /// Instructions of SQLite's virtual machine between two looks at the limits: some tens of microseconds.
    static let instructionsPerLook: Int32 = 1_000

    /// When to stop; nil for never.
    var deadline: ContinuousClock.Instant?
    /// Until when to wait for the locks of other connections; nil for not at all.
    var lockDeadline: ContinuousClock.Instant?
    /// How many more looks may happen before stopping; nil for no bound.
    var remainingLooks: Int?
    /// Whether statements may control transactions and settings: those of the driver may, those of callers may not.
    var isDriverStatement = false

    /// Lets a connection ask. The limits must outlive it.
    func install(on handle: OpaquePointer) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        sqlite3_progress_handler(handle, Self.instructionsPerLook, sqliteShouldStop, context)
        sqlite3_busy_handler(handle, sqliteShouldWaitForLock, context)
        sqlite3_set_authorizer(handle, sqliteMayDo, context)
    }

    fileprivate func shouldStop() -> Bool {
        if let remainingLooks {
            guard remainingLooks > 0 else { return true }
            self.remainingLooks = remainingLooks - 1
        }
        return deadline.map { $0 <= .now } ?? false
    }

    /// Waits a moment for a lock, if there is time.
    ///
    /// SQLite's own waits grow to 100 ms, and a process that commits a thousand times a second leaves gaps much shorter
    /// than that, which one that seldom looks would hardly ever meet.
    fileprivate func waitForLock() -> Bool {
        guard let lockDeadline, .now < lockDeadline else { return false }
        usleep(.random(in: 100...1_000))
        return true
    }

    fileprivate func allows(action: Int32) -> Bool {
        switch action {
        case SQLITE_TRANSACTION, SQLITE_SAVEPOINT, SQLITE_PRAGMA, SQLITE_ATTACH, SQLITE_DETACH: isDriverStatement
        default: true
        }
    }
}

// Free functions, since SQLite calls them through C pointers.

private func sqliteShouldStop(context: UnsafeMutableRawPointer?) -> Int32 {
    guard let context else { return 0 }
    return Unmanaged<SQLiteLimits>.fromOpaque(context).takeUnretainedValue().shouldStop() ? 1 : 0
}

private func sqliteShouldWaitForLock(context: UnsafeMutableRawPointer?, _: Int32) -> Int32 {
    guard let context else { return 0 }
    return Unmanaged<SQLiteLimits>.fromOpaque(context).takeUnretainedValue().waitForLock() ? 1 : 0
}

private func sqliteMayDo(
    context: UnsafeMutableRawPointer?, action: Int32, _: UnsafePointer<CChar>?, _: UnsafePointer<CChar>?,
    _: UnsafePointer<CChar>?, _: UnsafePointer<CChar>?
) -> Int32 {
    guard let context else { return SQLITE_DENY }
    let limits = Unmanaged<SQLiteLimits>.fromOpaque(context).takeUnretainedValue()
    return limits.allows(action: action) ? SQLITE_OK : SQLITE_DENY
}
