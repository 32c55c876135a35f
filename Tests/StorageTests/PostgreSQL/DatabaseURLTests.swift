import Storage
import TestSupport
import Testing

struct DatabaseURLTests {
    private func address(_ text: String) throws -> PostgreSQLAddress {
        guard case .postgreSQL(let address) = try DatabaseURL(text) else {
            throw TestTimeout()
        }
        return address
    }

    @Test(
        "SQLAlchemy's and libpq's spellings mean the same",
        arguments: [
            "postgresql://ann:s%40cret@db.example:5433/cats-dogs", "postgres://ann:s%40cret@db.example:5433/cats-dogs",
            "postgresql+psycopg2://ann:s%40cret@db.example:5433/cats-dogs",
            "postgresql+psycopg://ann:s%40cret@db.example:5433/cats-dogs",
            "postgresql+asyncpg://ann:s%40cret@db.example:5433/cats-dogs",
            "POSTGRESQL://ann:s@cret@db.example:5433/cats-dogs",
            "postgresql:///cats-dogs?host=db.example&port=5433&user=ann&password=s%40cret",
            "postgresql:///cats-dogs?host=db.example:5433&user=ann&password=s%40cret",
        ])
    func spellings(text: String) throws {
        #expect(
            try address(text)
                == PostgreSQLAddress(
                    host: "db.example", port: 5433, database: "cats-dogs", user: "ann", password: "s@cret"))
    }

    @Test(
        "a password with characters that nobody encoded is read as SQLAlchemy reads it, or as only it can be meant",
        arguments: [
            ("ann:p/w@h:1/n", "p/w"), ("ann:12/34@h:1/n", "12/34"), ("ann:p?w@h:1/n", "p?w"), ("ann:p@w@h:1/n", "p@w"),
            ("ann:a:b@h:1/n", "a:b"), ("ann:p/w?x@h:1/n", "p/w?x"), ("ann:p%25w@h:1/n", "p%w"),
            ("ann:p#w@h:1/n", "p#w"),
        ])
    func passwords(text: String, password: String) throws {
        #expect(
            try address("postgresql+psycopg2://" + text)
                == PostgreSQLAddress(host: "h", port: 1, database: "n", user: "ann", password: password))
    }

    @Test("an @ in a parameter, or in the name of a database, does not make a host a user")
    func atSigns() throws {
        let query = try address("postgresql://h:5432/n?user=ann@server&password=p@w")
        #expect(query.parameter("host") == "h" && query.parameter("user") == "ann@server" && query.hasPassword("p@w"))
        let name = try address("postgresql://ann:p@h/n@me")
        #expect(name.parameter("host") == "h" && name.parameter("dbname") == "n@me")
    }

    @Test("parts may be missing, and a plus sign stays one")
    func parts() throws {
        #expect(try address("postgresql://").parameter("host") == nil)
        let some = try address("postgresql://a+b@host/")
        #expect(some.parameter("user") == "a+b")
        #expect(some.parameter("dbname") == nil)
        #expect(some.parameter("port") == nil)
    }

    @Test("a socket is named by its folder, in the query or encoded as the host")
    func sockets() throws {
        #expect(try address("postgresql:///name?host=/var/run/postgresql").parameter("host") == "/var/run/postgresql")
        #expect(try address("postgresql://%2Fvar%2Frun/name").parameter("host") == "/var/run")
        #expect(try address("postgresql+psycopg2://u:p@/name?host=/tmp&port=5").parameter("port") == "5")
    }

    @Test("several hosts, addresses of version 6 and parameters are passed on")
    func hosts() throws {
        let several = try address("postgresql://a:1,b:2/n?target_session_attrs=read-write&sslmode=verify-full")
        #expect(several.parameter("host") == "a,b")
        #expect(several.parameter("port") == "1,2")
        #expect(several.parameter("target_session_attrs") == "read-write")
        #expect(several.parameter("sslmode") == "verify-full")
        #expect(try address("postgresql:///n?host=a:1&host=b:2").parameter("host") == "a,b")
        #expect(try address("postgresql:///n?host=a:1&host=b:2").parameter("port") == "1,2")
        #expect(try address("postgresql://[::1]:7/n").parameter("host") == "::1")
        #expect(try address("postgresql://[::1]/n").parameter("port") == nil)
        #expect(try address("postgresql+asyncpg://h/n?ssl=require").parameter("sslmode") == "require")
        #expect(try address("postgresql+asyncpg://h/n?ssl=true").parameter("sslmode") == "require")
        #expect(try address("postgresql+asyncpg://h/n?ssl=false").parameter("sslmode") == "disable")
        #expect("\(several)" == "postgresql://a:1,b:2/n")
        #expect(try "\(address("postgresql://a,b:2,c/n"))" == "postgresql://a,b:2,c/n")
    }

    @Test(
        "files of SQLite, relative and absolute",
        arguments: [
            ("sqlite:///app.db", "app.db"), ("sqlite:////var/lib/app.db", "/var/lib/app.db"),
            ("sqlite+aiosqlite:///data/a%20b.db?timeout=5", "data/a b.db"), ("sqlite+pysqlite:///x", "x"),
        ])
    func files(text: String, path: String) throws {
        #expect(try DatabaseURL(text) == .sqlite(path: path))
    }

    @Test(
        "what cannot be used is told without the password",
        arguments: [
            "mysql://ann:s3cret@host/name", "ann:s3cret@host", "", "postgresql+mysql://ann:s3cret@host/name",
            "postgresql://ann:s3cret%ZZ@host/name", "postgresql://ann:s3cret@host:99999/name",
            "postgresql://ann:s3cret@host:port/name", "postgresql://ann:s3cret@host/name?passfile=/etc/shadow",
            "postgresql://ann:s3cret@host/name?unheard=1", "postgresql://h/a%00b", "sqlite://", "sqlite:///",
            "postgresql://ann:s3cret@h/n?sslmode=always", "postgresql://ann:s3cret@h/n?target_session_attrs=write",
            "sqlite:///:memory:", "sqlite://data/app.db", "postgresql://ann:12?s3cret@h/n",
            "postgresql://ann:1?s3cret@h",
        ])
    func problems(text: String) {
        #expect {
            try DatabaseURL(text)
        } throws: { error in
            error is DatabaseURL.Problem && "\(error)".count > 10 && !"\(error)".contains("s3cret")
        }
    }

    @Test("an address is printed without its password, however it is printed")
    func secrecy() throws {
        let address = try address("postgresql://ann:s3cret@host:1/name?application_name=x")
        #expect("\(address)" == "postgresql://host:1/name")
        var dumped = ""
        dump(DatabaseURL.postgreSQL(address), to: &dumped)
        for text in [String(reflecting: address), "\(DatabaseURL.postgreSQL(address))", dumped] {
            #expect(!text.contains("s3cret"))
        }
        #expect(address.parameter("password") == nil)
    }
}
