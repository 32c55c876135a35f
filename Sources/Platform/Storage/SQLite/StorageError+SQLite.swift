import CSQLite
import Foundation

extension StorageError {
    /// The error for a result code of SQLite; extended codes are told apart where it matters.
    ///
    /// - Source: "Result and Error Codes", sqlite.org/rescode.html.
    init(sqliteCode code: Int32, systemError: Int32, detail words: String) {
        let detail = "SQLite \(code): \(words)"
        self =
            switch code {
            case SQLiteCode.constraintUnique, SQLiteCode.constraintPrimaryKey, SQLiteCode.constraintRowID:
                .conflict(detail: detail)
            default:
                switch code & 0xFF {
                // SQLite keeps the system's error of the last fault, so it says something about input and output only.
                case SQLITE_IOERR where [ENOSPC, EDQUOT, EFBIG].contains(systemError): .full(detail: detail)
                case SQLITE_CONSTRAINT: .constraint(detail: detail)
                case SQLITE_BUSY, SQLITE_LOCKED: .busy(detail: detail)
                case SQLITE_INTERRUPT: .timeout(detail: detail)
                case SQLITE_FULL: .full(detail: detail)
                case SQLITE_READONLY: .readOnly(detail: detail)
                case SQLITE_TOOBIG: .tooLarge(detail: detail)
                case SQLITE_CORRUPT, SQLITE_NOTADB: .corrupt(detail: detail)
                case SQLITE_ERROR, SQLITE_MISUSE, SQLITE_RANGE, SQLITE_MISMATCH, SQLITE_AUTH:
                    .invalidStatement(detail: detail)
                default: .unavailable(detail: detail)
                }
            }
    }
}

/// Extended result codes, which are macros that Swift does not see.
enum SQLiteCode {
    static let constraintPrimaryKey = SQLITE_CONSTRAINT | 6 << 8
    static let constraintUnique = SQLITE_CONSTRAINT | 8 << 8
    static let constraintRowID = SQLITE_CONSTRAINT | 10 << 8
}
