import Foundation
import Inference
import JSON
import ModelFiles
import ONNX
import Observability
import Registry
import Retraining
import Storage
import Training

/// One run of the trainer and what follows from it.
struct PetRetrainingRun {
    let settings: PetRetrainingSettings
    let tools: PetRetraining.Tools
    let gate: DeploymentGate
    let report: @Sendable (RunJournal.Level, String) -> Void

    private static let app = "pets"

    /// Trains, judges and deploys. For the holder of the lock.
    func run() async throws -> (values: PetRetrainingResult.Completion, stamp: String) {
        tools.models.removeUnfinishedRuns()
        let stamp = tools.models.stamp()
        let folder = tools.models.run(stamp)
        defer { tools.models.removeUnfinishedRuns() }
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw RetrainingError("the folder of models cannot be written")
        }
        let answering = try await answeringModel()
        let backup = answering?.version.file.map { tools.models.backup(stamp, of: $0.name) }
        if let backup, let file = answering?.version.file { try await tools.graphs.export(file.hash, to: backup) }
        do {
            return (try await completion(stamp, folder, answering), stamp)
        } catch {
            // Nothing was changed that anybody could want back, and a run that fails every night must not fill the disk.
            if let backup { try? FileManager.default.removeItem(at: backup) }
            throw error
        }
    }

    /// Trains and judges, and deploys what is better.
    private func completion(
        _ stamp: String, _ folder: URL, _ answering: LiveModel?
    ) async throws -> PetRetrainingResult.Completion {
        let initial = try await weights(of: answering, in: folder)
        let trained = try await train(folder, from: initial)

        let file = tools.models.model(stamp)
        try place(folder.appending(path: "model.onnx"), at: file)
        var version = try version(of: file, stamp)
        let candidate = try await tools.live.standby(version, file: file)
        let held = try heldBack(folder)
        let new = try await judge(candidate, on: held)
        let old = try await answering.asyncMap { try await judge($0, on: held) }
        var completion = PetRetrainingResult.Completion(
            isDeployed: gate.admits(new.accuracy, over: old?.accuracy), epochs: settings.epochs,
            accuracy: new.accuracy, loss: new.meanLoss, oldAccuracy: old?.accuracy ?? 0, pictures: new.count,
            startedFromAnswering: initial != nil, modelName: file.lastPathComponent, history: trained)
        if completion.isDeployed {
            version.metrics = [
                "accuracy": .number(new.accuracy), "loss": .number(new.meanLoss), "pictures": .integer(new.count),
                "accuracy_before": .number(completion.oldAccuracy),
            ]
            try await tools.live.add(version, file: file, handover: .copying, as: .default)
            completion.version = version.id.description
        }
        return completion
    }

    /// Writes the figures of a run.
    func write(_ result: PetRetrainingResult, _ stamp: String) throws {
        do {
            try Data(result.json.bytes(style: .pretty)).write(to: tools.models.metrics(stamp), options: .atomic)
        } catch {
            throw RetrainingError("the figures of the run cannot be written: the disk may be full")
        }
    }

    /// The model that answers; nil where there is none that can be used.
    private func answeringModel() async throws -> LiveModel? {
        do {
            if let live = try await tools.live.current() { return live }
            report(.warning, "no model answers; a new one is trained")
        } catch let error as RegistryError {
            report(.warning, "the model that answers cannot be used: \(error)")
        } catch let error as InferenceError {
            report(.warning, "the model that answers cannot be used: \(error)")
        }
        return nil
    }

    /// The file of weights to start from; nil where the answering model has other layers.
    private func weights(of answering: LiveModel?, in folder: URL) async throws -> URL? {
        guard let version = answering?.version, let hash = version.file?.hash else { return nil }
        let graph = try await tools.graphs.withGraph(of: hash, statement: version.statement) { graph in
            try [UInt8](Data(contentsOf: graph.file))
        }
        do {
            _ = try NetworkPlan(recipe: tools.recipe, classes: 2).weights(of: ONNXModel(decoding: graph))
        } catch {
            report(.warning, "the model that answers has other layers, learning starts anew: \(error)")
            return nil
        }
        let file = folder.appending(path: "initial.onnx")
        try Data(graph).write(to: file)
        return file
    }

    /// The recipe with the settings of the run.
    private var recipe: TrainingRecipe {
        var recipe = tools.recipe
        recipe.epochs = settings.epochs
        recipe.optimizer.learningRate = settings.learningRate
        recipe.optimizer.schedule = .plateau
        (recipe.optimizer.plateauFactor, recipe.optimizer.plateauPatience) = (0.5, 1)
        recipe.optimizer.leastLearningRate = 1e-7
        recipe.validation.patience = 2
        return recipe
    }

    private func train(_ folder: URL, from initial: URL?) async throws -> [PetRetrainingResult.Epoch] {
        var job = TrainerProcess.Job(recipe: recipe, data: tools.photos, output: folder)
        (job.initial, job.threads) = (initial, tools.threads)
        let run = try tools.trainer.start(job)
        do {
            return try await follow(run)
        } catch {
            // What it writes is taken away once it writes no more.
            run.stop()
            await run.ended()
            throw error
        }
    }

    /// Tells how a training goes, to its end.
    private func follow(_ run: TrainerRun) async throws -> [PetRetrainingResult.Epoch] {
        var history: [PetRetrainingResult.Epoch] = []
        for try await event in run.events {
            switch event {
            case .started(let start):
                guard start.classes.map({ $0.lowercased() }) == ["cat", "dog"] else {
                    throw RetrainingError(
                        "the folder of photos must hold the folders Cat and Dog, it holds "
                            + start.classes.joined(separator: ", "))
                }
                report(
                    .info,
                    "\(start.trainingPictures) photos to learn from, \(start.validationPictures) to judge by")
            case .warning(let message): report(.debug, message)
            case .epoch(let epoch):
                history.append(
                    .init(
                        accuracy: epoch.trainingAccuracy, validationAccuracy: epoch.validationAccuracy,
                        loss: epoch.trainingLoss, validationLoss: epoch.validationLoss))
                report(
                    .info,
                    "epoch \(epoch.number) of \(epoch.count): right \(epoch.validationAccuracy), "
                        + "loss \(epoch.validationLoss), learning rate \(epoch.learningRate)")
            case .stopped: throw RetrainingError("the training was stopped")
            case .progress, .checkpoint, .finished, .failed: continue
            }
        }
        // The stream ends early without an error only when this task is cancelled.
        try Task.checkCancellation()
        return history
    }

    /// Moves a finished file to its place, where it is either whole or not at all.
    private func place(_ source: URL, at target: URL) throws {
        do {
            try FileManager.default.moveItem(at: source, to: target)
        } catch {
            throw RetrainingError("the new model cannot be written to the folder of models")
        }
    }

    private func version(of file: URL, _ stamp: String) throws -> ModelVersion {
        let size = try FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int ?? 0
        return ModelVersion(
            id: .next(), app: Self.app, name: "Retrained \(stamp)", algorithm: "cnn", format: "onnx",
            origin: .training,
            file: ModelFile(
                hash: try ContentHash(ofFile: file), size: size, name: file.lastPathComponent,
                contentType: "application/octet-stream"),
            createdAt: .now)
    }

    private func heldBack(_ folder: URL) throws -> HeldBackPictures {
        let bytes = try Data(contentsOf: folder.appending(path: "validation.json"))
        guard let held = try HeldBackPictures(JSONValue(parsing: bytes)), !held.pictures.isEmpty else {
            throw RetrainingError("no photos were held back to judge the models by")
        }
        return held
    }

    private func judge(_ model: LiveModel, on held: HeldBackPictures) async throws -> PetJudgement {
        let judgement = try await PetJudgement.of(model, on: held, in: tools.photos, score: tools.score)
        report(
            .info,
            "'\(model.version.name)' tells \(judgement.right) of \(judgement.count) right (\(judgement.accuracy))")
        return judgement
    }
}

extension Optional {
    /// What a function makes of the value, if there is one.
    fileprivate func asyncMap<Result>(_ body: (Wrapped) async throws -> Result) async rethrows -> Result? {
        guard let self else { return nil }
        return try await body(self)
    }
}
