import Storage

/// Who else uses a database on a server.
enum DatabaseUsers {
    /// Connections of servers of this program; none for a file, whose folder has a lock.
    static func others(of database: any SQLDatabase) async throws -> Int {
        guard database.dialect == .postgreSQL else { return 0 }
        let name = PostgreSQLConfiguration().applicationName
        let row = try await database.query(
            """
            SELECT COUNT(*) AS n FROM pg_stat_activity WHERE datname = current_database()
                AND (application_name = \(bind: name) OR application_name LIKE \(bind: name + " %"))
            """
        ).first
        return try row?.get("n") ?? 0
    }
}

extension ServerSettings {
    /// The settings for commands that move data: not taken for a server, and with time for many rows at once.
    var forMovingData: ServerSettings {
        var settings = self
        settings.postgreSQL.applicationName = "prunelle-command"
        settings.postgreSQL.timeout = max(postgreSQL.timeout, .seconds(120))
        return settings
    }
}
