import CPostgreSQL
import Glibc

/// One connection to a server in pipeline mode, used by one thread at a time.
///
/// Statements are sent without waiting for the answers of those before; answers are read in the same order. Nothing
/// here blocks longer than the deadline it is given, save the look-up of a host name by the system's resolver.
final class PostgreSQLConnection {
    /// What an answer will belong to.
    private enum Expectation {
        case preparation(name: String, sql: String)
        case execution
        /// An execution whose answer is of no interest.
        case housekeeping
        case sync
    }

    /// The answer to one statement, or to the end of a segment.
    enum Reply {
        case result(SQLResult, isQuery: Bool, tag: String)
        case refused(PostgreSQLComplaint)
        /// Not run, because one before it in the segment was refused.
        case skipped
        case synced
    }

    private let handle: OpaquePointer
    private let notices: PostgreSQLNotices
    private var cache: PostgreSQLStatementCache
    private var expectations: ArraySlice<Expectation> = []
    /// The answer of which only the end is still to come.
    private var unfinished: Reply?
    /// Why a statement could not be prepared; the answer to its execution.
    private var failedPreparation: PostgreSQLComplaint?
    private var isBroken = false

    /// Connects.
    init(
        to address: PostgreSQLAddress, role: PostgreSQLRole, configuration: PostgreSQLConfiguration,
        deadline: ContinuousClock.Instant
    ) throws(PostgreSQLConnectError) {
        let parameters = address.parameters(
            settings: role.settings(configuration), applicationName: configuration.applicationName)
        guard let handle = Self.start(parameters) else { throw PostgreSQLConnectError(message: "out of memory") }
        self.handle = handle
        notices = PostgreSQLNotices(configuration.onNotice)
        cache = PostgreSQLStatementCache(capacity: configuration.statementCacheCapacity)
        notices.install(on: handle)
        // The only way to learn the SQLSTATE of a refused connection is to have it in the text.
        PQsetErrorVerbosity(handle, PQERRORS_VERBOSE)
        guard Self.finishConnecting(handle, by: deadline) else {
            throw PostgreSQLConnectError(message: "no answer within the time to connect")
        }
        guard PQstatus(handle) == CONNECTION_OK, PQsetnonblocking(handle, 1) == 0, PQenterPipelineMode(handle) == 1
        else { throw PostgreSQLConnectError(handle) }
        guard setUp(role, by: deadline) else {
            throw PostgreSQLConnectError(message: "no answer, or no agreement, to the settings of the session")
        }
    }

    deinit { PQfinish(handle) }

    /// Whether the connection can be used for something new; looks whether the server has closed it meanwhile.
    var isUsable: Bool {
        guard !isBroken, expectations.isEmpty, PQstatus(handle) == CONNECTION_OK else { return false }
        var descriptor = pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0)
        guard poll(&descriptor, 1, 0) != 0 else { return true }
        // Something came that nobody asked for: a remark, or the end.
        guard PQconsumeInput(handle) == 1, PQstatus(handle) == CONNECTION_OK else { return false }
        while PQisBusy(handle) == 0, let result = PQgetResult(handle) { PQclear(result) }
        return PQstatus(handle) == CONNECTION_OK
    }

    /// Whether a transaction is open; known when the answers to everything have been read.
    var isInTransaction: Bool { PQtransactionStatus(handle) != PQTRANS_IDLE }

    /// Gives the connection up; whatever is under way is not waited for.
    func abandon() { isBroken = true }

    private static func start(_ parameters: [(String, String)]) -> OpaquePointer? {
        let texts = parameters.map { (strdup($0.0), strdup($0.1)) }
        defer {
            for (name, value) in texts {
                free(name)
                free(value)
            }
        }
        let names = texts.map { UnsafePointer($0.0) } + [nil]
        let values = texts.map { UnsafePointer($0.1) } + [nil]
        return PQconnectStartParams(names, values, 0)
    }

    /// - Returns: false if the time was up.
    private static func finishConnecting(_ handle: OpaquePointer, by deadline: ContinuousClock.Instant) -> Bool {
        guard PQstatus(handle) != CONNECTION_BAD else { return true }
        var events = Int16(POLLOUT)
        while true {
            guard wait(for: PQsocket(handle), events, until: deadline) else { return false }
            switch PQconnectPoll(handle) {
            case PGRES_POLLING_READING: events = Int16(POLLIN)
            case PGRES_POLLING_WRITING: events = Int16(POLLOUT)
            default: return true
            }
        }
    }

    /// Waits until something can be done with a socket.
    ///
    /// - Returns: false if the time was up.
    private static func wait(for socket: Int32, _ events: Int16, until deadline: ContinuousClock.Instant) -> Bool {
        while true {
            let left = deadline - .now
            guard left > .zero else { return false }
            var descriptor = pollfd(fd: socket, events: events, revents: 0)
            // Anything but a time-out or a signal is for libpq to find out.
            let count = poll(&descriptor, 1, Int32(clamping: left.wholeMilliseconds))
            if count != 0, !(count < 0 && errno == EINTR) { return true }
        }
    }

    /// Prepares the session for a role, and asks a server that can (14 or later) to stop working for a client that has
    /// gone.
    ///
    /// - Returns: false where the server did not do what the role needs in time.
    private func setUp(_ role: PostgreSQLRole, by deadline: ContinuousClock.Instant) -> Bool {
        let needed = role.preparations
        // Refused where the server's system cannot tell; then a statement is only bounded by its time.
        let wanted = PQserverVersion(handle) >= 140_000 ? ["SET client_connection_check_interval = '2s'"] : []
        do {
            for setting in needed + wanted {
                try send(setting)
                try sync()
            }
            for index in 0..<(needed + wanted).count {
                if case .refused = try reply(until: deadline), index < needed.count { return false }
                _ = try reply(until: deadline)
            }
            return true
        } catch {
            return false
        }
    }
}

// MARK: Sending

extension PostgreSQLConnection {
    /// A statement of a caller, checked and ready to be sent.
    struct Command {
        fileprivate let sql: String
        fileprivate let text: PostgreSQLSQLText
        fileprivate let arguments: PostgreSQLArguments
    }

    /// Checks a statement of a caller without sending anything.
    func command(_ statement: SQLStatement) throws(StorageError) -> Command {
        let text = cache.text(of: statement.sql)
        try text.check(arguments: statement.arguments.count)
        return Command(sql: statement.sql, text: text, arguments: try PostgreSQLArguments(statement.arguments))
    }

    /// Queues a statement of a caller.
    func send(_ command: Command) throws(PostgreSQLFailure) {
        for name in cache.takeAbandoned() {
            try check(send("DEALLOCATE \(name)", types: [], arguments: nil))
            expectations.append(.housekeeping)
        }
        guard command.text.isRepeated else {
            try check(send(command.text.text, types: command.arguments.types, arguments: command.arguments))
            return expectations.append(.execution)
        }
        let prepared: PostgreSQLStatementCache.Prepared
        if let known = cache.prepared(command.sql, for: command.arguments) {
            prepared = known
        } else {
            prepared = cache.prepare(command.sql, for: command.arguments)
            try check(
                PQsendPrepare(
                    handle, prepared.name, command.text.text, command.arguments.count, command.arguments.types))
            expectations.append(.preparation(name: prepared.name, sql: command.sql))
        }
        try check(
            command.arguments.withArrays { values, lengths, formats in
                PQsendQueryPrepared(handle, prepared.name, command.arguments.count, values, lengths, formats, 0)
            })
        expectations.append(.execution)
    }

    /// Queues a statement of the driver itself.
    func send(_ sql: String) throws(PostgreSQLFailure) {
        try check(send(sql, types: [], arguments: nil))
        expectations.append(.execution)
    }

    /// Ends a segment: what follows runs even if something before is refused, and everything queued is sent.
    func sync() throws(PostgreSQLFailure) {
        try check(PQpipelineSync(handle))
        expectations.append(.sync)
    }

    /// Ends the open transaction, if there is one. The answers to everything must have been read.
    func rollBackIfNeeded(until deadline: ContinuousClock.Instant) throws(PostgreSQLFailure) {
        guard isInTransaction else { return }
        try send("ROLLBACK")
        try sync()
        _ = try reply(until: deadline)
        _ = try reply(until: deadline)
    }

    /// Forgets all prepared statements, since one no longer fits.
    func forgetStatements(after complaint: PostgreSQLComplaint) {
        // Where the server has lost them there is nothing to give up, and a new connection is the clean beginning.
        if complaint.state == "26000" { isBroken = true }
        cache.removeAll()
    }

    private func send(_ sql: String, types: [Oid], arguments: PostgreSQLArguments?) -> Int32 {
        guard let arguments else { return PQsendQueryParams(handle, sql, 0, nil, nil, nil, nil, 0) }
        return arguments.withArrays { values, lengths, formats in
            PQsendQueryParams(handle, sql, arguments.count, types, values, lengths, formats, 0)
        }
    }

    private func check(_ hasSucceeded: Int32) throws(PostgreSQLFailure) {
        guard hasSucceeded == 1 else {
            isBroken = true
            // libpq takes what it cannot send and reports that when answers are read, so nothing of this has left.
            throw .lost(isUndone: true, detail: message)
        }
    }

    private var message: String { PQerrorMessage(handle).map { String(cString: $0) } ?? "" }
}

// MARK: Receiving

extension PostgreSQLConnection {
    /// Reads the next answer.
    ///
    /// - Throws: `.overdue`, after which it may be asked again, and `.lost`.
    func reply(until deadline: ContinuousClock.Instant) throws(PostgreSQLFailure) -> Reply {
        while let expectation = expectations.first {
            let reply: Reply
            if let unfinished {
                reply = unfinished
            } else {
                guard let result = try nextResult(until: deadline) else {
                    isBroken = true
                    throw .lost(isUndone: false, detail: "an answer is missing: \(message)")
                }
                defer { PQclear(result) }
                reply = try read(result)
            }
            if case .sync = expectation {
            } else {
                unfinished = reply
                while let extra = try nextResult(until: deadline) { PQclear(extra) }
                unfinished = nil
            }
            expectations = expectations.dropFirst()
            switch expectation {
            case .housekeeping: continue
            case .preparation(let name, let sql):
                if case .result = reply { continue }
                cache.remove(name, of: sql)
                if case .refused(let complaint) = reply { failedPreparation = complaint }
            case .execution:
                guard let failure = failedPreparation else { return reply }
                failedPreparation = nil
                return .refused(failure)
            case .sync: return reply
            }
        }
        throw .lost(isUndone: false, detail: "an answer was expected to nothing")
    }

    private func read(_ result: OpaquePointer) throws(PostgreSQLFailure) -> Reply {
        switch PQresultStatus(result) {
        case PGRES_PIPELINE_SYNC: return .synced
        case PGRES_PIPELINE_ABORTED: return .skipped
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK:
            return .result(
                PostgreSQLResult.decode(result), isQuery: PostgreSQLResult.isQuery(result),
                tag: PQcmdStatus(result).map { String(cString: $0) } ?? "")
        case PGRES_EMPTY_QUERY:
            return .refused(PostgreSQLComplaint(state: "42601", message: "there is no statement"))
        default:
            let complaint = PostgreSQLComplaint(result)
            guard complaint.endsConnection else { return .refused(complaint) }
            isBroken = true
            throw .lost(isUndone: complaint.provesUndone, detail: complaint.detail)
        }
    }

    /// Waits for the next result of libpq; nil ends the answer to a statement.
    private func nextResult(until deadline: ContinuousClock.Instant) throws(PostgreSQLFailure) -> OpaquePointer? {
        while true {
            let flushed = PQflush(handle)
            if PQisBusy(handle) == 0 { return PQgetResult(handle) }
            guard !isBroken else { throw .lost(isUndone: false, detail: message) }
            let events = Int16(POLLIN) | (flushed == 1 ? Int16(POLLOUT) : 0)
            guard Self.wait(for: PQsocket(handle), events, until: deadline) else { throw .overdue }
            // What came before the end is still read.
            if PQconsumeInput(handle) == 0 { isBroken = true }
        }
    }
}
