import Foundation
import Storage
import Synchronization
import TestSupport

/// Keeps a database busy with every operation at once and remembers what it was told.
final class PostgreSQLLoad: Sendable {
    /// What happened so far.
    struct Report {
        /// Rows that were acknowledged.
        var acknowledged: Set<Int> = []
        /// Rows of which nobody can know.
        var uncertain: Set<Int> = []
        /// How often each kind of error came.
        var failures: [String: Int] = [:]
        /// The longest time any call took, with and without success.
        var longest = Duration.zero
        /// Calls that succeeded since the last look.
        var successes = 0
        /// When the last call succeeded.
        var lastSuccess = ContinuousClock.now
    }

    private let report = Mutex(Report())
    private let isStopped = Atomic(false)
    private let tasks: Mutex<[Task<Void, Never>]> = Mutex([])

    /// Starts writers, readers and transactions on a database with the table of notes.
    init(_ database: PostgreSQLDatabase) {
        for number in 0..<8 {
            add { load in
                let id = load.nextID(of: number)
                await load.call(id) { _ = try await database.write(Notes.insert(id)) }
            }
        }
        for _ in 0..<2 {
            add { load in
                await load.call(nil) { _ = try await database.lookup("SELECT id FROM notes WHERE id = 1") }
                await load.call(nil) { _ = try await database.query("SELECT COUNT(*) AS n FROM notes") }
            }
            add { load in
                let id = load.nextID(of: 1)
                await load.call(id) {
                    try await database.transaction { transaction in
                        _ = try await transaction.query("SELECT 1 FROM notes WHERE id = \(bind: id)")
                        try await transaction.execute(Notes.insert(id))
                    }
                }
            }
        }
    }

    /// What happened so far.
    var current: Report { report.withLock(\.self) }

    /// Waits until so many more calls have succeeded.
    func successes(_ count: Int) async throws {
        report.withLock { $0.successes = 0 }
        try await eventually { self.report.withLock { $0.successes } >= count }
    }

    /// Ends it and tells what happened.
    func stop() async -> Report {
        isStopped.store(true, ordering: .relaxed)
        for task in tasks.withLock(\.self) { await task.value }
        return current
    }

    private let ids = Atomic(0)
    private func nextID(of number: Int) -> Int { ids.add(1, ordering: .relaxed).newValue }

    private func add(_ body: @escaping @Sendable (PostgreSQLLoad) async -> Void) {
        let task = Task {
            while !isStopped.load(ordering: .relaxed) { await body(self) }
        }
        tasks.withLock { $0.append(task) }
    }

    private func call(_ id: Int?, _ body: @Sendable () async throws -> Void) async {
        let start = ContinuousClock.now
        let result: Result<Void, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        let duration = ContinuousClock.now - start
        report.withLock { report in
            report.longest = max(report.longest, duration)
            switch result {
            case .success:
                report.successes += 1
                report.lastSuccess = .now
                if let id { report.acknowledged.insert(id) }
            case .failure(let error):
                let kind = kind(of: error) ?? "\(error)"
                report.failures[kind, default: 0] += 1
                if let id, kind == "uncertain" { report.uncertain.insert(id) }
            }
        }
        // A server that refuses at once must not be asked a hundred thousand times a second.
        if case .failure = result { try? await Task.sleep(for: .milliseconds(5)) }
    }
}
