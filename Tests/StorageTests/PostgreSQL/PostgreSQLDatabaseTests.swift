import Foundation
import Storage
import Synchronization
import TestSupport
import Testing

/// What is particular to the PostgreSQL driver.
@Suite(
    .timeLimit(.minutes(10)),
    .enabled(if: PostgreSQLServer.isPossible, "PostgreSQL's server programs are not installed")
)
struct PostgreSQLDatabaseTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func open(
        _ settings: KeyValuePairs<String, String> = [:], _ adjust: (inout PostgreSQLConfiguration) -> Void = { _ in }
    ) async throws -> PostgreSQLDatabase {
        var configuration = PostgreSQLConfiguration()
        configuration.timeout = .seconds(30)
        adjust(&configuration)
        var address = try await SQLDriver.address(of: folder.url)
        for (name, value) in settings { address = address.with(setting: name, value) }
        let database = PostgreSQLDatabase(address, configuration: configuration)
        try await database.migrate(Notes.migrations, namespace: "notes")
        return database
    }

    @Test("question marks in texts, names and comments stay what they are")
    func questionMarks() async throws {
        let database = try await open()
        let row = try await database.query(
            """
            SELECT '?''?' AS "a?""?", E'\\'?' || \(bind: "x") AS b, -- what?
                /* why? /* how? */ ? */ $q$ ? $q$ || $$?$$ AS c, \(bind: 7) AS d
            """)[0]
        #expect(row.names == ["a?\"?", "b", "c", "d"])
        #expect(row.values == ["?'?", "'?x", " ? ?", 7])
    }

    @Test("the server's own types arrive as the nearest of ours")
    func types() async throws {
        let database = try await open()
        let row = try await database.query(
            """
            SELECT CAST(1 AS SMALLINT) AS a, CAST(2 AS INTEGER) AS b, CAST(0.5 AS REAL) AS c, TRUE AS d, 1 = 2 AS e,
                CAST('{"k": 1}' AS JSONB) AS f, CAST('2026-01-02 03:04:05+00' AS TIMESTAMP) AS g,
                (SELECT SUM(n) FROM (VALUES (CAST(1 AS BIGINT)), (2)) AS t (n)) AS h,
                (SELECT AVG(n) FROM (VALUES (CAST(1 AS BIGINT)), (2)) AS t (n)) AS i, 18446744073709551616 AS j
            """)[0]
        #expect(
            row.values == [
                1, 2, 0.5, 1, 0, "{\"k\": 1}", "2026-01-02 03:04:05", 3, 1.5, .real(18_446_744_073_709_551_616),
            ])
    }

    @Test("a value keeps its type where nothing else tells it, and null fits everywhere")
    func parameterTypes() async throws {
        let database = try await open()
        let row = try await database.query(
            "SELECT \(bind: 1) AS a, \(bind: 0.5) AS b, \(bind: "t") AS c, \(bind: [UInt8]([1])) AS d")[0]
        #expect(row.values == [1, 0.5, "t", .blob([1])])
        for weight: SQLValue in [nil, 1, 0.5, nil, 2] {
            try await database.write("DELETE FROM notes")
            try await database.write("INSERT INTO notes (id, weight) VALUES (\(bind: 1), \(bind: weight))")
            #expect(
                try await database.query("SELECT id FROM notes WHERE weight > \(bind: 0)").count
                    == (weight == nil ? 0 : 1))
        }
    }

    @Test("more statements than a connection keeps prepared are run all the same")
    func smallCache() async throws {
        let database = try await open { $0.statementCacheCapacity = 2 }
        for round in 0..<3 {
            for number in 0..<6 {
                let statement = SQLStatement(composed: "SELECT \(number) + ? AS sum", [.integer(Int64(round))])
                #expect(try await database.query(statement)[0].integer("sum") == Int64(number + round))
                try await database.write(Notes.insert(round * 10 + number))
            }
        }
        #expect(try await Notes.ids(database).count == 18)
    }

    @Test("a unit that waits for the lock of a transaction does not hold up those behind it")
    func lockedRow() async throws {
        let database = try await open()
        try await database.write([Notes.insert(1), Notes.insert(2)])
        let (began, release) = (Gate(), Gate())
        let holder = Task {
            try await database.transaction { transaction in
                try await transaction.execute("UPDATE notes SET stars = 1 WHERE id = 1")
                await began.open()
                await release.wait()
            }
        }
        await began.wait()
        let blocked = Task { try await database.write("UPDATE notes SET stars = stars + 1 WHERE id = 1") }
        for id in 10..<20 { try await database.write(Notes.insert(id)) }
        await release.open()
        try await holder.value
        _ = try await blocked.value
        #expect(try await database.query("SELECT stars FROM notes WHERE id = 1")[0].integer("stars") == 2)
    }

    /// The server looks for a deadlock after 1 s, unless told: long after the writer made way, or before.
    @Test(
        "units of two programs that lock the same rows in opposite order all get through",
        arguments: [("1s", 1), ("10ms", 5)])
    func deadlocks(deadlockTimeout: String, rounds: Int) async throws {
        var databases: [PostgreSQLDatabase] = []
        for _ in 0..<2 {
            databases.append(try await open(["deadlock_timeout": deadlockTimeout]) { $0.timeout = .seconds(100) })
        }
        try await databases[0].write((0..<4).map { Notes.insert($0) })
        try await withThrowingTaskGroup(of: Void.self) { [databases] group in
            for task in 0..<16 {
                group.addTask {
                    for round in 0..<rounds {
                        let step = task % 2 == 0 ? 1 : 3
                        let order = (0..<4).map { (round + $0 * step) % 4 }
                        // Slow enough that they meet.
                        try await databases[task % 2].write(
                            order.map {
                                """
                                UPDATE notes SET weight = COALESCE(weight, 0) + 1 FROM pg_sleep(0.004)
                                WHERE id = \(bind: $0)
                                """
                            })
                    }
                }
            }
            try await group.waitForAll()
        }
        let total = try await databases[0].query("SELECT SUM(weight) AS total FROM notes")[0].real("total")
        #expect(total == Double(16 * rounds * 4))
        for database in databases { await database.close() }
    }

    @Test("transactions that depend on what another changes are done again, as if one came after the other")
    func writeSkew() async throws {
        let database = try await open()
        try await database.write([Notes.insert(1, stars: 1), Notes.insert(2, stars: 1)])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for id in 1...2 {
                group.addTask {
                    try await database.transaction { transaction in
                        // One star must remain, and each takes its own: harmless alone, wrong together.
                        let stars = try await transaction.query("SELECT SUM(stars) AS n FROM notes")[0].integer("n")
                        await Task.yield()
                        guard stars > 1 else { return }
                        try await transaction.execute("UPDATE notes SET stars = 0 WHERE id = \(bind: id)")
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await database.query("SELECT SUM(stars) AS n FROM notes")[0].integer("n") == 1)
    }

    @Test("a statement that takes too long is stopped by the server, alone, and the connection goes on")
    func statementTimeout() async throws {
        // The server gives up a second before the caller does, which is enough on a busy machine too.
        let database = try await open { $0.timeout = .seconds(10) }
        let slow: SQLStatement = "SELECT pg_sleep(300)"
        let start = ContinuousClock.now
        await withTaskGroup { group in
            for call: @Sendable () async throws -> Void in [
                { _ = try await database.query(slow) }, { _ = try await database.lookup(slow) },
                { _ = try await database.write(slow) },
                { try await database.transaction { _ = try await $0.query(slow) } },
            ] {
                group.addTask { await #expect { try await call() } throws: { kind(of: $0) == "timeout" } }
            }
        }
        #expect(.now - start < .seconds(100))
        try await database.write(Notes.insert(1))
        #expect(try await Notes.ids(database) == [1])
    }

    @Test(
        "what is acknowledged was waited for, whatever the server's own setting",
        arguments: [("off", "on"), ("local", "local"), ("remote_apply", "remote_apply")])
    func synchronousCommit(setting: String, effective: String) async throws {
        let database = try await open(["synchronous_commit": setting])
        let question: SQLStatement = "SELECT current_setting('synchronous_commit') AS value"
        #expect(try await database.write([question])[0].rows.first?.text("value") == effective)
        let inTransaction = try await database.transaction { try await $0.query(question)[0].text("value") }
        #expect(inTransaction == effective)
    }

    @Test("what the server remarks is passed on and not printed")
    func notices() async throws {
        let notices = Mutex<[String]>([])
        let database = try await open { $0.onNotice = { notice in notices.withLock { $0.append(notice) } } }
        try await database.write("CREATE TABLE IF NOT EXISTS notes (id BIGINT)")
        #expect(notices.withLock { $0.contains { $0.contains("already exists") } })
    }

    @Test("what a trigger raises counts as a broken rule")
    func raised() async throws {
        let database = try await open()
        try await database.write([
            """
            CREATE FUNCTION refuse() RETURNS trigger AS $$
            BEGIN IF NEW.id = 13 THEN RAISE EXCEPTION 'not thirteen?'; END IF; RETURN NEW; END $$ LANGUAGE plpgsql
            """,
            "CREATE TRIGGER refuse BEFORE INSERT ON notes FOR EACH ROW EXECUTE FUNCTION refuse()",
        ])
        await #expect { try await database.write(Notes.insert(13)) } throws: { kind(of: $0) == "constraint" }
        try await database.write(Notes.insert(14))
    }

    @Test("a server that cannot be reached is told at once or soon, without the password")
    func unreachable() async throws {
        for url in [
            "postgresql://ann:s3cret@/n?host=\(folder.url.path)",
            "postgresql://ann:s3cret@/absent?host=\(try await Self.host)&user=postgres",
        ] {
            guard case .postgreSQL(let address) = try DatabaseURL(url) else { return }
            var configuration = PostgreSQLConfiguration()
            configuration.patience = .milliseconds(300)
            configuration.timeout = .seconds(60)
            let database = PostgreSQLDatabase(address, configuration: configuration)
            for call in [
                { _ = try await database.query("SELECT 1") }, { _ = try await database.write("DELETE FROM t") },
                { _ = try await database.transaction { _ in } },
            ] {
                let start = ContinuousClock.now
                await #expect { try await call() } throws: { error in
                    guard let error = error as? StorageError, case .unavailable(let detail) = error else {
                        return false
                    }
                    return !detail.isEmpty && !detail.contains("s3cret") && "\(error)" == error.message
                }
                #expect(.now - start < .seconds(30))
            }
            await database.close()
        }
    }

    @Test("of several hosts the one that takes changes is used, for reading too")
    func severalHosts() async throws {
        let url = try await SQLDriver.postgreSQL.location(of: folder.url)
            .replacing("?host=", with: "?target_session_attrs=read-write&host=\(folder.url.path)&host=")
        guard case .postgreSQL(let address) = try DatabaseURL(url) else { return }
        let database = PostgreSQLDatabase(address)
        try await database.migrate(Notes.migrations, namespace: "notes")
        try await database.write(Notes.insert(1))
        #expect(try await Notes.ids(database) == [1])
        // What reads must still not write.
        await #expect { try await database.query("DELETE FROM notes RETURNING id") } throws: {
            kind(of: $0) == "invalidStatement"
        }
        #expect(try await database.lookup("SELECT id FROM notes WHERE id = 1") != nil)
        await database.close()
    }

    private static var host: String {
        get async throws { try await blocking { try PostgreSQLServer.shared.get().folder.path } }
    }

    @Test("of units that wait together those that cannot be kept fail alone, and the others share commits")
    func groups() async throws {
        let commits = Mutex<[Int]>([])
        let database = try await open { $0.onCommit = { units, _ in commits.withLock { $0.append(units) } } }
        try await database.write(Notes.insert(1_000))
        let kept = await withTaskGroup(of: Bool.self) { group in
            for id in 0..<500 {
                group.addTask {
                    (try? await database.write(Notes.insert(id % 50 == 0 ? 1_000 : id))) != nil
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(kept == 490)
        #expect(try await Notes.ids(database).count == 491)
        #expect(commits.withLock { $0.count } < 250, "the point of groups is that there are fewer of them than units")
    }
}
