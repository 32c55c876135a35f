import Storage
import TestSupport
import Testing

/// What may hold the models and drawings of the app.
enum DigitsStore: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case sqlite
    case postgreSQL
    case mongoDB

    /// Those that can be tested here.
    static let allCases: [DigitsStore] =
        SQLDriver.allCases.map { $0 == .sqlite ? .sqlite : .postgreSQL } + (MongoServer.isPossible ? [.mongoDB] : [])

    var testDescription: String { rawValue }

    /// The SQL database beside it.
    var driver: SQLDriver { self == .postgreSQL ? .postgreSQL : .sqlite }
}

extension MongoServer {
    /// Opens a database of a test's own.
    func open(_ name: String = MongoServer.databaseName()) throws -> MongoDatabase {
        MongoDatabase(MongoConfiguration(address: try MongoAddress(uri, database: name)))
    }
}

extension MongoDatabase {
    /// The same database as another server opens it.
    func again() throws -> MongoDatabase { MongoDatabase(configuration) }
}
