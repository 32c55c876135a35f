import Foundation
import Inference
import JSON
import ONNX
import Tensors
import Testing
import Training

/// The real program on colour pictures in class folders.
@Suite("Training on colour pictures", .serialized)
struct ColourTrainingTests {
    private func run(
        _ recipe: TrainingRecipe, _ data: TemporaryFolder, _ output: TemporaryFolder, initial: URL? = nil,
        resumes: Bool = false, stopAfter: Int? = nil
    ) async throws -> [TrainingEvent] {
        var job = TrainerProcess.Job(recipe: recipe, data: data.url, output: output.url)
        (job.threads, job.niceness, job.probes, job.initial, job.resumes) = (1, 0, 8, initial, resumes)
        let run = try TrainerProcess(grace: .seconds(60)).start(job)
        var events: [TrainingEvent] = []
        for try await event in run.events {
            if case .checkpoint(stopAfter) = event { run.stop() }
            events.append(event)
        }
        return events
    }

    private func metrics(_ events: [TrainingEvent]) throws -> TrainingMetrics {
        guard case .finished(let metrics) = events.last else {
            throw TrainerError.failed("the run did not finish: \(events)")
        }
        return metrics
    }

    private func json(_ folder: TemporaryFolder, _ name: String) throws -> JSONValue {
        try JSONValue(parsing: Data(contentsOf: folder.url.appending(path: name)))
    }

    @Test("shapes are learned, and the engine gives the trainer's probabilities", .timeLimit(.minutes(10)))
    func endToEnd() async throws {
        let (data, output) = (try SampleShapes.folder(count: 60), try TemporaryFolder())
        let metrics = try metrics(await run(SampleShapes.recipe(epochs: 6), data, output))
        let validation = try #require(metrics["validation"])
        #expect(validation.accuracy > 0.9)
        let held = try #require(try HeldBackPictures(json(output, "validation.json")))
        #expect(held.classes == ["Cat", "Dog"])
        #expect(held.pictures.count == validation.count)
        #expect(held.pictures.allSatisfy { $0.name.hasPrefix(held.classes[$0.label] + "/") })
        #expect(
            try output.names() == [
                "checkpoint.bin", "metrics.json", "model.onnx", "probe.json", "recipe.json", "validation.json",
            ])

        let probe = try json(output, "probe.json")
        let inputs = try #require(probe["inputs"]?.arrayValue).compactMap { $0.doubleValue.map { Float($0) } }
        let scores = try #require(probe["scores"]?.arrayValue).compactMap(\.doubleValue)
        #expect(inputs.contains { $0 > 2 }, "the model takes 0…255")
        let runtime = try InferenceRuntime()
        defer { runtime.stop() }
        let file = [UInt8](try Data(contentsOf: output.url.appending(path: "model.onnx")))
        let model = try await runtime.load(.bytes(file), name: "shapes")
        let answers = try await model.predict(Tensor(shape: [8, 32, 32, 3], values: inputs))[0]
        #expect(answers.shape == [8, 1])
        #expect(scores.count == 16)
        for index in 0..<8 {
            let dog = 1 / (1 + exp(scores[2 * index] - scores[2 * index + 1]))
            #expect(abs(Double(answers.values[index]) - dog) < 1e-4)
        }
    }

    @Test("a run starts from a model's weights and tells how good they were", .timeLimit(.minutes(10)))
    func warmStart() async throws {
        let data = try SampleShapes.folder(count: 40)
        let (first, second) = (try TemporaryFolder(), try TemporaryFolder())
        let learned = try metrics(await run(SampleShapes.recipe(epochs: 4), data, first))
        var recipe = SampleShapes.recipe(epochs: 1)
        recipe.optimizer.learningRate = 1e-7
        let file = first.url.appending(path: "model.onnx")
        let continued = try metrics(await run(recipe, data, second, initial: file))
        #expect(continued["initial"] == learned["validation"])
        // So small a rate changes next to nothing: what comes out is what went in.
        let plan = NetworkPlan(recipe: recipe, classes: 2)
        let weights = try [file, second.url.appending(path: "model.onnx")].map {
            try plan.weights(of: ONNXModel(decoding: [UInt8](Data(contentsOf: $0))))
        }
        for (name, tensor) in weights[0].tensors {
            let other = try #require(weights[1].tensors[name])
            #expect(zip(tensor.values, other.values).allSatisfy { abs($0 - $1) < 1e-4 }, "\(name)")
        }
    }

    @Test("a model of other layers does not start a run", .timeLimit(.minutes(10)))
    func foreignStart() async throws {
        let data = try SampleShapes.folder(count: 10)
        let (first, second) = (try TemporaryFolder(), try TemporaryFolder())
        var recipe = SampleShapes.recipe(epochs: 1)
        _ = try await run(recipe, data, first)
        recipe.network.blocks[1].width = 13
        let error = try await #require(throws: TrainerError.self) {
            try await run(recipe, data, second, initial: first.url.appending(path: "model.onnx"))
        }
        let message =
            "the initial model is not of the recipe's layers: layer 3 has no weights of the shape [13, 8, 3, 3]"
        #expect(error == .failed(message))
    }

    @Test("a stopped run goes on with the learning rate it had fallen to", .timeLimit(.minutes(10)))
    func resumedPlateau() async throws {
        let data = try SampleShapes.folder(count: 16)
        let (whole, parts) = (try TemporaryFolder(), try TemporaryFolder())
        // So many epochs that the wish to stop always comes before the end.
        var recipe = SampleShapes.recipe(epochs: 80)
        recipe.optimizer.learningRate = 0.05
        let rates = try await run(recipe, data, whole).compactMap {
            if case .epoch(let epoch) = $0 { epoch.learningRate } else { nil }
        }
        #expect(rates.last.map { $0 < 0.05 } == true, "the rate never fell: \(rates)")
        // Halved each time, down to the floor of 1e-7.
        #expect(zip(rates, rates.dropFirst()).allSatisfy { $0 == $1 || $0 / 2 == $1 || $1 < 2e-7 })
        let events = try await run(recipe, data, parts, stopAfter: 10)
        guard case .stopped = events.last else {
            Issue.record("the run ended before it was stopped")
            return
        }
        _ = try await run(recipe, data, parts, resumes: true)
        #expect(
            try Data(contentsOf: whole.url.appending(path: "model.onnx"))
                == Data(contentsOf: parts.url.appending(path: "model.onnx")))
    }

    @Test("a third class is refused where the network tells two apart", .timeLimit(.minutes(10)))
    func thirdClass() async throws {
        let (data, output) = (try SampleShapes.folder(count: 4), try TemporaryFolder())
        for number in 0..<2 {
            try data.write(SampleShapes.picture(isDog: true, number: number, side: 8, seed: 9), at: "Emu/\(number).bmp")
        }
        let message = "network.output sigmoid tells 2 classes apart, there are 3"
        await #expect(throws: TrainerError.failed(message)) {
            try await run(SampleShapes.recipe(), data, output)
        }
    }
}
