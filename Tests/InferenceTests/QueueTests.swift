import Dispatch
import Inference
import Synchronization
import Tensors
import Testing

@Suite("Queue", .timeLimit(.minutes(10)))
struct QueueTests {
    private static let row = Tensor(shape: [1, 3], values: [1, 2, 3])
    private static let doubled = [Tensor(shape: [1, 3], values: [2, 4, 6])]

    @Test("at the limit the next prediction is refused, and a cancelled one frees its place at once")
    func limit() async throws {
        let runtime = try makeRuntime {
            $0.workers = 1
            $0.queueLimit = 2
        }
        defer { runtime.stop() }
        let model = try await runtime.load(.bytes(SampleGraphs.scaling(by: 2)), name: "scaling")
        let gate = Gate()
        let running = Task { try await model.predict(preparing: { gate.pass(Self.row) }) }
        await gate.waitForWorker()
        let first = Task { try await model.predict(Self.row) }
        let second = Task { try await model.predict(Self.row) }
        await eventually { runtime.queueLength == 2 }

        #expect(await inferenceError { try await model.predict(Self.row) } == .queueFull(limit: 2))

        first.cancel()
        #expect(await inferenceError { try await first.value } == .cancelled)
        #expect(runtime.queueLength == 1)
        let third = Task { try await model.predict(Self.row) }
        await eventually { runtime.queueLength == 2 }

        gate.open()
        for task in [running, second, third] { #expect(try await task.value == Self.doubled) }
        #expect(runtime.queueLength == 0)
    }

    @Test("the caller of a running prediction is answered as soon as it is cancelled")
    func cancelRunning() async throws {
        let runtime = try makeRuntime { $0.workers = 1 }
        defer { runtime.stop() }
        let model = try await runtime.load(.bytes(SampleGraphs.scaling(by: 2)), name: "scaling")
        let gate = Gate()
        let running = Task { try await model.predict(preparing: { gate.pass(Self.row) }) }
        await gate.waitForWorker()
        running.cancel()
        // The gate is still closed: nothing but the cancellation can have answered.
        #expect(await inferenceError { try await running.value } == .cancelled)
        gate.open()
        #expect(try await model.predict(Self.row) == Self.doubled)
    }

    @Test("a task that was cancelled before is refused and prepares nothing")
    func cancelledBefore() async throws {
        let runtime = try makeRuntime()
        defer { runtime.stop() }
        let model = try await runtime.load(.bytes(SampleGraphs.scaling(by: 2)), name: "scaling")
        let prepared = Flag()
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await model.predict(preparing: {
                prepared.raise()
                return Self.row
            })
        }
        task.cancel()
        #expect(await inferenceError { try await task.value } == .cancelled)
        #expect(await inferenceError { try await Self.loadCancelled(on: runtime) } == .cancelled)
        runtime.stop()
        #expect(!prepared.isRaised)
    }

    private static func loadCancelled(on runtime: InferenceRuntime) async throws -> String {
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await runtime.load(.bytes(SampleGraphs.scaling(by: 2)), name: "scaling").name
        }
        task.cancel()
        return try await task.value
    }

    @Test("stopping refuses the waiting, lets the running end, and is final")
    func stop() async throws {
        let runtime = try makeRuntime { $0.workers = 1 }
        let model = try await runtime.load(.bytes(SampleGraphs.scaling(by: 2)), name: "scaling")
        let gate = Gate()
        let running = Task { try await model.predict(preparing: { gate.pass(Self.row) }) }
        await gate.waitForWorker()
        let waiting = Task { try await model.predict(Self.row) }
        await eventually { runtime.queueLength == 1 }

        async let stopped: Void = withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                runtime.stop()
                continuation.resume()
            }
        }
        #expect(await inferenceError { try await waiting.value } == .stopped)
        gate.open()
        await stopped
        #expect(try await running.value == Self.doubled)
        #expect(await inferenceError { try await model.predict(Self.row) } == .stopped)
        let source = ModelSource.bytes(SampleGraphs.scaling(by: 2))
        #expect(await inferenceError { try await runtime.load(source, name: "late").name } == .stopped)
        #expect(runtime.stop())
    }

    @Test("stopping does not wait for ever for a prediction that hangs")
    func stopPatience() async throws {
        let runtime = try makeRuntime { $0.workers = 1 }
        let model = try await runtime.load(.bytes(SampleGraphs.scaling(by: 2)), name: "scaling")
        let gate = Gate()
        let running = Task { try await model.predict(preparing: { gate.pass(Self.row) }) }
        await gate.waitForWorker()
        #expect(!runtime.stop(patience: .milliseconds(1)))
        gate.open()
        #expect(try await running.value == Self.doubled)
        #expect(runtime.stop())
    }

    @Test("a model that outlives its runtime refuses to predict")
    func abandonedRuntime() async throws {
        var runtime: InferenceRuntime? = try makeRuntime()
        let model = try #require(try await runtime?.load(.bytes(SampleGraphs.scaling(by: 2)), name: "scaling"))
        #expect(try await model.predict(Self.row) == Self.doubled)
        runtime = nil
        // The thread that loaded the model may hold the runtime a moment longer.
        var error: InferenceError?
        let deadline = ContinuousClock.now + .seconds(10)
        while error == nil, ContinuousClock.now < deadline {
            error = await inferenceError { try await model.predict(Self.row) }
        }
        #expect(error == .stopped)
    }

    @Test(
        "under random cancellation every prediction is answered exactly once", arguments: 1...3 as ClosedRange<UInt64>)
    func randomCancellation(seed: UInt64) async throws {
        let runtime = try makeRuntime { $0.queueLimit = 16 }
        defer { runtime.stop() }
        let model = try await runtime.load(.bytes(SampleGraphs.scaling(by: 2)), name: "scaling")
        var random = SplitMix(state: seed)
        let choices = (0..<400).map { _ in random.next() }
        let outcomes = await withTaskGroup(of: String.self) { group in
            for choice in choices {
                group.addTask {
                    let task = Task { try await model.predict(Self.row) }
                    if choice > 0.5 { await Task.yield() }
                    if choice > 0 { task.cancel() }
                    do {
                        return try await task.value == Self.doubled ? "right" : "wrong"
                    } catch InferenceError.cancelled {
                        return choice > 0 ? "cancelled" : "cancelled for nothing"
                    } catch InferenceError.queueFull {
                        return "refused"
                    } catch {
                        return "\(error)"
                    }
                }
            }
            return await group.reduce(into: [String: Int]()) { $0[$1, default: 0] += 1 }
        }
        #expect(Set(outcomes.keys).isSubset(of: ["right", "cancelled", "refused"]), "\(outcomes)")
        #expect(outcomes.values.reduce(0, +) == choices.count)
        #expect(outcomes["right", default: 0] > 0)
        #expect(runtime.queueLength == 0)
    }
}
