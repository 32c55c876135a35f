import Foundation
import JSON
import ONNX
import Training

/// One run: epochs of learning, each followed by a validation and a checkpoint.
struct TrainingRun {
    private let recipe: TrainingRecipe
    private let options: TrainerOptions
    private let reporter: Reporter
    private let output: OutputFolder
    private let plan: NetworkPlan
    private let network: TorchNetwork
    private let pictures: RunPictures
    private var checkpoint: Checkpoint?
    /// Weights of the model that the run starts from.
    private var initial: NetworkWeights?

    /// Reads the pictures and builds the network, or takes it up from a checkpoint.
    init(recipe: TrainingRecipe, options: TrainerOptions, reporter: Reporter) throws(TrainerFailure) {
        (self.recipe, self.options, self.reporter) = (recipe, options, reporter)
        output = try OutputFolder(options.output)
        pictures = try RunPictures(recipe: recipe, folder: options.data, scratch: options.output)
        plan = NetworkPlan(recipe: recipe, classes: pictures.classes.count)
        if let problem = plan.problem { throw TrainerFailure(code: .badData, message: problem) }
        try TorchNetwork.seed(UInt64(bitPattern: Int64(recipe.seed)))
        network = try TorchNetwork(plan)
        initial = try options.initial.map { file throws(TrainerFailure) in try Self.weights(of: file, for: plan) }
        if let initial { try network.restore(initial.tensors) }
        guard options.resumes, let bytes = output.read("checkpoint.bin") else { return }
        guard let saved = Checkpoint(decoding: bytes) else {
            throw TrainerFailure(code: .badData, message: "checkpoint.bin is damaged: remove it to start anew")
        }
        guard saved.recipe == recipe.json, saved.classes == pictures.classes else {
            throw TrainerFailure(
                code: .badData,
                message: "checkpoint.bin comes from another recipe or other classes: remove it to start anew")
        }
        try network.restore(saved.state)
        checkpoint = saved
    }

    private static func weights(of file: URL, for plan: NetworkPlan) throws(TrainerFailure) -> NetworkWeights {
        guard let bytes = try? Data(contentsOf: file) else {
            throw TrainerFailure(code: .badData, message: "the initial model cannot be read")
        }
        do {
            return try plan.weights(of: ONNXModel(decoding: [UInt8](bytes)))
        } catch {
            throw TrainerFailure(
                code: .badData, message: "the initial model is not of the recipe's layers: \(error)")
        }
    }

    /// Runs to the end, or until asked to stop.
    mutating func run() throws(TrainerFailure) -> ExitCode {
        reporter.report(
            .started(
                .init(
                    name: recipe.name, classes: pictures.classes, counts: pictures.counts, plan: plan,
                    epochs: recipe.epochs, stepsPerEpoch: pictures.source.stepsPerEpoch,
                    epochsDone: checkpoint?.epoch ?? 0)))
        for message in pictures.warnings { reporter.report(.warning(message)) }
        try output.write(recipe.json.bytes(style: .pretty), as: "recipe.json")
        try output.write(pictures.heldBack.json.bytes(style: .pretty), as: "validation.json")
        while (checkpoint?.epoch ?? 0) < recipe.epochs, !isPatienceOver {
            guard let saved = try runEpoch() else {
                reporter.report(.stopped(epoch: checkpoint?.epoch ?? 0))
                return .stopped
            }
            checkpoint = saved
        }
        try finish()
        return .finished
    }

    private var isPatienceOver: Bool {
        guard let checkpoint, recipe.validation.patience > 0 else { return false }
        return checkpoint.epoch - checkpoint.bestEpoch >= recipe.validation.patience
    }

    /// Learns from every picture once, judges, and saves.
    ///
    /// - Returns: the state afterwards; nil if asked to stop before the epoch's end.
    private func runEpoch() throws(TrainerFailure) -> Checkpoint? {
        let number = (checkpoint?.epoch ?? 0) + 1
        let start = ContinuousClock.now
        guard let learned = try learn(epoch: number) else { return nil }
        let seconds = (ContinuousClock.now - start).seconds
        let weights = try network.weights()
        let evaluation = try evaluate(pictures.validation)
        let isBest = checkpoint.map { evaluation.isBetter(than: $0.best) } ?? true
        let total = (checkpoint?.seconds ?? 0) + (ContinuousClock.now - start).seconds
        var saved = Checkpoint(
            epoch: number, bestEpoch: isBest ? number : checkpoint?.bestEpoch ?? number,
            best: isBest ? evaluation : checkpoint?.best ?? evaluation, seconds: total, recipe: recipe.json,
            classes: pictures.classes, state: try network.state(),
            bestWeights: isBest ? weights : checkpoint?.bestWeights ?? weights)
        saved.plateau = checkpoint?.plateau ?? PlateauSchedule()
        saved.plateau.note(loss: evaluation.loss, recipe: recipe.optimizer)
        reporter.report(
            .epoch(
                .init(
                    number: number, of: recipe.epochs, learningRate: learned.learningRate,
                    training: (learned.loss, learned.accuracy), validation: evaluation, seconds: seconds,
                    pictures: learned.pictures, isBest: isBest)))
        if isBest { try output.write(try model(weights).encoded(), as: "model.onnx") }
        try output.write(saved.encoded(), as: "checkpoint.bin")
        reporter.report(.checkpoint(epoch: number))
        return saved
    }

    /// What an epoch of learning amounted to.
    private struct Learned {
        var loss = 0.0
        var correct = 0
        var pictures = 0
        var learningRate = 0.0

        var accuracy: Double { Double(correct) / Double(max(1, pictures)) }
    }

    private func learn(epoch: Int) throws(TrainerFailure) -> Learned? {
        // Dropout of an epoch is the same whether or not the run was interrupted before it.
        try TorchNetwork.seed(UInt64(bitPattern: Int64(recipe.seed)) &+ UInt64(epoch) &* 0x9E37_79B9)
        let queue = BatchQueue(pictures.source.batches(epoch: epoch))
        defer { queue.cancel() }
        let steps = pictures.source.stepsPerEpoch
        var learned = Learned()
        var lastReport = ContinuousClock.now
        var step = 0
        while let batch = queue.next() {
            guard !StopSignal.isReceived else { return nil }
            learned.learningRate =
                (checkpoint?.plateau.part ?? 1)
                * recipe.optimizer.learningRate(step: (epoch - 1) * steps + step, of: recipe.epochs * steps)
            let result = try network.train(
                batch, learningRate: learned.learningRate, optimizer: recipe.optimizer)
            guard result.loss.isFinite else {
                throw TrainerFailure(
                    code: .failed,
                    message: "learning diverged in epoch \(epoch): the loss is not a number any more; "
                        + "try a learning rate below \(recipe.optimizer.learningRate)")
            }
            step += 1
            learned.loss += (result.loss - learned.loss) / Double(step)
            learned.correct += result.correct
            learned.pictures += batch.labels.count
            if ContinuousClock.now - lastReport > .seconds(1) {
                lastReport = .now
                reporter.report(.progress(epoch: epoch, step: step, steps: steps, loss: result.loss))
            }
        }
        return learned
    }

    private func evaluate(_ samples: SampleSource.Fixed) throws(TrainerFailure) -> Evaluation {
        Evaluation(scores: try network.scores(samples), labels: samples.labels, classes: plan.classes)
    }

    private func model(_ weights: NetworkWeights) throws(TrainerFailure) -> ONNXModel {
        do {
            return try plan.export(
                weights, name: recipe.name, classes: pictures.classes,
                metadata: [("recipe", recipe.json.text())])
        } catch {
            throw TrainerFailure(code: .failed, message: "\(error)")
        }
    }

    /// Judges the best weights on everything there is and writes the results.
    private func finish() throws(TrainerFailure) {
        guard let checkpoint else { throw TrainerFailure(code: .failed, message: "no epoch was run") }
        try network.restore(checkpoint.bestWeights.tensors)
        let file = try model(checkpoint.bestWeights).encoded()
        try output.write(file, as: "model.onnx")
        var evaluations: [(name: String, evaluation: Evaluation)] = []
        for (name, samples) in pictures.judges() { evaluations.append((name, try evaluate(samples))) }
        if options.probes > 0 { try writeProbes() }
        if let initial {
            try network.restore(initial.tensors)
            evaluations.append(("initial", try evaluate(pictures.judges()[0].samples)))
        }
        let metrics = TrainingMetrics(
            bestEpoch: checkpoint.bestEpoch, epochs: checkpoint.epoch, seconds: checkpoint.seconds,
            parameters: plan.parameters, multiplications: plan.multiplications, fileSize: file.count,
            evaluations: evaluations)
        try output.write(metrics.json.bytes(style: .pretty), as: "metrics.json")
        reporter.report(.finished(metrics))
    }

    /// Samples with the scores libtorch gives them, to hold another engine's results against.
    private func writeProbes() throws(TrainerFailure) {
        let samples = pictures.validation.prefix(options.probes)
        let scale: Float = recipe.input.values == .bytes ? 255 : 1
        let probe: JSONValue = [
            "shape": [samples.count, plan.input.height, plan.input.width, plan.input.channels].json,
            "inputs": .array(samples.pixels.map { .number(Double($0 * scale)) }),
            "scores": .array(try network.scores(samples).map { .number(Double($0)) }),
        ]
        try output.write(probe.bytes(), as: "probe.json")
    }
}

extension Duration {
    fileprivate var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
