import Synchronization
import Tensors
import Testing

@testable import Inference

@Suite("Model slots", .timeLimit(.minutes(10)))
struct SwapTests {
    private static let row = Tensor(shape: [1, 3], values: [1, 2, 3])

    /// How often each scale answered.
    private final class Answers: Sendable {
        let counts = Mutex([Float: Int]())
    }

    private struct WeakModel {
        weak var model: LoadedModel?
    }

    @Test(
        "32 tasks predict while models are swapped 50 times: no failure, no mix, no model left over", arguments: [1, 4])
    func swapping(maximumBatch: Int) async throws {
        let runtime = try makeRuntime { $0.maximumBatch = maximumBatch }
        defer { runtime.stop() }
        let slot = ModelSlot()
        let two = ModelSource.bytes(SampleGraphs.scaling(by: 2))
        let three = ModelSource.bytes(SampleGraphs.scaling(by: 3))
        try await slot.load(two, name: "start", on: runtime)
        let isDone = Flag()
        let answers = Answers()
        let past = try await withThrowingTaskGroup(of: [WeakModel].self) { group in
            for _ in 0..<32 {
                group.addTask {
                    while !isDone.isRaised {
                        let values = try await slot.predict(Self.row)[0].values
                        let scale = values[0]
                        #expect(scale == 2 || scale == 3)
                        #expect(values == [scale, scale * 2, scale * 3])
                        answers.counts.withLock { $0[scale, default: 0] += 1 }
                    }
                    return []
                }
            }
            group.addTask {
                defer { isDone.raise() }
                var past: [WeakModel] = []
                for swap in 0..<50 {
                    past.append(WeakModel(model: slot.model))
                    try await slot.load(swap % 2 == 0 ? three : two, name: "\(swap)", on: runtime)
                }
                return past
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(past.count == 50)
        // A worker lets go of the last item a moment after its answer.
        await eventually { past.allSatisfy { $0.model == nil } }
        #expect(slot.model?.name == "49")
        let seen = answers.counts.withLock { $0 }
        #expect(seen[2, default: 0] > 0 && seen[3, default: 0] > 0, "\(seen)")
    }

    @Test("a prediction under way ends on the model it began with")
    func underWay() async throws {
        let runtime = try makeRuntime()
        defer { runtime.stop() }
        let slot = ModelSlot(try await runtime.load(.bytes(SampleGraphs.scaling(by: 2)), name: "old"))
        let gate = Gate()
        let running = Task { try await slot.predict(preparing: { gate.pass(Self.row) }) }
        await gate.waitForWorker()
        try await slot.load(.bytes(SampleGraphs.scaling(by: 3)), name: "new", on: runtime)
        #expect(try await slot.predict(Self.row)[0].values == [3, 6, 9])
        gate.open()
        #expect(try await running.value[0].values == [2, 4, 6])
    }

    @Test("a failed load keeps the old model serving")
    func failedLoad() async throws {
        let runtime = try makeRuntime()
        defer { runtime.stop() }
        let slot = ModelSlot()
        #expect(await inferenceError { try await slot.predict(Self.row) } == .noModel)
        try await slot.load(.bytes(SampleGraphs.scaling(by: 2)), name: "good", on: runtime)
        let broken = Array(SampleGraphs.scaling(by: 3).dropLast(10))
        #expect(await inferenceError { try await slot.load(.bytes(broken), name: "broken", on: runtime).name } != nil)
        #expect(slot.model?.name == "good")
        #expect(try await slot.predict(Self.row)[0].values == [2, 4, 6])
    }

    @Test("of several loads the one asked for last stays, whichever ends last")
    func lastAskedStays() async throws {
        let runtime = try makeRuntime()
        defer { runtime.stop() }
        let early = try await runtime.load(.bytes(SampleGraphs.scaling(by: 2)), name: "early")
        let late = try await runtime.load(.bytes(SampleGraphs.scaling(by: 3)), name: "late")
        let slot = ModelSlot()
        let tickets = (early: slot.takeTicket(), late: slot.takeTicket())
        slot.install(late, ticket: tickets.late)
        slot.install(early, ticket: tickets.early)
        #expect(slot.model === late)

        let overtaken = slot.takeTicket()
        slot.replace(with: nil)
        slot.install(early, ticket: overtaken)
        #expect(slot.model == nil)
    }

    @Test("replacing gives back the old model, and nil empties the slot")
    func replacing() async throws {
        let runtime = try makeRuntime()
        defer { runtime.stop() }
        let two = try await runtime.load(.bytes(SampleGraphs.scaling(by: 2)), name: "two")
        let slot = ModelSlot(two)
        #expect(slot.replace(with: nil) === two)
        #expect(await inferenceError { try await slot.predict(Self.row) } == .noModel)
        #expect(slot.replace(with: two) == nil)
        #expect(try await slot.predict(Self.row)[0].values == [2, 4, 6])
    }
}
