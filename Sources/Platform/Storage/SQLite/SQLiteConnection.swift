import CSQLite
import Foundation

/// One connection to a SQLite file, used by one thread at a time.
final class SQLiteConnection {
    /// What a connection is for.
    enum Role {
        case reading
        case writing
    }

    private let handle: OpaquePointer
    private let role: Role
    private let limits = SQLiteLimits()
    private let log = SQLiteLogLength()
    private var cache: SQLiteStatementCache
    /// Statements of the driver, apart from those of callers, who must not get hold of them by spelling them alike.
    private var driverCache: SQLiteStatementCache

    /// Opens the file, creating it if this connection is for writing.
    init(file: URL, role: Role, configuration: SQLiteConfiguration) throws(StorageError) {
        var opened: OpaquePointer?
        if role == .writing { try Self.create(file) }
        // No mutex: one thread at a time is this type's own rule. Readers are kept from writing by `query_only`, since
        // a read-only handle could not take part in WAL's shared memory after a crash.
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        let code = sqlite3_open_v2(file.path, &opened, flags, nil)
        guard code == SQLITE_OK, let opened else {
            defer { sqlite3_close(opened) }
            throw Self.error(of: opened, code: code)
        }
        handle = opened
        self.role = role
        cache = SQLiteStatementCache(capacity: configuration.statementCacheCapacity)
        driverCache = SQLiteStatementCache(capacity: 16)
        limits.install(on: handle)
        // Also keeps SQLite from moving the log within a commit; see `SQLiteCheckpointer`.
        log.install(on: handle)
        try configure(configuration)
    }

    deinit {
        cache.removeAll()
        driverCache.removeAll()
        sqlite3_close(handle)
    }

    /// Whether a transaction is open. SQLite ends it by itself after some errors.
    var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    /// Whether the last statement was stopped because its looks were used up.
    var hasUsedUpItsLooks: Bool { limits.remainingLooks == 0 }

    /// How many pages the write-ahead log had after the last commit over this connection.
    var logPages: Int { log.pages }

    /// Puts pages of the write-ahead log back into the file, as far as no reader needs them there, and waits for the disk.
    ///
    /// What cannot be moved now stays safe in the log; where another process is at it, nothing happens.
    func moveLog() {
        sqlite3_wal_checkpoint_v2(handle, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
    }

    /// Sets until when statements may run and for how many looks, nil meaning without end, and until when they may wait
    /// for the locks of other connections, nil meaning not at all.
    func limit(
        until deadline: ContinuousClock.Instant?, looks: Int? = nil, locksUntil lockDeadline: ContinuousClock.Instant?
    ) {
        limits.deadline = deadline
        limits.remainingLooks = looks
        limits.lockDeadline = lockDeadline
    }

    /// Runs a caller's statement.
    func run(_ statement: SQLStatement) throws(StorageError) -> SQLResult {
        let prepared = try cache.statement(for: statement.sql) { () throws(StorageError) in
            try SQLitePreparedStatement(statement.sql, on: handle)
        }
        guard role == .writing || prepared.isReadOnly else {
            throw .invalidStatement(detail: "a query must not change anything")
        }
        defer { prepared.reset() }
        try prepared.bind(statement.arguments)
        let changesBefore = sqlite3_total_changes(handle)
        var rows: [SQLRow] = []
        while let row = try prepared.step() { rows.append(row) }
        // After a statement that changes no rows SQLite still reports the number of the one before.
        let hasChanged = sqlite3_total_changes(handle) != changesBefore
        return SQLResult(changedRows: hasChanged ? Int(sqlite3_changes(handle)) : 0, rows: rows)
    }

    /// Runs a caller's statement that changes nothing.
    func query(_ statement: SQLStatement) throws(StorageError) -> [SQLRow] {
        let prepared = try cache.statement(for: statement.sql) { () throws(StorageError) in
            try SQLitePreparedStatement(statement.sql, on: handle)
        }
        guard prepared.isReadOnly else { throw .invalidStatement(detail: "a query must not change anything") }
        return try run(statement).rows
    }

    /// Runs a statement of the driver itself, which may control transactions and settings.
    @discardableResult
    func control(_ sql: String) throws(StorageError) -> SQLResult {
        limits.isDriverStatement = true
        defer { limits.isDriverStatement = false }
        let prepared = try driverCache.statement(for: sql) { () throws(StorageError) in
            try SQLitePreparedStatement(sql, on: handle)
        }
        defer { prepared.reset() }
        var rows: [SQLRow] = []
        while let row = try prepared.step() { rows.append(row) }
        return SQLResult(changedRows: 0, rows: rows)
    }

    /// The error a connection reports.
    static func error(of handle: OpaquePointer?, code: Int32? = nil) -> StorageError {
        StorageError(
            sqliteCode: code ?? sqlite3_extended_errcode(handle), systemError: sqlite3_system_errno(handle),
            detail: String(cString: sqlite3_errmsg(handle)))
    }

    /// Makes an empty file that other users of the machine cannot read, since SQLite's own could be read by all.
    private static func create(_ file: URL) throws(StorageError) {
        let number = open(file.path, O_RDONLY | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0o640)
        guard number >= 0 else { throw .unusable("open the database") }
        Foundation.close(number)
    }

    private func configure(_ configuration: SQLiteConfiguration) throws(StorageError) {
        for (option, value) in [
            (SQLITE_DBCONFIG_DEFENSIVE, 1), (SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0), (SQLITE_DBCONFIG_DQS_DML, 0),
            (SQLITE_DBCONFIG_DQS_DDL, 0), (SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0),
        ] {
            csqlite_set_option(handle, option, Int32(value))
        }
        let deadline = ContinuousClock.now + configuration.timeout
        limit(until: nil, locksUntil: deadline)
        if role == .writing { try useWriteAheadLog(by: deadline) }
        try control("PRAGMA synchronous = FULL")
        try control("PRAGMA foreign_keys = ON")
        // Not every build of the library does so by itself: what is deleted must not stay readable in the file.
        try control("PRAGMA secure_delete = ON")
        try control("PRAGMA journal_size_limit = 67108864")
        if role == .reading { try control("PRAGMA query_only = ON") }
        if let pages = configuration.maximumPages { try control("PRAGMA max_page_count = \(pages)") }
    }

    /// Switches to the write-ahead log, for which SQLite does not wait while another process does the same.
    private func useWriteAheadLog(by deadline: ContinuousClock.Instant) throws(StorageError) {
        while true {
            do throws(StorageError) {
                let mode = try control("PRAGMA journal_mode = WAL").rows.first
                guard try mode?.get(at: 0, as: String.self) == "wal" else {
                    throw .unavailable(detail: "the file system does not support SQLite's write-ahead log")
                }
                return
            } catch .busy(let detail) {
                guard ContinuousClock.now < deadline else { throw .busy(detail: detail) }
                usleep(5_000)
            }
        }
    }
}
