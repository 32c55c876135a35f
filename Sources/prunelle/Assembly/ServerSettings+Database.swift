import Configuration
import Foundation
import Storage

extension ServerSettings {
    /// The database as an operator would name it, without passwords.
    var databaseName: String {
        switch database {
        case nil: "the database in the data folder '\(data.relativePath)'"
        case .sqlite(let path): "the database in the file '\(path)'"
        case .postgreSQL(let address): "the database \(address)"
        }
    }

    /// Whether the database is on a server.
    var isServerDatabase: Bool { if case .postgreSQL = database { true } else { false } }

    /// Reads which database is used and how.
    mutating func readDatabase(_ reader: inout ConfigurationReader) {
        let url = reader.read(
            .text(
                "PRUNELLE_DATABASE_URL", default: "", allowed: "a URL",
                "The database: `postgresql://user:password@host:5432/name` (also as SQLAlchemy writes it, such as "
                    + "`postgresql+psycopg2://`; a socket by `?host=/var/run/postgresql`) or `sqlite:///file`. "
                    + "Without it a file of SQLite in the data folder, unless one of the `DB_` keys is set."
            ).alsoReads("DATABASE_URL"))
        let parts = readParts(&reader)
        if !url.isEmpty {
            do throws(DatabaseURL.Problem) {
                database = try DatabaseURL(url)
            } catch {
                reader.note(ConfigurationProblem("DATABASE_URL", error.description))
            }
        } else if let parts {
            database = .postgreSQL(parts)
        }
        let connections = reader.read(
            .integer(
                "PRUNELLE_DATABASE_CONNECTIONS", default: 8, in: 3...129,
                "Most connections to a PostgreSQL server: one writes, about half of the others carry transactions, the rest "
                    + "read. The server's `max_connections` must have room for those of all its clients."))
        postgreSQL.transactions = connections / 2
        postgreSQL.readers = connections - 1 - postgreSQL.transactions
        postgreSQL.timeout = reader.read(
            .seconds(
                "PRUNELLE_DATABASE_TIMEOUT", default: 10, in: 0.1...3600,
                "Longest time for one call to a PostgreSQL server."))
        postgreSQL.connectTimeout = reader.read(
            .seconds(
                "PRUNELLE_DATABASE_CONNECT_TIMEOUT", default: 5, in: 0.1...600,
                "Longest time for making a connection to a PostgreSQL server."))
    }

    /// The five keys of the backends that Prunelle replaces; nil if none is set.
    private mutating func readParts(_ reader: inout ConfigurationReader) -> PostgreSQLAddress? {
        let about = "is used when another `DB_` key is set and `DATABASE_URL` is not."
        func part(_ key: String, _ meaning: String, _ fallback: String) -> String {
            reader.read(
                .text(key, default: "", allowed: "text", "\(meaning) of a PostgreSQL server; `\(fallback)` \(about)"))
        }
        let host = part("DB_HOST", "The address", "localhost")
        let port = part("DB_PORT", "The port", "5432")
        let name = part("DB_NAME", "The database", "computer-vision-cats-dogs")
        let user = part("DB_USER", "The user", "postgres")
        let password = part("DB_PASSWORD", "The user's password", "postgres")
        guard [host, port, name, user, password].contains(where: { !$0.isEmpty }) else { return nil }
        let number = port.isEmpty ? 5_432 : Int(port) ?? 0
        guard (1...65_535).contains(number) else {
            reader.note(ConfigurationProblem("DB_PORT", "must be 1 to 65535, is '\(port)'"))
            return nil
        }
        return PostgreSQLAddress(
            host: host.isEmpty ? "localhost" : host, port: number,
            database: name.isEmpty ? "computer-vision-cats-dogs" : name, user: user.isEmpty ? "postgres" : user,
            password: password.isEmpty ? "postgres" : password)
    }
}
