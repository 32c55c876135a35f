import Inference
import Tensors
import Testing

@Suite("Batching", .timeLimit(.minutes(10)))
struct BatchingTests {
    private static func row(_ value: Int) -> Tensor {
        Tensor(shape: [1, 3], values: [Float(value), 1, 2])
    }

    /// Has the predictions wait behind a gate, so that the one worker finds them all at once.
    private static func together(
        _ runtime: InferenceRuntime, after model: LoadedModel,
        _ predictions: [@Sendable () async throws -> [Tensor]]
    ) async -> [Result<[Tensor], any Error>] {
        let gate = Gate()
        let blocker = Task { try await model.predict(preparing: { gate.pass(row(0)) }) }
        await gate.waitForWorker()
        var tasks: [Task<[Tensor], any Error>] = []
        for prediction in predictions {
            let length = runtime.queueLength
            tasks.append(Task { try await prediction() })
            // One after the other, so that the order in the queue is the order here.
            await eventually { runtime.queueLength > length }
        }
        gate.open()
        _ = await blocker.result
        var results: [Result<[Tensor], any Error>] = []
        for task in tasks { results.append(await task.result) }
        return results
    }

    @Test("predictions that wait together run as one batch", arguments: [1, 2, 4, 5])
    func batches(maximum: Int) async throws {
        let runtime = try makeRuntime {
            $0.workers = 1
            $0.maximumBatch = maximum
        }
        defer { runtime.stop() }
        // y = x + the largest over all rows of the batch: the result tells who was in it.
        var graph = GraphBuilder()
        graph.input("x", [nil, 3])
        graph.node("ReduceMax", ["x"], ["most"], ["axes": .ints([0]), "keepdims": .int(1)])
        graph.node("Add", ["x", "most"], ["y"])
        graph.output("y", [nil, 3])
        let model = try await runtime.load(.bytes(graph.file), name: "mixing")
        let results = await Self.together(
            runtime, after: model, (1...4).map { value in { try await model.predict(Self.row(value)) } })
        let first = try results.map { try $0.get()[0].values[0] }
        // The batches are cut from the front of the queue.
        let expected = (1...4).map { value in
            Float(value + min(4, (value + maximum - 1) / maximum * maximum))
        }
        #expect(first == expected)
        for result in results { #expect(try result.get()[0].shape == [1, 3]) }
    }

    @Test("batched results equal those alone, also for items of several rows")
    func equality() async throws {
        let runtime = try makeRuntime {
            $0.workers = 1
            $0.maximumBatch = 8
        }
        defer { runtime.stop() }
        let model = try await runtime.load(.bytes(SampleGraphs.digits()), name: "digits")
        var random = SplitMix(state: 5)
        let inputs = [1, 3, 1, 2, 1, 1].map { rows in
            Tensor(shape: [rows, 1, 28, 28], values: (0..<784 * rows).map { _ in abs(random.next()) })
        }
        var alone: [[Tensor]] = []
        for input in inputs { alone.append(try await model.predict(input)) }
        let batched = await Self.together(
            runtime, after: model, inputs.map { input in { try await model.predict(input) } })
        for (one, other) in zip(alone, batched) {
            let other = try other.get()
            #expect(one.map(\.shape) == other.map(\.shape))
            for (a, b) in zip(one[0].values, other[0].values) { #expect(abs(a - b) < 1e-6) }
        }
    }

    @Test("models are never mixed in a batch")
    func neverMixed() async throws {
        let runtime = try makeRuntime {
            $0.workers = 1
            $0.maximumBatch = 8
        }
        defer { runtime.stop() }
        let two = try await runtime.load(.bytes(SampleGraphs.scaling(by: 2)), name: "two")
        let three = try await runtime.load(.bytes(SampleGraphs.scaling(by: 3)), name: "three")
        let results = await Self.together(
            runtime, after: two,
            (0..<12).map { value in { try await (value % 2 == 0 ? two : three).predict(Self.row(value)) } })
        for (value, result) in results.enumerated() {
            #expect(try result.get()[0].values == Self.row(value).values.map { $0 * (value % 2 == 0 ? 2 : 3) })
        }
    }

    @Test("one bad item fails alone")
    func badItem() async throws {
        struct Unreadable: Error {}
        let runtime = try makeRuntime {
            $0.workers = 1
            $0.maximumBatch = 8
        }
        defer { runtime.stop() }
        let model = try await runtime.load(.bytes(SampleGraphs.scaling(by: 2)), name: "scaling")
        let results = await Self.together(
            runtime, after: model,
            [
                { try await model.predict(Self.row(1)) },
                { try await model.predict(Tensor(zeros: [1, 4])) },
                { try await model.predict(preparing: { throw Unreadable() }) },
                { try await model.predict(Tensor(shape: [1, 3], values: [0, .nan, 0])) },
                { try await model.predict(Self.row(5)) },
            ])
        #expect(try results[0].get()[0].values == [2, 2, 4])
        #expect(throws: InferenceError.shapeMismatch(input: "x", expected: [nil, 3], got: [1, 4])) {
            try results[1].get()
        }
        #expect(throws: Unreadable.self) { try results[2].get() }
        #expect(throws: InferenceError.nonFinite(input: "x")) { try results[3].get() }
        #expect(try results[4].get()[0].values == [10, 2, 4])
    }

    @Test("outputs that have no row for each input row are computed one by one")
    func unalignedOutputs() async throws {
        let runtime = try makeRuntime {
            $0.workers = 1
            $0.maximumBatch = 8
        }
        defer { runtime.stop() }
        var graph = GraphBuilder()
        graph.input("x", [nil, 3])
        graph.node("Concat", ["x", "x"], ["y"], ["axis": .int(0)])
        graph.output("y", [nil, 3])
        let model = try await runtime.load(.bytes(graph.file), name: "twice")
        let results = await Self.together(
            runtime, after: model, (1...3).map { value in { try await model.predict(Self.row(value)) } })
        for (index, result) in results.enumerated() {
            let row = Self.row(index + 1).values
            #expect(try result.get() == [Tensor(shape: [2, 3], values: row + row)])
        }
    }

    @Test("inputs that differ beyond the first axis run apart")
    func differentShapes() async throws {
        let runtime = try makeRuntime {
            $0.workers = 1
            $0.maximumBatch = 8
        }
        defer { runtime.stop() }
        let model = try await runtime.load(.bytes(SampleGraphs.copy(shape: [nil, nil])), name: "copy")
        let results = await Self.together(
            runtime, after: model,
            (1...6).map { value in { try await model.predict(Tensor(zeros: [1, 1 + value % 3])) } })
        for (index, result) in results.enumerated() {
            #expect(try result.get() == [Tensor(zeros: [1, 1 + (index + 1) % 3])])
        }
    }

    @Test("a worker waits for mates no longer than until the batch is full")
    func delay() async throws {
        let runtime = try makeRuntime {
            $0.workers = 1
            $0.maximumBatch = 2
            $0.batchDelay = .seconds(3600)
        }
        defer { runtime.stop() }
        let model = try await runtime.load(.bytes(SampleGraphs.scaling(by: 2)), name: "scaling")
        async let one = model.predict(Self.row(1))
        async let other = model.predict(Self.row(2))
        #expect(try await one[0].values == [2, 2, 4])
        #expect(try await other[0].values == [4, 2, 4])
    }

    @Test("a lone prediction is answered once the delay is over")
    func delayEnds() async throws {
        let runtime = try makeRuntime {
            $0.workers = 1
            $0.maximumBatch = 8
            $0.batchDelay = .milliseconds(2)
        }
        defer { runtime.stop() }
        let model = try await runtime.load(.bytes(SampleGraphs.scaling(by: 2)), name: "scaling")
        let start = ContinuousClock.now
        #expect(try await model.predict(Self.row(1))[0].values == [2, 2, 4])
        #expect(ContinuousClock.now - start >= .milliseconds(2))
    }
}
