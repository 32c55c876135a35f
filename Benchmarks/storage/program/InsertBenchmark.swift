import Foundation
import Storage

/// Inserts rows as fast as a number of clients can that each wait for the acknowledgement of the row before.
enum InsertBenchmark {
    /// - Parameter arguments: where (a file or URL), `grouped` or `single`, clients, seconds.
    static func main(_ arguments: [String]) async {
        guard arguments.count == 4, let clients = Int(arguments[2]), let seconds = Double(arguments[3]) else {
            print("usage: storage-benchmark FILE|URL grouped|single CLIENTS SECONDS")
            exit(64)
        }
        do {
            let database = try open(arguments[0], isGrouped: arguments[1] == "grouped")
            try await database.write([
                "DROP TABLE IF EXISTS benchmark_rows",
                """
                CREATE TABLE benchmark_rows (
                    id TEXT PRIMARY KEY, digit BIGINT NOT NULL, probability DOUBLE PRECISION NOT NULL,
                    created_at BIGINT NOT NULL, note TEXT)
                """,
            ])
            _ = try await run(database, clients: clients, for: .seconds(1))
            let before = try await database.query("SELECT COUNT(*) AS n FROM benchmark_rows")[0].integer("n")
            let start = ContinuousClock.now
            let count = try await run(database, clients: clients, for: .seconds(seconds))
            let taken = (ContinuousClock.now - start) / .seconds(1)
            let after = try await database.query("SELECT COUNT(*) AS n FROM benchmark_rows")[0].integer("n")
            guard Int(after - before) == count else { throw StorageError.corrupt(detail: "rows are missing") }
            await database.close()
            print("{\"inserts\": \(count), \"seconds\": \(taken), \"rate\": \(Double(count) / taken)}")
        } catch {
            print("failed: \(error) \((error as? StorageError)?.detail ?? "")")
            exit(1)
        }
    }

    private static func open(_ location: String, isGrouped: Bool) throws -> any SQLDatabase {
        if location.contains("://"), case .postgreSQL(let address) = try DatabaseURL(location) {
            var configuration = PostgreSQLConfiguration()
            if !isGrouped { configuration.maximumGroup = 1 }
            return PostgreSQLDatabase(address, configuration: configuration)
        }
        var configuration = SQLiteConfiguration()
        if !isGrouped { configuration.maximumGroup = 1 }
        return try SQLiteDatabase(file: URL(filePath: location), configuration: configuration)
    }

    /// - Returns: the rows that were acknowledged.
    private static func run(_ database: any SQLDatabase, clients: Int, for duration: Duration) async throws -> Int {
        try await Callers.run(clients, for: duration) { client, _ in
            try await database.write(
                """
                INSERT INTO benchmark_rows (id, digit, probability, created_at, note)
                VALUES (\(bind: ObjectID.next()), \(bind: client % 10), \(bind: 0.987),
                    \(bind: 1_756_941_841_215_596), \(bind: "a row of some length, as a prediction has"))
                """)
        }
    }
}
