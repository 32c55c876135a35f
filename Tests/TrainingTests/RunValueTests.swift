import Foundation
import JSON
import Tensors
import Testing

@testable import Training

extension Evaluation {
    /// Probability of the first of two scores.
    static func odds(_ first: Float, _ second: Float) -> Float { 1 / (1 + exp(second - first)) }
}

@Suite("Values of a run")
struct RunValueTests {
    static let evaluation = Evaluation(loss: 0.5, confusion: [[3, 1], [0, 4]])

    static let events: [TrainingEvent] = [
        .started(
            .init(
                name: "n", classes: ["a", "b"], counts: (1, 2, 3),
                plan: NetworkPlan(recipe: SamplePictures.barsRecipe(), classes: 2), epochs: 4, stepsPerEpoch: 5,
                epochsDone: 6)),
        .warning("careful"), .progress(epoch: 1, step: 2, steps: 3, loss: 0.5),
        .epoch(
            .init(
                number: 1, of: 2, learningRate: 0.25, training: (0.5, 0.75), validation: evaluation, seconds: 2,
                pictures: 100, isBest: true)),
        .checkpoint(epoch: 3),
        .finished(
            .init(
                bestEpoch: 1, epochs: 2, seconds: 3.5, parameters: 4, multiplications: 5, fileSize: 6,
                evaluations: [("validation", evaluation), ("test", evaluation)])),
        .stopped(epoch: 2), .failed("no pictures"),
    ]

    @Test("events survive being written on a line and read", arguments: events)
    func roundTrip(event: TrainingEvent) throws {
        let line = event.json.bytes()
        #expect(!line.contains(0x0A))
        #expect(try TrainingEvent(JSONValue(parsing: line)) == event)
    }

    @Test(
        "what is no event is not read as one",
        arguments: [
            #"{}"#, #"{"event":"danced"}"#, #"{"event":"epoch"}"#, #"{"event":"finished","metrics":{}}"#, "[1]",
        ])
    func noEvent(text: String) throws {
        #expect(try TrainingEvent(JSONValue(parsing: text)) == nil)
    }

    @Test("scores are counted and their cross entropy is taken")
    func evaluation() {
        let scores: [Float] = [2, 1, 0, 3, 1000, 0]
        let evaluation = Evaluation(scores: scores, labels: [0, 0, 0], classes: 2)
        #expect(evaluation.confusion == [[2, 1], [0, 0]])
        #expect(abs(evaluation.accuracy - 2.0 / 3) < 1e-12)
        #expect(evaluation.recalls == [2.0 / 3, nil])
        let expected = (log(1 + exp(-1.0)) + log(1 + exp(3.0)) + 0) / 3
        #expect(abs(evaluation.loss - expected) < 1e-6)
    }

    @Test("more right answers are better; among as many, less loss is")
    func better() {
        let base = Evaluation(loss: 1, confusion: [[3, 1], [0, 4]])
        #expect(Evaluation(loss: 2, confusion: [[4, 0], [0, 4]]).isBetter(than: base))
        #expect(Evaluation(loss: 0.5, confusion: [[3, 1], [0, 4]]).isBetter(than: base))
        #expect(!base.isBetter(than: base))
    }

    private static let checkpoint = Checkpoint(
        epoch: 3, bestEpoch: 2, best: evaluation, seconds: 1.5, recipe: ["name": "x"], classes: ["a", "b"],
        state: ["weight.0.bias": Tensor(shape: [2], values: [1, -2]), "s": Tensor(shape: [], values: [7])],
        bestWeights: NetworkWeights(["weight.0.bias": Tensor(shape: [2], values: [0.5, 0.25])]))

    @Test("a checkpoint survives being written and read")
    func checkpoint() {
        #expect(Checkpoint(decoding: Self.checkpoint.encoded()) == Self.checkpoint)
    }

    @Test("a checkpoint cut anywhere, or with more behind it, is not read")
    func cutCheckpoint() {
        let bytes = Self.checkpoint.encoded()
        for length in bytes.indices { #expect(Checkpoint(decoding: Array(bytes.prefix(length))) == nil) }
        #expect(Checkpoint(decoding: bytes + [0]) == nil)
        var lying = bytes
        for index in 8..<16 { lying[index] = 0xFF }
        #expect(Checkpoint(decoding: lying) == nil)
    }
}
