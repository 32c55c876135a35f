import Foundation
import Storage
import Synchronization
import TestSupport
import Testing

/// What happens when the server, or the way to it, fails in the middle of everything.
@Suite(
    .serialized, .timeLimit(.minutes(10)),
    .enabled(if: PostgreSQLServer.isPossible, "PostgreSQL's server programs are not installed"))
struct PostgreSQLFaultTests {
    /// Errors that a fault may cause; all of them say that a later try may succeed, or that nobody can know.
    private static let expected: Set<String> = ["unavailable", "uncertain", "timeout", "busy"]

    private func server(_ options: [String] = []) async throws -> PostgreSQLServer {
        try await blocking { try PostgreSQLServer(options: options) }
    }

    private func open(
        _ url: String, _ adjust: (inout PostgreSQLConfiguration) -> Void = { _ in }
    ) async throws -> PostgreSQLDatabase {
        guard case .postgreSQL(let address) = try DatabaseURL(url) else { throw TestTimeout() }
        var configuration = PostgreSQLConfiguration()
        configuration.timeout = .seconds(5)
        configuration.connectTimeout = .seconds(2)
        adjust(&configuration)
        // Others may keep the machine so busy that the time of the test is too short for the migrations.
        let patient = PostgreSQLDatabase(address)
        try await patient.migrate(Notes.migrations, namespace: "notes")
        await patient.close()
        return PostgreSQLDatabase(address, configuration: configuration)
    }

    /// Every acknowledged row is there, and no other but those of which nobody could know.
    private func check(_ report: PostgreSQLLoad.Report, _ database: PostgreSQLDatabase, within limit: Duration)
        async throws
    {
        let stored = Set(try await Notes.ids(database))
        #expect(report.acknowledged.subtracting(stored) == [], "acknowledged and lost")
        #expect(stored.subtracting(report.acknowledged).subtracting(report.uncertain) == [], "refused and kept")
        #expect(Set(report.failures.keys).subtracting(Self.expected) == [])
        // Much slack, for a machine that does many things at once: what hangs would take until the end of the test.
        #expect(report.longest < limit + .seconds(30))
    }

    @Test(
        "after a restart or a crash of the server everything goes on by itself and nothing acknowledged is lost",
        arguments: [SIGINT, SIGQUIT, SIGKILL])
    func restart(signal: Int32) async throws {
        let server = try await server()
        let database = try await open(server.url)
        let load = PostgreSQLLoad(database)
        for _ in 0..<3 {
            try await load.successes(200)
            try await blocking {
                server.stop(signal)
                try server.start()
            }
            let back = ContinuousClock.now
            try await load.successes(1)
            #expect(ContinuousClock.now - back < .seconds(30), "the time to recover")
        }
        try await load.successes(100)
        try await check(await load.stop(), database, within: .seconds(5))
        await database.close()
    }

    @Test("reads never notice a restart that is quicker than the patience")
    func quickRestart() async throws {
        let server = try await server()
        let database = try await open(server.url) {
            $0.timeout = .seconds(30)
            $0.patience = .seconds(30)
        }
        for id in 0..<4 { try await database.write(Notes.insert(id)) }
        let reader = Task {
            for _ in 0..<400 {
                let ids = try await Notes.ids(database)
                #expect(ids.count == 4)
            }
        }
        for _ in 0..<2 {
            try await blocking {
                server.stop()
                try server.start()
            }
        }
        try await reader.value
        // An idle connection that was closed meanwhile is not used again.
        try await blocking {
            server.stop()
            try server.start()
        }
        try await database.write(Notes.insert(9))
        #expect(try await database.transaction { try await $0.query("SELECT id FROM notes").count } == 5)
        await database.close()
    }

    @Test("while the server is away calls fail at once, and soon after its return they succeed")
    func longOutage() async throws {
        let server = try await server()
        let database = try await open(server.url) { $0.patience = .milliseconds(500) }
        try await blocking { server.stop() }
        try await eventually { (try? await database.query("SELECT 1")) == nil }
        for _ in 0..<5 {
            await #expect { try await database.write(Notes.insert(1)) } throws: { kind(of: $0) == "unavailable" }
        }
        let start = ContinuousClock.now
        for _ in 0..<20 { _ = try? await database.query("SELECT 1") }
        #expect(.now - start < .seconds(50), "they do not wait for their time-out each")
        try await blocking { try server.start() }
        let back = ContinuousClock.now
        try await eventually { (try? await database.write(Notes.insert(2))) != nil }
        #expect(.now - back < .seconds(30))
        await database.close()
    }

    @Test("a server that is stuck keeps nobody beyond the time-out, and is used again when it goes on")
    func pause() async throws {
        let server = try await server()
        let database = try await open(server.url) { $0.timeout = .seconds(1) }
        let load = PostgreSQLLoad(database)
        try await load.successes(100)
        server.pause()
        try await eventually { load.current.failures.values.reduce(0, +) > 30 }
        server.resume()
        try await load.successes(200)
        let report = await load.stop()
        try await check(report, database, within: .seconds(2))
        #expect(report.failures["uncertain", default: 0] + report.failures["timeout", default: 0] > 0)
        await database.close()
    }

    @Test("a slow way only makes things slow, and units share the trips")
    func slowWay() async throws {
        let server = try await server()
        let proxy = try SlowProxy(to: server.socket)
        defer { proxy.close() }
        let trips = Atomic(0)
        let database = try await open(proxy.url) {
            $0.timeout = .seconds(60)
            $0.connectTimeout = .seconds(60)
            $0.onCommit = { _, _ in trips.add(1, ordering: .relaxed) }
        }
        proxy.slowDown(by: .milliseconds(40))
        _ = try await database.write(Notes.insert(1_000))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for id in 0..<100 { group.addTask { try await database.write(Notes.insert(id)) } }
            try await group.waitForAll()
        }
        // Each trip takes 80 ms at least, in which the others come.
        #expect(trips.load(ordering: .relaxed) < 50)
        #expect(try await Notes.ids(database).count == 101)
        await database.close()
    }

    @Test("connections that break without a word are made anew")
    func cutConnections() async throws {
        let server = try await server()
        let proxy = try SlowProxy(to: server.socket)
        defer { proxy.close() }
        let database = try await open(proxy.url)
        let load = PostgreSQLLoad(database)
        for _ in 0..<10 {
            try await load.successes(50)
            proxy.cut()
        }
        try await load.successes(50)
        try await check(await load.stop(), database, within: .seconds(5))
        await database.close()
    }

    @Test("where the server has no connection left the calls are told it is busy, until there is one again")
    func noConnectionsLeft() async throws {
        let server = try await server(["max_connections=10", "superuser_reserved_connections=0"])
        let greedy = try await open(server.url) {
            $0.readers = 10
            $0.transactions = 1
        }
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<40 { group.addTask { _ = try? await greedy.query("SELECT pg_sleep(0.3)") } }
        }
        guard case .postgreSQL(let address) = try DatabaseURL(server.url) else { return }
        var configuration = PostgreSQLConfiguration()
        configuration.patience = .milliseconds(200)
        configuration.timeout = .seconds(30)
        let database = PostgreSQLDatabase(address, configuration: configuration)
        await #expect { try await database.query("SELECT 1") } throws: { kind(of: $0) == "busy" }
        await greedy.close()
        try await eventually { (try? await database.query("SELECT 1")) != nil }
        await database.close()
    }

    @Test(
        "a full disk is told as such, what was acknowledged stays, and room made is used",
        .enabled(if: SmallDisk.isPossible, "mounting a small file system needs root"))
    func fullDisk() async throws {
        let server = try await server()
        let disk = SmallDisk(mebibytes: 4)
        let root = try #require(disk.root)
        PostgreSQLServer.handOver(root)
        let database = try await open(server.url)
        guard case .postgreSQL(let address) = try DatabaseURL(server.url) else { return }
        try await Self.place(address, root)
        let content = (0..<50_000).map { _ in UInt8.random(in: .min ... .max) }
        var acknowledged = 0
        var failure: (any Error)?
        while failure == nil, acknowledged < 500 {
            do {
                try await database.write("INSERT INTO small VALUES (\(bind: acknowledged), \(bind: content))")
                acknowledged += 1
            } catch {
                failure = error
            }
        }
        #expect(kind(of: failure) == "full")
        #expect(acknowledged > 10)
        try await database.write(Notes.insert(1))
        #expect(try await database.query("SELECT COUNT(*) AS n FROM small")[0].integer("n") == Int64(acknowledged))
        try await database.write("DROP TABLE small")
        try await database.write("CREATE TABLE small (id BIGINT, content BYTEA) TABLESPACE small")
        try await database.write("INSERT INTO small VALUES (0, \(bind: content))")
        await database.close()
    }

    /// Makes a table on a folder. A tablespace cannot be made inside a transaction, as the driver's units are.
    private static func place(_ address: PostgreSQLAddress, _ folder: URL) async throws {
        let host = address.parameter("host") ?? ""
        for command in [
            "CREATE TABLESPACE small LOCATION '\(folder.path)'",
            "CREATE TABLE small (id BIGINT, content BYTEA) TABLESPACE small",
        ] {
            try await blocking {
                let process = Process()
                process.executableURL = URL(filePath: "/usr/bin/env")
                process.arguments = ["psql", "-X", "-q", "-h", host, "-U", "postgres", "-d", "postgres", "-c", command]
                try process.run()
                process.waitUntilExit()
                guard process.terminationStatus == 0 else { throw TestTimeout() }
            }
        }
    }
}
