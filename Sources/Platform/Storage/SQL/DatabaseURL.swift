import Foundation

/// Which database to use, as people write it: SQLAlchemy's and libpq's spellings of URLs.
///
///     sqlite:///data/app.sqlite                      relative to the working folder; four slashes for an absolute path
///     postgresql://user:password@host:5432/name      also postgres://, postgresql+psycopg2://, +psycopg, +asyncpg …
///     postgresql:///name?host=/var/run/postgresql    a socket in the file system
public enum DatabaseURL: Sendable, Equatable {
    /// A file of SQLite.
    case sqlite(path: String)
    /// A server of PostgreSQL.
    case postgreSQL(PostgreSQLAddress)

    /// What is wrong with a URL; the text never repeats the password.
    public struct Problem: Error, Equatable, Sendable, CustomStringConvertible {
        public let description: String

        init(_ description: String) { self.description = description }
    }

    /// Reads a URL.
    ///
    /// - Throws: `Problem` that says which part cannot be used.
    public init(_ text: String) throws(Problem) {
        guard let separator = text.range(of: "://") else {
            throw Problem("must be a URL such as postgresql://user:password@host:5432/name or sqlite:///file")
        }
        let scheme = text[..<separator.lowerBound].lowercased()
        let rest = text[separator.upperBound...]
        let pieces = scheme.split(separator: "+", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        switch (pieces[0], pieces.count > 1 ? pieces[1] : "") {
        case ("sqlite", ""), ("sqlite", "pysqlite"), ("sqlite", "aiosqlite"):
            self = .sqlite(path: try Self.path(rest))
        case ("postgresql", let driver), ("postgres", let driver):
            guard ["", "psycopg2", "psycopg", "psycopg_async", "asyncpg", "pg8000", "psycopg2cffi"].contains(driver)
            else { throw Problem("names the driver '\(driver)', which is not known; postgresql:// will do") }
            self = .postgreSQL(try PostgreSQLAddress(urlWithoutScheme: rest))
        default:
            throw Problem("begins with '\(scheme)', must begin with postgresql or sqlite")
        }
    }

    private static func path(_ rest: Substring) throws(Problem) -> String {
        let path = rest.prefix { $0 != "?" }
        guard path.hasPrefix("/") else {
            throw Problem(
                path.isEmpty
                    ? "names no file, and a database in memory would forget everything at the end"
                    : "must have three slashes after 'sqlite:', or four before an absolute path")
        }
        guard let name = path.dropFirst().removingPercentEncoding, !name.isEmpty, name != ":memory:" else {
            throw Problem("names no file, and a database in memory would forget everything at the end")
        }
        return name
    }
}
