import Foundation
import Observability
import Storage

extension Doctor {
    /// Whether the database answers, what is in it, and what is peculiar about a server.
    func database() async -> [Finding] {
        if case nil = settings.database, !FileManager.default.fileExists(atPath: settings.databaseFile.path) {
            return [Finding("database", .fine, "its file is made at the first start")]
        }
        if case .sqlite(let path) = settings.database, !FileManager.default.fileExists(atPath: path) {
            return [Finding("database", .fine, "the file '\(path)' is made at the first start")]
        }
        do {
            let database = try Stores.database(settings, .disabled)
            do {
                let findings =
                    [try await tables(of: database)] + (try await rights(database))
                    + (try await server(database))
                await database.close()
                return findings
            } catch {
                await database.close()
                throw error
            }
        } catch {
            return [
                Finding(
                    "database", .wrong, "\(settings.databaseName) cannot be used: \(told(error))",
                    advice: settings.isServerDatabase
                        ? "see that the server runs and that DATABASE_URL or the DB_ keys name it, its user and password"
                        : "see that the file can be written; a damaged one is replaced with 'prunelle restore'")
            ]
        }
    }

    private func tables(of database: any SQLDatabase) async throws -> Finding {
        if let source = try await database.unfinishedCopy() {
            return Finding(
                "database", .wrong, "it is not complete: a copy from \(source) has begun and not ended",
                advice: "run the same 'prunelle migrate' or 'prunelle restore' again")
        }
        switch try await database.state(of: Schemas.all) {
        case .empty: return Finding("database", .fine, "it answers; the tables are made at the first start")
        case .current: return Finding("database", .fine, "\(settings.databaseName) answers; its tables are up to date")
        case .older:
            return Finding(
                "database", .remark, "the tables are those of an older version; the next start brings them up to date",
                advice: "make a backup first: 'prunelle backup DIR'")
        case .newer(let migration):
            return Finding(
                "database", .wrong, "the tables come from a newer version (they have \(migration))",
                advice: "start that version, or restore a backup made before the update")
        }
    }

    /// Whether the user may make, read and change the tables, on a server that takes changes.
    private func rights(_ database: any SQLDatabase) async throws -> [Finding] {
        guard database.dialect == .postgreSQL else { return [] }
        let row = try await database.query(
            """
            SELECT pg_is_in_recovery() AS standby, current_user AS name,
                coalesce(has_schema_privilege(current_schema(), 'CREATE'), FALSE) AS create,
                quote_ident(coalesce(current_schema(), 'public')) AS schema,
                (SELECT min(relname::text) FROM pg_class
                    WHERE oid IN (to_regclass('schema_migrations'), to_regclass('model_versions'))
                    AND NOT (has_table_privilege(oid, 'SELECT') AND has_table_privilege(oid, 'INSERT')
                        AND has_table_privilege(oid, 'UPDATE') AND has_table_privilege(oid, 'DELETE'))) AS table
            """
        ).first
        guard let row else { return [] }
        var findings: [Finding] = []
        if try row.get("standby", as: Bool.self) {
            findings.append(
                Finding(
                    "database", .wrong, "the server is a standby, which takes no changes",
                    advice: "name the primary, or several hosts with target_session_attrs=read-write"))
        }
        let name = try row.text("name")
        if try !row.get("create", as: Bool.self) {
            findings.append(
                Finding(
                    "database", .wrong, "the user '\(name)' may not make tables in it",
                    advice: "as its owner: GRANT CREATE, USAGE ON SCHEMA \(try row.text("schema")) TO \"\(name)\""))
        }
        if let table = try row.get("table", as: String?.self) {
            findings.append(
                Finding(
                    "database", .wrong, "the user '\(name)' may not read and change the table '\(table)'",
                    advice: "use the user that made the tables, or let it have them: ALTER TABLE … OWNER TO \"\(name)\""
                ))
        }
        return findings
    }

    private func server(_ database: any SQLDatabase) async throws -> [Finding] {
        guard database.dialect == .postgreSQL else { return [] }
        let row = try await database.query(
            """
            SELECT current_setting('server_version') AS version, current_setting('server_encoding') AS encoding,
                current_setting('max_connections')::bigint AS connections,
                current_setting('fsync') AS fsync,
                (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now
            """
        ).first
        guard let row else { return [] }
        var findings: [Finding] = []
        if try row.text("encoding") != "UTF8" {
            findings.append(
                Finding(
                    "database", .wrong, "its encoding is \(try row.text("encoding")), which cannot hold every text",
                    advice: "make a database with ENCODING 'UTF8'"))
        }
        // The other setting that could lose something, `synchronous_commit`, is made by every session that writes.
        if try row.text("fsync") == "off" {
            findings.append(
                Finding(
                    "database", .remark, "its fsync is off: a crash of its machine loses what was acknowledged last",
                    advice: "set fsync = on in its postgresql.conf"))
        }
        let (limit, ours) = (try row.integer("connections"), settings.postgreSQL.maximumConnections)
        if limit < ours + 5 {
            findings.append(
                Finding(
                    "database", .remark, "it allows \(limit) connections, of which a server may take \(ours)",
                    advice: "raise its max_connections, or lower PRUNELLE_DATABASE_CONNECTIONS"))
        }
        let skew = Double(Timestamp.now.microseconds - (try row.integer("now"))) / 1_000_000
        if abs(skew) > 5 {
            findings.append(
                Finding(
                    "clock", .remark, "it differs by \(Int(skew)) s from that of the database's server",
                    advice: "let both follow the same time servers (chrony or systemd-timesyncd)"))
        }
        let version = try row.text("version")
        if let major = version.split(separator: ".").first.flatMap({ Int($0) }), major < 12 {
            findings.append(
                Finding(
                    "database", .wrong, "it is PostgreSQL \(version)", advice: "version 12 is the oldest that works"))
        }
        return findings
    }
}

extension ServerSettings {
    /// Whether the password of the database is the one that everybody can read in the documentation.
    var hasPublishedDatabasePassword: Bool {
        guard case .postgreSQL(let address) = database else { return false }
        return ["postgres", "prunelle", "password"].contains(where: address.hasPassword)
    }
}
