import Application
import Feedback
import Identity
import Privacy
import Registry
import Storage

/// Every table that the program may have in a SQL database.
enum Schemas {
    static let all: [DatabaseSchema] =
        [SQLModelCatalog.schema, TokenTable.schema, PrivacyTables.schema, SQLPredictionLog.schema]
        + Apps.all.compactMap { $0.schema }
}
