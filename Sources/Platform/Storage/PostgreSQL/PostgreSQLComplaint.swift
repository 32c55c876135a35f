import CPostgreSQL

/// An error the server reports.
struct PostgreSQLComplaint: Error {
    /// The five characters that tell which; empty for errors of the library.
    let state: String
    /// Whether the server has closed the connection with it.
    let endsConnection: Bool
    private let message: String
    private let function: String

    init(_ result: OpaquePointer) {
        func text(_ field: UnsafePointer<CChar>?) -> String { field.map { String(cString: $0) } ?? "" }
        state = text(cpostgresql_state(result))
        let severity = text(cpostgresql_severity(result))
        endsConnection = state.isEmpty || severity == "FATAL" || severity == "PANIC"
        function = text(cpostgresql_function(result))
        message = state.isEmpty ? text(PQresultErrorMessage(result)) : text(cpostgresql_message(result))
    }

    /// An error of the driver itself, as if the server had reported it.
    init(state: String, message: String) {
        self.state = state
        self.message = message
        endsConnection = false
        function = ""
    }

    /// The complaint if it came in answer to `BEGIN`: a standby server refuses a transaction that may write.
    var ofBeginning: PostgreSQLComplaint {
        state == "0A000" ? PostgreSQLComplaint(state: "25006", message: message) : self
    }

    /// What went wrong, for the log. Messages on data (class 22) quote the value, so they are left out.
    var detail: String {
        state.hasPrefix("22") ? "PostgreSQL \(state)" : "PostgreSQL \(state): \(message)"
    }

    /// Whether the transaction lost against another one and can be done again.
    var isLostRace: Bool { state == "40001" || state == "40P01" }

    /// Whether another transaction held a lock for too long.
    var isLockTimeout: Bool { state == "55P03" }

    /// Whether another transaction was in the way.
    var isContention: Bool { isLockTimeout || isLostRace }

    /// Whether the connection's prepared statement no longer fits the tables, or is gone.
    var isStalePlan: Bool { state == "26000" || (state == "0A000" && function == "RevalidateCachedQuery") }

    /// Whether the server ended the connection at a moment when no commit can have been under way.
    var provesUndone: Bool { endsConnection && ["57P01", "57P04", "57P05", "25P03"].contains(state) }

    /// The error for callers.
    ///
    /// - Parameter isQuery: whether the statement was run where none may change anything.
    /// - Source: "PostgreSQL Error Codes", appendix A of its manual.
    func storageError(isQuery: Bool = false) -> StorageError {
        switch state {
        case "25006": isQuery ? .invalidStatement(detail: detail) : .readOnly(detail: detail)
        case "23505", "23P01": .conflict(detail: detail)
        case "40001", "40P01", "53300": .busy(detail: detail)
        case "55P03", "57014": .timeout(detail: detail)
        case "53100": .full(detail: detail)
        case "22001", "54000": .tooLarge(detail: detail)
        case "42501": .unavailable(detail: detail)
        // What a trigger or function raises on purpose.
        case "P0001": .constraint(detail: detail)
        case "XX001", "XX002": .corrupt(detail: detail)
        default:
            switch state.prefix(2) {
            case "23", "44": .constraint(detail: detail)
            case "54": .tooLarge(detail: detail)
            case "0A", "21", "22", "25", "26", "2B", "2F", "34", "39", "3B", "3F", "42", "55", "P0":
                .invalidStatement(detail: detail)
            default: .unavailable(detail: detail)
            }
        }
    }
}

/// Why an answer did not come, or says no.
enum PostgreSQLFailure: Error {
    /// The statement was refused; the connection goes on.
    case refused(PostgreSQLComplaint)
    /// The connection is gone; `isUndone` where what was under way was certainly not kept.
    case lost(isUndone: Bool, detail: String)
    /// The time is up and the answer still on its way.
    case overdue
}
