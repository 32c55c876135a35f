import Foundation

/// Where a PostgreSQL server is and who wants to use it.
///
/// Printing it leaves the password out.
public struct PostgreSQLAddress: Sendable, Equatable {
    /// libpq's parameters apart from the password.
    private var parameters: [String: String] = [:]
    private var password: String?

    /// The address as the five settings `DB_HOST`, `DB_PORT`, `DB_NAME`, `DB_USER` and `DB_PASSWORD` tell it.
    public init(host: String, port: Int, database: String, user: String, password: String) {
        parameters = ["host": host, "port": String(port), "dbname": database, "user": user]
        self.password = password
    }

    /// What libpq understands and may be set from a URL; nothing that reads or writes files beside certificates.
    private static let known: Set<String> = [
        "host", "hostaddr", "port", "dbname", "user", "password", "connect_timeout", "options", "application_name",
        "sslmode", "sslrootcert", "sslcert", "sslkey", "sslcrl", "ssl_min_protocol_version", "channel_binding",
        "target_session_attrs", "keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count",
        "tcp_user_timeout", "gssencmode", "krbsrvname",
    ]

    /// What parameters may be that only take certain words, which the library would only tell when it connects.
    private static let values = [
        "sslmode": ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"],
        "target_session_attrs": ["any", "read-write", "read-only", "primary", "standby", "prefer-standby"],
    ]

    /// Reads `user:password@host:port/name?parameter=value`, each part of which may be missing.
    init(urlWithoutScheme text: Substring) throws(DatabaseURL.Problem) {
        let (login, place) = Self.login(text)
        if let login { try readUser(login) }
        let (beforeQuery, query) = Self.split(place, at: place.firstIndex(of: "?"))
        let (authority, name) = Self.split(beforeQuery, at: beforeQuery.firstIndex(of: "/"))
        try readHosts(authority)
        if let name, !name.isEmpty { parameters["dbname"] = try Self.decode(name, "the name of the database") }
        for pair in (query ?? "").split(separator: "&") {
            let (key, value) = Self.split(pair, at: pair.firstIndex(of: "="))
            try readParameter(
                try Self.decode(key, "a parameter"), try Self.decode(value ?? "", "the parameter '\(key)'"))
        }
    }

    /// Parts user and password, which may hold an `@`, `/` or `?` that nobody encoded, from the rest.
    ///
    /// SQLAlchemy reads those too. What could be hosts as it stands is taken for hosts, so that a parameter may hold an `@`.
    private static func login(_ text: Substring) -> (login: Substring?, place: Substring) {
        let beforeQuery = text.prefix { $0 != "?" }
        let authority = beforeQuery.prefix { $0 != "/" }
        var at = authority.lastIndex(of: "@")
        if at == nil, authority.contains(":") {
            let hosts = authority.split(separator: ",", omittingEmptySubsequences: false)
            let mayBeHosts = hosts.allSatisfy { (try? hostAndPort($0)) != nil }
            at = beforeQuery.firstIndex(of: "@") ?? (mayBeHosts ? nil : text.firstIndex(of: "@"))
        }
        guard let at else { return (nil, text) }
        return (text[..<at], text[text.index(after: at)...])
    }

    private mutating func readUser(_ text: Substring) throws(DatabaseURL.Problem) {
        let (user, secret) = Self.split(text, at: text.firstIndex(of: ":"))
        if !user.isEmpty { parameters["user"] = try Self.decode(user, "the user") }
        if let secret { password = try Self.decode(secret, "the password") }
    }

    private mutating func readHosts(_ text: Substring) throws(DatabaseURL.Problem) {
        guard !text.isEmpty else { return }
        var hosts: [String] = []
        var ports: [String] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let (host, port) = try Self.hostAndPort(part)
            hosts.append(try Self.decode(host, "the host"))
            ports.append(port)
        }
        parameters["host"] = hosts.joined(separator: ",")
        if ports.contains(where: { !$0.isEmpty }) { parameters["port"] = ports.joined(separator: ",") }
    }

    private mutating func readParameter(_ key: String, _ value: String) throws(DatabaseURL.Problem) {
        switch key {
        case "password": password = value
        // asyncpg's name for it.
        case "ssl": try readParameter("sslmode", ["true": "require", "false": "disable"][value] ?? value)
        case "host" where value.hasPrefix("/"), "host" where !value.contains(":"):
            // SQLAlchemy repeats the parameter for several hosts.
            parameters["host"] = parameters["host"].map { "\($0),\(value)" } ?? value
        case "host":
            let (host, port) = try Self.hostAndPort(value[...])
            parameters["port"] = parameters["host"] == nil ? port : "\(parameters["port"] ?? ""),\(port)"
            parameters["host"] = parameters["host"].map { "\($0),\(host)" } ?? String(host)
        case let key where Self.known.contains(key):
            if let allowed = Self.values[key], !allowed.contains(value) {
                throw DatabaseURL.Problem(
                    "has \(key)=\(value), must be \(allowed.dropLast().joined(separator: ", ")) or \(allowed.last ?? "")"
                )
            }
            parameters[key] = value
        // It may be the end of a password.
        case let key where key.contains("@"):
            throw DatabaseURL.Problem("has a parameter with an @ in its name; write a password's ? as %3F and & as %26")
        default: throw DatabaseURL.Problem("has the parameter '\(key)', which is not known")
        }
    }

    /// Parts `name:port` and `[::1]:port`.
    private static func hostAndPort(_ text: Substring) throws(DatabaseURL.Problem) -> (Substring, String) {
        var host = text
        var port = text[text.endIndex...]
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            host = text[text.index(after: text.startIndex)..<end]
            port = text[text.index(after: end)...]
        } else if let colon = text.lastIndex(of: ":") {
            host = text[..<colon]
            port = text[colon...]
        }
        let number = port.dropFirst()
        guard number.isEmpty || (Int(number).map { (1...65_535).contains($0) } ?? false) else {
            throw DatabaseURL.Problem("has the port '\(number)', must be 1 to 65535")
        }
        return (host, String(number))
    }

    private static func split(_ text: Substring, at index: Substring.Index?) -> (Substring, Substring?) {
        guard let index else { return (text, nil) }
        return (text[..<index], text[text.index(after: index)...])
    }

    private static func decode(_ text: Substring, _ part: String) throws(DatabaseURL.Problem) -> String {
        guard let decoded = text.removingPercentEncoding, !decoded.utf8.contains(0) else {
            throw DatabaseURL.Problem("has \(part) with a percent sign that begins no encoding; write %25 for it")
        }
        return decoded
    }
}

extension PostgreSQLAddress {
    /// One of libpq's parameters, such as `host`; nil for the password and for what was not given.
    public func parameter(_ name: String) -> String? { parameters[name] }

    /// Whether the password is a given one.
    public func hasPassword(_ word: String) -> Bool { password == word }

    /// The address with settings of the session, such as `search_path`, added.
    public func with(setting name: String, _ value: String) -> PostgreSQLAddress {
        var copy = self
        let escaped = value.replacing("\\", with: "\\\\").replacing(" ", with: "\\ ")
        copy.parameters["options"] = [parameters["options"], "-c \(name)=\(escaped)"].compactMap(\.self)
            .joined(separator: " ")
        return copy
    }

    /// The address of another database of the server.
    public func with(database: String) -> PostgreSQLAddress {
        var copy = self
        copy.parameters["dbname"] = database
        return copy
    }

    /// Everything for libpq; what the URL says goes before the defaults, save that its name of the application is added to
    /// ours.
    func parameters(settings: [(name: String, value: String)], applicationName: String) -> [(String, String)] {
        var all = [
            "client_encoding": "UTF8", "application_name": applicationName, "keepalives_idle": "30",
            "keepalives_interval": "10", "keepalives_count": "3",
            // Asking for it costs a round trip, and nobody has it without saying so.
            "gssencmode": "disable",
        ]
        all.merge(parameters) { $1 }
        // Ours goes before, since commands that need a database for themselves look for it.
        if let own = parameters["application_name"], !own.isEmpty {
            all["application_name"] = "\(applicationName) \(own)"
        }
        all["password"] = password
        let ours = settings.map { "-c \($0.name)=\($0.value)" }
        // The later wins: the driver depends on its own.
        all["options"] = ([parameters["options"]].compactMap(\.self) + ours).joined(separator: " ")
        return all.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}

extension PostgreSQLAddress: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String {
        let hosts = (parameters["host"] ?? "localhost").split(separator: ",", omittingEmptySubsequences: false)
        let ports = (parameters["port"] ?? "").split(separator: ",", omittingEmptySubsequences: false)
        let places = hosts.indices.map { index in
            // One port counts for all hosts.
            let port = ports.count == 1 ? ports[0] : ports.indices.contains(index) ? ports[index] : ""
            return port.isEmpty ? "\(hosts[index])" : "\(hosts[index]):\(port)"
        }
        return "postgresql://\(places.joined(separator: ","))/\(parameters["dbname"] ?? "")"
    }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
