public import Foundation
public import JSON
import Synchronization

/// What a scheduled run writes down: lines for people, and one JSON object for each execution.
///
/// Lines are appended whole, so that runs on the same files do not mix inside a line.
public final class RunJournal: Sendable {
    /// How much a line matters.
    public enum Level: String, Sendable, CaseIterable, Comparable {
        case debug = "DEBUG"
        case info = "INFO"
        case warning = "WARNING"
        case error = "ERROR"

        public static func < (left: Self, right: Self) -> Bool {
            (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
        }
    }

    private let folder: URL
    private let name: String
    private let minimum: Level
    private let echo: @Sendable (String) -> Void

    /// Opens the journal of a folder, which is made if missing.
    ///
    /// - Parameters:
    ///   - name: who speaks, in each line.
    ///   - minimum: the least level that is written.
    ///   - echo: also gets each line.
    /// - Throws: `RetrainingError` where the folder cannot be made.
    public init(
        _ folder: URL, name: String, minimum: Level = .info, echo: @escaping @Sendable (String) -> Void = { _ in }
    ) throws(RetrainingError) {
        (self.folder, self.name, self.minimum, self.echo) = (folder, name, minimum, echo)
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw RetrainingError("the folder of logs cannot be made")
        }
    }

    /// Writes a line for people.
    public func note(_ level: Level, _ message: String) {
        guard level >= minimum else { return }
        let text = String(message.map { $0.isNewline ? " " : $0 })
        let line = "\(RunMoment.log(Date())) - \(name) - \(level.rawValue) - \(text)"
        echo(line)
        // A journal that cannot be written is no reason not to train.
        try? append(Array(line.utf8), to: "retrain_scheduler.log")
    }

    /// Writes down an execution.
    ///
    /// - Throws: `RetrainingError` where it cannot be written.
    public func record(config: JSONValue, results: JSONValue) throws(RetrainingError) {
        let entry: JSONValue = [
            "timestamp": .string(RunMoment.iso(Date())), "config": config, "results": results,
        ]
        try append(entry.bytes(), to: "retrain_executions.jsonl")
    }

    private func append(_ line: [UInt8], to name: String) throws(RetrainingError) {
        let path = folder.appending(path: name).path
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw RetrainingError("\(name) cannot be written") }
        defer { close(descriptor) }
        let bytes = line + [0x0A]
        guard write(descriptor, bytes, bytes.count) == bytes.count else {
            throw RetrainingError("\(name) cannot be written: the disk may be full")
        }
    }
}
