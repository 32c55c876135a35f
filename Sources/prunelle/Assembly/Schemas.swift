import Application
import Feedback
import Identity
import Privacy
import Registry
import Storage

/// Every table that the program may have in a SQL database.
enum Schemas {
    static let all: [DatabaseSchema] =
        [SQLModelCatalog.schema, RecordKeeping.schema, TokenBook.schema, SQLPredictionLog.schema]
        + Apps.all.map { $0.schema }
}
