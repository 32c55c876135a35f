import Application
import Foundation
import JSON
import Training

extension Command {
    static let train = Command(
        name: "train", summary: "Train a model from labelled pictures.",
        discussion: """
            Runs prunelle-trainer, which lies beside this program, and shows its progress. The recipe of an app that has
            one is used unless another is given. Pictures are a folder for each class, or the MNIST files that
            'scripts/fetch-mnist' brings to '.deps/mnist'. The same recipe and seed give the same model on the same
            machine. Ctrl-C stops after the present step; '--resume' goes on from there.
            """,
        examples: [
            "prunelle train digits", "prunelle train digits --pictures my-digits --out runs/mine",
            "prunelle train pets --pictures PetImages",
            "prunelle models import runs/mine/model.onnx --name mine --default",
        ],
        arguments: [.init(name: "APP", summary: "The app whose recipe is used.")],
        options: [
            .init(name: "pictures", value: "DIR", summary: "What to learn from (digits: .deps/mnist)."),
            .init(name: "recipe", value: "FILE", summary: "Another recipe, as JSON."),
            .init(name: "out", value: "DIR", summary: "Where the model and its figures go (runs/APP)."),
            .init(name: "threads", value: "N", summary: "Threads of the arithmetic (processors - 1)."),
            .init(name: "resume", summary: "Go on from the last epoch of an earlier run in --out."),
            .init(name: "json", summary: "Progress as JSON lines."),
        ],
        run: { arguments in
            let app = try Apps.named(arguments.positional[0]).card.name
            let job = try job(arguments, app: app)
            let run = try TrainerProcess().start(job)
            let signals = TerminationSignals()
            let stopper = Task {
                await signals.first()
                run.stop()
            }
            defer { stopper.cancel() }
            try await show(run, asJSON: arguments.has("json"), output: job.output)
        })

    private static func job(_ arguments: Arguments, app: String) throws -> TrainerProcess.Job {
        let home = try ServerSettings.read().home
        let files = try InstalledFiles.find(home: home)
        // The second name is for an app whose starter is not trained by a recipe.
        let own = ["recipe.json", "recipe-cnn.json"].compactMap { files.models?.appending(path: "\(app)/\($0)") }
            .first { FileManager.default.fileExists(atPath: $0.path) }
        guard let recipeFile = arguments["recipe"].map({ URL(filePath: $0) }) ?? own,
            let text = FileManager.default.contents(atPath: recipeFile.path)
        else {
            throw Exit.noInput(
                arguments["recipe"].map { "there is no file '\($0)'" } ?? "there is no recipe for \(app); give --recipe"
            )
        }
        let recipe: TrainingRecipe
        do {
            recipe = try TrainingRecipe(JSONValue(parsing: text))
        } catch {
            throw Exit.data("the recipe cannot be used: \(error)")
        }
        guard app == "digits" || arguments["pictures"] != nil else {
            throw Exit.usage("name a folder of pictures with --pictures, with a folder for each class")
        }
        let pictures = URL(filePath: arguments["pictures"] ?? ".deps/mnist", directoryHint: .isDirectory)
        let mark = arguments["pictures"] == nil ? pictures.appending(path: "complete") : pictures
        guard FileManager.default.fileExists(atPath: mark.path) else {
            throw Exit.noInput(
                arguments["pictures"].map { "there is no folder '\($0)'" }
                    ?? "there are no pictures in .deps/mnist: run scripts/fetch-mnist, or name a folder with --pictures"
            )
        }
        var job = TrainerProcess.Job(
            recipe: recipe, data: pictures,
            output: URL(filePath: arguments["out"] ?? "runs/\(app)", directoryHint: .isDirectory))
        job.resumes = arguments.has("resume")
        if let text = arguments["threads"] {
            guard let threads = Int(text), (1...256).contains(threads) else {
                throw Exit.usage("--threads must be from 1 to 256, is '\(text)'")
            }
            job.threads = threads
        }
        return job
    }

    private static func show(_ run: TrainerRun, asJSON: Bool, output: URL) async throws {
        var bar = ProgressBar()
        do {
            for try await event in run.events {
                if asJSON {
                    print(event.json.text())
                    continue
                }
                switch event {
                case .started(let start):
                    bar.say(
                        "\(start.name): \(start.trainingPictures) pictures to learn, \(start.validationPictures) to check, "
                            + "\(start.testPictures) to test; \(start.parameters) parameters")
                case .warning(let message): bar.say("warning: \(message)")
                case .progress(let epoch, let step, let steps, let loss):
                    bar.show(
                        "epoch \(epoch)", fraction: Double(step) / Double(max(steps, 1)), note: "loss \(rounded(loss))")
                case .epoch(let epoch):
                    bar.say(
                        "epoch \(epoch.number) of \(epoch.count): \(rounded(epoch.validationAccuracy * 100)) % right on the "
                            + "checking pictures, loss \(rounded(epoch.validationLoss)), \(rounded(epoch.seconds)) s"
                            + (epoch.isBest ? " (best so far)" : ""))
                case .checkpoint: break
                case .finished(let metrics):
                    for (name, evaluation) in metrics.evaluations {
                        bar.say("\(name): \(rounded(evaluation.accuracy * 100)) % of \(evaluation.count) right")
                    }
                    bar.say("written: \(output.relativePath)/model.onnx (\(metrics.fileSize) bytes)")
                case .stopped(let epoch): bar.say("stopped after epoch \(epoch); go on with --resume")
                case .failed: break
                }
                if case .stopped = event { throw Exit(status: 75) }
            }
        } catch let error as TrainerError {
            throw Exit.software("\(error)")
        }
    }

    private static func rounded(_ value: Double) -> String {
        String((value * 1000).rounded() / 1000)
    }
}
