import Application
import Registry
import Storage

/// Every table that the program may have in a SQL database.
enum Schemas {
    static let all: [DatabaseSchema] = [SQLModelCatalog.schema] + Apps.all.map { $0.schema }
}
