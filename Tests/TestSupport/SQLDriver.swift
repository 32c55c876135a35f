public import Foundation
public import Storage
public import Testing

/// The databases that keep the promises of `SQLDatabase`.
public enum SQLDriver: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case sqlite
    case postgreSQL

    /// Those that can be tested here.
    public static let allCases: [SQLDriver] = PostgreSQLServer.isPossible ? [.sqlite, .postgreSQL] : [.sqlite]

    public var testDescription: String { rawValue }

    /// Opens the database of a folder; opening again finds what was written.
    ///
    /// On the shared PostgreSQL server a folder stands for a schema of its own.
    public func open(_ folder: URL, timeout: Duration = .seconds(180)) async throws -> any SQLDatabase {
        switch self {
        case .sqlite:
            var configuration = SQLiteConfiguration()
            configuration.timeout = timeout
            return try SQLiteDatabase(file: folder.appending(path: "test.sqlite"), configuration: configuration)
        case .postgreSQL:
            var configuration = PostgreSQLConfiguration()
            configuration.timeout = timeout
            return PostgreSQLDatabase(try await Self.address(of: folder), configuration: configuration)
        }
    }

    /// The address of a folder's schema on the shared server, which is made if it is missing.
    public static func address(of folder: URL) async throws -> PostgreSQLAddress {
        let server = try await blocking { try PostgreSQLServer.shared.get() }
        guard case .postgreSQL(let address) = try DatabaseURL(server.url) else { throw TestTimeout() }
        let schema = folder.lastPathComponent.lowercased().filter { $0.isLetter || $0.isNumber }
        let database = PostgreSQLDatabase(address)
        try await database.write("CREATE SCHEMA IF NOT EXISTS \(name: schema)")
        await database.close()
        return address.with(setting: "search_path", schema)
    }

    /// How another process opens the same database: the path of a file, or a URL.
    public func location(of folder: URL) async throws -> String {
        switch self {
        case .sqlite: return folder.appending(path: "test.sqlite").path
        case .postgreSQL:
            let address = try await Self.address(of: folder)
            let host = address.parameter("host") ?? ""
            let options = (address.parameter("options") ?? "").replacing(" ", with: "%20").replacing("=", with: "%3D")
            return "postgresql://postgres@/postgres?host=\(host)&port=5432&options=\(options)"
        }
    }
}
