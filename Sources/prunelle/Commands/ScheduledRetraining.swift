import Foundation
import JSON
import Pets
import Retraining

/// A retraining that nobody watches: settings from variables and a file, a journal, and exit codes for cron.
struct ScheduledRetraining {
    private let arguments: Arguments

    private static let name = "prunelle.retrain"

    init(_ arguments: Arguments) {
        self.arguments = arguments
    }

    /// Does what the settings and the feedback ask for.
    ///
    /// - Throws: `Exit` with status 1 where it failed, 2 where it was skipped.
    func run() async throws {
        let logs = URL(filePath: "logs", directoryHint: .isDirectory)
        var settings = PetRetrainingSettings()
        settings.cleansUp = true
        var warning: String?
        do {
            try settings.read(environment: ProcessInfo.processInfo.environment)
            warning = try readFile(&settings)
        } catch let error as RetrainingError {
            try? RunJournal(logs, name: Self.name).note(.error, error.reason)
            throw Exit(status: 1, message: error.reason)
        }
        let journal: RunJournal
        do throws(RetrainingError) {
            journal = try RunJournal(logs, name: Self.name, minimum: settings.logLevel) { line in
                FileHandle.standardError.write(Data("\(line)\n".utf8))
            }
        } catch {
            throw Exit(status: 1, message: error.reason)
        }
        journal.note(.info, "the scheduled retraining begins, with \(settings.json.text())")
        if let warning { journal.note(.warning, warning) }
        try await run(settings, journal)
    }

    private func run(_ settings: PetRetrainingSettings, _ journal: RunJournal) async throws {
        do {
            if arguments.has("check-only") {
                let (statistics, obstacles) = try await RetrainingShelf.with(arguments) { shelf in
                    try await PetRetraining(settings, tools: shelf.tools).check()
                }
                journal.note(.info, "feedback: \(statistics.json.text())")
                journal.note(.info, obstacles.isEmpty ? "training is due" : obstacles.joined(separator: "; "))
                return
            }
            let isSimulated = arguments.has("dry-run")
            let result = try await RetrainingShelf.with(arguments) { shelf in
                let retraining = PetRetraining(settings, tools: shelf.tools)
                return await Command.stoppable {
                    await retraining.run(isSimulated: isSimulated) { journal.note($0, $1) }
                }
            }
            try finish(result.json, settings, journal)
        } catch let exit as Exit where exit.message != nil {
            let result = PetRetrainingResult.failed(exit.message ?? "")
            try finish(result.json, settings, journal)
        }
    }

    private func finish(_ result: JSONValue, _ settings: PetRetrainingSettings, _ journal: RunJournal) throws {
        let status = result["status"]?.stringValue ?? ""
        let detail = result["error"] ?? result["reason"] ?? result["deployment_status"]
        journal.note(
            status == "failed" ? .error : .info, "\(status): \(detail?.stringValue ?? "")")
        do throws(RetrainingError) {
            try journal.record(config: settings.json, results: result)
        } catch {
            journal.note(.error, error.reason)
            throw Exit(status: 1)
        }
        switch status {
        case "failed": throw Exit(status: 1)
        case "skipped": throw Exit(status: 2)
        default: return
        }
    }

    /// Reads the configuration file; one that is not there is remarked on only, as in the original.
    private func readFile(_ settings: inout PetRetrainingSettings) throws -> String? {
        guard let path = arguments["config"] else { return nil }
        guard let bytes = FileManager.default.contents(atPath: path) else {
            return "the configuration file is not there; variables and defaults count"
        }
        let json: JSONValue
        do {
            json = try JSONValue(parsing: bytes)
        } catch {
            throw RetrainingError("the configuration is no JSON: \(error)")
        }
        try settings.read(file: json)
        return nil
    }
}
