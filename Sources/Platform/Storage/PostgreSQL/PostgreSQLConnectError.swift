import CPostgreSQL

/// Why no connection could be made.
struct PostgreSQLConnectError: Error {
    /// For callers. What the library says holds addresses and the user's name, never the password.
    let error: StorageError
    /// Whether waiting will not help: a wrong password, a database that does not exist.
    let isLasting: Bool

    init(_ handle: OpaquePointer) {
        self.init(message: PQerrorMessage(handle).map { String(cString: $0) } ?? "")
    }

    /// Makes the error from libpq's words, in which `FATAL:  28P01: …` tells the code.
    init(message: String) {
        let lines = message.split(separator: "\n").filter { !$0.hasPrefix("LOCATION:") && !$0.hasPrefix("DETAIL:") }
        let detail = lines.joined(separator: " ")
        // Without a digit it is the word FATAL.
        let state = message.firstMatch(of: #/: +(?=[A-Z]*[0-9])([0-9A-Z]{5}): /#).map { String($0.1) } ?? ""
        isLasting = ["28", "3D", "42"].contains(state.prefix(2))
        error = state == "53300" ? .busy(detail: detail) : .unavailable(detail: detail)
    }
}
