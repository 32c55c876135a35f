import Feedback
import Foundation
import Monitoring
import Observability
import Storage
import Synchronization

/// Keeps feedback as fast as a number of clients can that each wait for the acknowledgement of the one before, and works
/// out figures of many predictions.
enum FeedbackBenchmark {
    private static let app = "benchmark"
    private static let predictions = 2000

    /// - Parameter arguments: where (a file or URL), then `joined|plain CLIENTS SECONDS` or `report ROWS`.
    static func main(_ arguments: [String]) async {
        do {
            switch (arguments.dropFirst().first, arguments.count) {
            case ("joined", 4), ("plain", 4):
                guard let clients = Int(arguments[2]), let seconds = Double(arguments[3]) else { return usage() }
                try await feedback(arguments[0], isJoined: arguments[1] == "joined", clients: clients, seconds: seconds)
            case ("report", 3):
                guard let rows = Int(arguments[2]) else { return usage() }
                try await report(arguments[0], rows: rows)
            default: usage()
            }
        } catch {
            print("failed: \(error) \((error as? StorageError)?.detail ?? "")")
            exit(1)
        }
    }

    private static func usage() {
        print("usage: feedback-benchmark FILE|URL joined|plain CLIENTS SECONDS, or FILE|URL report ROWS")
        exit(64)
    }

    private static func open(_ location: String) async throws -> SQLPredictionLog {
        if location.contains("://"), case .postgreSQL(let address) = try DatabaseURL(location) {
            return try await SQLPredictionLog(PostgreSQLDatabase(address))
        }
        return try await SQLPredictionLog(SQLiteDatabase(file: URL(filePath: location)))
    }

    private static func prediction(_ number: Int, of count: Int, until now: Timestamp) -> PredictionRecord {
        let dog = Double(number * 7919 % 10_007) / 10_007
        // Spread over six days, mostly fast with a long tail.
        let age = Int64(Double(count - number) / Double(count) * 6 * 86_400e6)
        return PredictionRecord(
            app: app, version: nil, label: dog > 0.5 ? "Dog" : "Cat",
            scores: [ClassScore("Cat", 1 - dog), ClassScore("Dog", dog)],
            latencyMilliseconds: 3 / (1.001 - Double(number * 104_729 % 10_009) / 10_009), input: "IMG_\(number).jpg",
            createdAt: Timestamp(microseconds: now.microseconds - age))
    }

    /// Keeps predictions with many clients, so that they share commits.
    private static func fill(_ log: SQLPredictionLog, _ count: Int) async throws -> [ObjectID] {
        let now = Timestamp.now
        return try await withThrowingTaskGroup(of: [ObjectID].self) { group in
            for client in 0..<256 {
                group.addTask {
                    var ids: [ObjectID] = []
                    for number in stride(from: client, to: count, by: 256) {
                        let record = prediction(number, of: count, until: now)
                        try await log.insert(record)
                        ids.append(record.id)
                    }
                    return ids
                }
            }
            return try await group.reduce([], +)
        }
    }

    private static func feedback(_ location: String, isJoined: Bool, clients: Int, seconds: Double) async throws {
        let log = try await open(location)
        let known = isJoined ? try await fill(log, predictions) : []
        let next = Atomic(0)
        func run(_ duration: Duration) async throws -> Int {
            let end = ContinuousClock.now + duration
            return try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<clients {
                    group.addTask {
                        var count = 0
                        while ContinuousClock.now < end {
                            let number = next.add(1, ordering: .relaxed).oldValue
                            // Everybody says something of everything, once.
                            let record = FeedbackRecord(
                                prediction: isJoined ? known[number % known.count] : nil, app: app,
                                subject: "someone \(number / predictions)", agrees: number % 5 != 0)
                            guard try await log.add(record) else { throw StorageError.notFound() }
                            count += 1
                        }
                        return count
                    }
                }
                return try await group.reduce(0, +)
            }
        }
        _ = try await run(.seconds(1))
        let before = try await log.agreement(app: app, in: .ever).total
        let start = ContinuousClock.now
        let count = try await run(.seconds(seconds))
        let taken = (ContinuousClock.now - start) / .seconds(1)
        let after = try await log.agreement(app: app, in: .ever).total
        guard after - before == count else { throw StorageError.corrupt(detail: "rows are missing") }
        await log.database.close()
        print("{\"inserts\": \(count), \"seconds\": \(taken), \"rate\": \(Double(count) / taken)}")
    }

    private static func report(_ location: String, rows: Int) async throws {
        let log = try await open(location)
        let clock = ContinuousClock()
        let filling = try await clock.measure { _ = try await fill(log, rows) }
        let monitor = PredictionMonitor(log)
        let now = Timestamp.now
        let window = TimeWindow(last: .seconds(7 * 86_400), until: now)
        var rest: Duration = .zero
        let figures = try await clock.measure { _ = try await monitor.figures(app: app, in: window) }
        rest += try await clock.measure { _ = try await monitor.daily(app: app, until: now) }
        let drift = try await clock.measure {
            let middle = Timestamp(microseconds: now.microseconds - 3 * 86_400_000_000)
            _ = try await monitor.confidenceDrift(
                app: app, from: TimeWindow(from: window.start, to: middle), to: TimeWindow(from: middle, to: now))
        }
        await log.database.close()
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let peak = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") } ?? ""
        print("{\"rows\": \(rows), \"insert_seconds\": \(filling / .seconds(1)), ", terminator: "")
        print(
            "\"figures_seconds\": \(figures / .seconds(1)), \"daily_seconds\": \(rest / .seconds(1)), ", terminator: "")
        print("\"drift_seconds\": \(drift / .seconds(1)), \"memory\": \"\(peak.split(separator: "\t").last ?? "")\"}")
    }
}
