import Application
import Foundation
import JSON
import Observability
import Pets
import Retraining
import Storage
import Training

extension Command {
    static let retrain = Command(
        name: "retrain", summary: "Train a model again when people disagree with it.",
        discussion: """
            Looks at the feedback of the last days; if it asks for training, learning goes on from the answering model's
            weights on the folders Cat and Dog of --pictures. The new model answers only if it tells clearly more of the
            pictures held back; 'models default --rollback' goes back. Files go to DATA/processed/models.

            With --scheduled, for cron: settings come from the variables RETRAIN_DAYS_BACK, RETRAIN_MIN_FEEDBACK,
            RETRAIN_MIN_NEGATIVE, RETRAIN_MIN_POSITIVE_RATE, RETRAIN_EPOCHS, RETRAIN_LEARNING_RATE, RETRAIN_CLEANUP (true),
            RETRAIN_LOG_LEVEL (INFO) and RETRAIN_FORCE (false), then from --config; logs/retrain_scheduler.log and
            logs/retrain_executions.jsonl tell what happened; exit codes: 0 done, 1 failed, 2 skipped.
            """,
        examples: [
            "prunelle retrain pets --dry-run", "prunelle retrain pets --force --epochs 10 --pictures PetImages",
            "prunelle retrain pets --scheduled --config retrain.json",
        ],
        arguments: [.init(name: "APP", summary: "The app whose model is trained: pets.")],
        options: [
            .init(name: "days-back", value: "N", summary: "Days whose feedback counts (30)."),
            .init(name: "min-feedback", value: "N", summary: "Fewest feedbacks (100)."),
            .init(name: "min-negative-feedback", value: "N", summary: "Fewest negative feedbacks (20)."),
            .init(name: "min-positive-rate", value: "R", summary: "The positive rate below which to train (0.7)."),
            .init(name: "epochs", value: "N", summary: "How often every picture is seen, at most (5)."),
            .init(name: "learning-rate", value: "R", summary: "How large the steps are (0.0001)."),
            .init(name: "force", summary: "Train whatever the feedback says."),
            .init(name: "dry-run", summary: "Only say what would be done."),
            .init(name: "cleanup", summary: "Keep only the last five trained models and figures after the run."),
            .init(name: "history", summary: "Show the runs there were."),
            .init(name: "scheduled", summary: "For cron: see above."),
            .init(name: "config", value: "FILE", summary: "With --scheduled: settings as JSON."),
            .init(name: "check-only", summary: "With --scheduled: only look at the feedback."),
            .init(name: "pictures", value: "DIR", summary: "Folder of Cat and Dog (TEMP_DIR/PetImages)."),
            .init(name: "threads", value: "N", summary: "Threads of the arithmetic (processors - 1)."),
            .init(name: "data", value: "DIR", summary: "Folder of the server's data (./data)."),
            .init(name: "json", summary: "The result as JSON."),
        ],
        run: { arguments in
            guard try Apps.named(arguments.positional[0]) is PetsApp.Type else {
                throw Exit.usage("'\(arguments.positional[0])' has nothing to train again; pets has")
            }
            if arguments.has("scheduled") { return try await ScheduledRetraining(arguments).run() }
            for option in ["config", "check-only"] where arguments.has(option) {
                throw Exit.usage("--\(option) goes with --scheduled")
            }
            var settings = PetRetrainingSettings()
            do throws(RetrainingError) {
                try settings.read(options: arguments.options)
            } catch {
                throw Exit.usage(error.reason)
            }
            try await retrain(settings, arguments)
        })

    private static func retrain(_ settings: PetRetrainingSettings, _ arguments: Arguments) async throws {
        if arguments.has("history") { return try showHistory(arguments) }
        let result = try await RetrainingShelf.with(arguments) { shelf in
            let retraining = PetRetraining(settings, tools: shelf.tools)
            return await stoppable {
                await retraining.run(isSimulated: arguments.has("dry-run")) { level, message in
                    if level >= .info { FileHandle.standardError.write(Data("\(message)\n".utf8)) }
                }
            }
        }
        if arguments.has("json") {
            print(result.json.text(style: .pretty))
        } else {
            print(result.lines.joined(separator: "\n"))
        }
        if case .failed = result.outcome { throw Exit(status: 1) }
    }

    private static func showHistory(_ arguments: Arguments) throws {
        let settings = try ServerSettings.read(flags: arguments.settingFlags)
        let history = try PetRetraining.Tools.folder(below: settings.data).history()
        if arguments.has("json") {
            print(JSONValue.array(history).text(style: .pretty))
            return
        }
        if history.isEmpty { print("no retraining yet") }
        for run in history {
            func text(_ key: String) -> String { run[key]?.stringValue ?? run[key]?.text() ?? "-" }
            print(
                "\(text("timestamp"))  \(text("status"))  \(text("deployment_status"))  accuracy \(text("final_accuracy")), "
                    + "improvement \(text("improvement")), \(text("feedback_count")) feedbacks")
        }
    }

    /// Runs a body whose task is cancelled by SIGTERM and SIGINT.
    static func stoppable<Value: Sendable>(_ body: @escaping @Sendable () async -> Value) async -> Value {
        let work = Task { await body() }
        let signals = TerminationSignals()
        let stopper = Task {
            await signals.first()
            work.cancel()
        }
        defer { stopper.cancel() }
        return await work.value
    }
}

extension PetRetrainingResult {
    /// What people read of a result.
    fileprivate var lines: [String] {
        var lines = ["status: \(status)"]
        if let counts = statistics?.counts {
            lines.append("feedback: \(counts.total), of which \(counts.negative) negative")
        }
        switch outcome {
        case .skipped(let reason), .failed(let reason): lines.append("reason: \(reason)")
        case .simulated: lines.append("the model would be trained")
        case .completed(let run):
            lines += [
                "deployment: \(run.isDeployed ? "deployed" : "not deployed: the gain is too small")",
                "accuracy: \(run.accuracy), before \(run.oldAccuracy), on \(run.pictures) pictures held back",
                "model: \(run.modelName)",
            ]
        }
        return lines
    }
}
