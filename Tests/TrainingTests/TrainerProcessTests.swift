import Foundation
import Inference
import JSON
import Tensors
import Testing
import Training

/// The real program on made-up pictures.
@Suite("The trainer", .serialized)
struct TrainerProcessTests {
    private let trainer = TrainerProcess(grace: .seconds(60))

    private func job(
        _ recipe: TrainingRecipe, data: TemporaryFolder, output: TemporaryFolder
    ) -> TrainerProcess.Job {
        var job = TrainerProcess.Job(recipe: recipe, data: data.url, output: output.url)
        job.threads = 1
        job.niceness = 0
        return job
    }

    private func events(_ run: TrainerRun) async throws -> [TrainingEvent] {
        var events: [TrainingEvent] = []
        for try await event in run.events { events.append(event) }
        return events
    }

    private func bytes(_ folder: TemporaryFolder, _ name: String) throws -> Data {
        try Data(contentsOf: folder.url.appending(path: name))
    }

    @Test("bars are learned, and the exported model gives the trainer's scores", .timeLimit(.minutes(10)))
    func endToEnd() async throws {
        let (data, output) = (try SamplePictures.barsFolder(), try TemporaryFolder())
        var job = job(SamplePictures.barsRecipe(), data: data, output: output)
        job.probes = 16
        let events = try await events(trainer.start(job))
        guard case .started(let start) = events.first, case .finished(let metrics) = events.last else {
            Issue.record("unexpected events: \(events)")
            return
        }
        #expect(start.classes == ["0", "1"])
        #expect((start.trainingPictures, start.validationPictures, start.testPictures) == (64, 16, 20))
        #expect(events.count { if case .epoch = $0 { true } else { false } } == 4)
        #expect(events.count { if case .checkpoint = $0 { true } else { false } } == 4)
        #expect(metrics["test"]?.accuracy == 1)
        #expect(try TrainingMetrics(JSONValue(parsing: bytes(output, "metrics.json"))) == metrics)
        #expect(try bytes(output, "model.onnx").count == metrics.fileSize)
        try await expectSameScores(output, count: 16)
    }

    /// Runs the probes through the engine that serves predictions.
    private func expectSameScores(_ output: TemporaryFolder, count: Int) async throws {
        let probe = try JSONValue(parsing: bytes(output, "probe.json"))
        let inputs = try #require(probe["inputs"]?.arrayValue).compactMap { $0.doubleValue.map { Float($0) } }
        let scores = try #require(probe["scores"]?.arrayValue).compactMap(\.doubleValue)
        let runtime = try InferenceRuntime()
        defer { runtime.stop() }
        let model = try await runtime.load(.bytes([UInt8](try bytes(output, "model.onnx"))), name: "bars")
        let answers = try await model.predict(Tensor(shape: [count, 12, 12, 1], values: inputs))[0]
        #expect(answers.shape == [count, 2])
        #expect(scores.count == 2 * count)
        for index in 0..<count {
            let odds = 1 / (1 + exp(scores[2 * index + 1] - scores[2 * index]))
            #expect(abs(Double(answers.values[2 * index]) - odds) < 1e-4)
        }
    }

    @Test("the same seed gives the same model, another seed another one", .timeLimit(.minutes(10)))
    func deterministic() async throws {
        let data = try SamplePictures.barsFolder()
        func model(seed: Int) async throws -> Data {
            let output = try TemporaryFolder()
            var recipe = SamplePictures.barsRecipe(epochs: 2)
            recipe.seed = seed
            _ = try await events(trainer.start(job(recipe, data: data, output: output)))
            return try bytes(output, "model.onnx")
        }
        let first = try await model(seed: 1)
        #expect(try await model(seed: 1) == first)
        #expect(try await model(seed: 2) != first)
    }

    @Test("a stopped run goes on to the model it would have made at once", .timeLimit(.minutes(10)))
    func resumed() async throws {
        let data = try SamplePictures.barsFolder()
        let (whole, parts) = (try TemporaryFolder(), try TemporaryFolder())
        let recipe = SamplePictures.barsRecipe(epochs: 40)
        _ = try await events(trainer.start(job(recipe, data: data, output: whole)))

        var partial = job(recipe, data: data, output: parts)
        let run = try trainer.start(partial)
        var last: TrainingEvent?
        for try await event in run.events {
            if case .checkpoint(1) = event { run.stop() }
            last = event
        }
        guard case .stopped(let epoch) = last else {
            Issue.record("expected the run to be stopped, it ended with \(String(describing: last))")
            return
        }
        #expect(epoch < 40)
        partial.resumes = true
        let rest = try await events(trainer.start(partial))
        guard case .started(let start) = rest.first else { return }
        #expect(start.epochsDone == epoch)
        #expect(try bytes(parts, "model.onnx") == bytes(whole, "model.onnx"))
        let ends = try [parts, whole].map { Checkpoint(decoding: [UInt8](try bytes($0, "checkpoint.bin"))) }
        #expect(ends[0] != nil && ends[0]?.state == ends[1]?.state)
    }

    @Test("a checkpoint of another recipe, or a damaged one, is not taken up", .timeLimit(.minutes(10)))
    func foreignCheckpoint() async throws {
        let (data, output) = (try SamplePictures.barsFolder(), try TemporaryFolder())
        var job = job(SamplePictures.barsRecipe(epochs: 1), data: data, output: output)
        _ = try await events(trainer.start(job))
        job.resumes = true
        job.recipe.seed = 99
        await #expect(
            throws: TrainerError.failed(
                "checkpoint.bin comes from another recipe or other classes: remove it to start anew")
        ) { try await events(trainer.start(job)) }
        try output.write([1, 2, 3], at: "checkpoint.bin")
        await #expect(throws: TrainerError.failed("checkpoint.bin is damaged: remove it to start anew")) {
            try await events(trainer.start(job))
        }
    }

    @Test("a run ends when its listener goes away", .timeLimit(.minutes(10)))
    func abandoned() async throws {
        let (data, output) = (try SamplePictures.barsFolder(), try TemporaryFolder())
        let run = try trainer.start(job(SamplePictures.barsRecipe(epochs: 10_000), data: data, output: output))
        let listening = Task {
            for try await event in run.events {
                if case .checkpoint = event { withUnsafeCurrentTask { $0?.cancel() } }
            }
        }
        try await listening.value
        defer { if Task.isCancelled { kill(run.processIdentifier, SIGKILL) } }
        while kill(run.processIdentifier, 0) == 0, !Task.isCancelled { await Task.yield() }
        #expect(!Task.isCancelled, "the trainer went on until the time limit")
    }

    @Test("early stopping ends a run that gets no better", .timeLimit(.minutes(10)))
    func patience() async throws {
        let (data, output) = (try SamplePictures.barsFolder(), try TemporaryFolder())
        var recipe = SamplePictures.barsRecipe(epochs: 200)
        recipe.validation.patience = 3
        // So small a rate changes nothing that validation could see for the better.
        recipe.optimizer.learningRate = 1e-7
        recipe.network.batchNorm = false
        guard
            case .finished(let metrics) = try await events(trainer.start(job(recipe, data: data, output: output))).last
        else {
            Issue.record("the run did not finish")
            return
        }
        #expect(metrics.epochs < 200)
        #expect(metrics.epochs - metrics.bestEpoch == 3)
    }

    @Test("pictures that cannot be used end the run with the reason", .timeLimit(.minutes(10)))
    func badData() async throws {
        let (data, output) = (try TemporaryFolder(), try TemporaryFolder())
        try data.write([0, 0, 8], at: "train-images-idx3-ubyte")
        let message = "train-images-idx3-ubyte is no IDX file of unsigned bytes: its magic number is missing"
        await #expect(throws: TrainerError.failed(message)) {
            try await events(trainer.start(job(SamplePictures.barsRecipe(), data: data, output: output)))
        }
    }

    /// A program in the trainer's place.
    private func stand(in folder: TemporaryFolder, script: String) throws -> TrainerProcess {
        let file = try folder.write(Array("#!/bin/sh\n\(script)\n".utf8), at: "trainer")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
        return TrainerProcess(executable: file, grace: .milliseconds(200))
    }

    @Test("a crash is told with its signal and the last words", .timeLimit(.minutes(10)))
    func crash() async throws {
        let folder = try TemporaryFolder()
        let crashing = try stand(
            in: folder, script: #"echo '{"event":"checkpoint","epoch":1}'; echo 'out of luck' >&2; kill -SEGV $$"#)
        let run = try crashing.start(job(SamplePictures.barsRecipe(), data: folder, output: folder))
        var seen: [TrainingEvent] = []
        let error = try await #require(throws: TrainerError.self) {
            for try await event in run.events { seen.append(event) }
        }
        #expect(error == .crashed(signal: SIGSEGV, lastWords: "out of luck"))
        #expect(seen == [.checkpoint(epoch: 1)])
    }

    @Test(
        "an end without a word is an error, whatever the code", .timeLimit(.minutes(10)), arguments: [0, 3] as [Int32])
    func silentEnd(code: Int32) async throws {
        let folder = try TemporaryFolder()
        let silent = try stand(in: folder, script: "echo noise; exit \(code)")
        await #expect(throws: TrainerError.ended(code: code, lastWords: "")) {
            try await events(silent.start(job(SamplePictures.barsRecipe(), data: folder, output: folder)))
        }
    }

    @Test("a trainer that does not stop when asked to is killed", .timeLimit(.minutes(10)))
    func stubborn() async throws {
        let folder = try TemporaryFolder()
        let deaf = try stand(
            in: folder, script: #"trap '' TERM; echo '{"event":"checkpoint","epoch":1}'; while :; do :; done"#)
        let run = try deaf.start(job(SamplePictures.barsRecipe(), data: folder, output: folder))
        let error = try await #require(throws: TrainerError.self) { for try await _ in run.events { run.stop() } }
        #expect(error == .killed)
    }

    @Test("a program that is not there is told by name")
    func missing() throws {
        let folder = try TemporaryFolder()
        let missing = TrainerProcess(executable: folder.url.appending(path: "prunelle-trainer"))
        #expect(throws: TrainerError.notStarted("the program prunelle-trainer is missing or cannot be executed")) {
            try missing.start(job(SamplePictures.barsRecipe(), data: folder, output: folder))
        }
    }
}
