import Foundation
import Inference
import Tensors
import Testing

/// Makes a runtime for a test; few workers, since all tests share the machine.
func makeRuntime(_ change: (inout InferenceConfiguration) -> Void = { _ in }) throws -> InferenceRuntime {
    var configuration = InferenceConfiguration()
    configuration.workers = 2
    change(&configuration)
    return try InferenceRuntime(configuration)
}

@Suite("Predictions")
struct PredictionTests {
    @Test("a dense layer with softmax gives the results worked out by hand")
    func denseSoftmax() async throws {
        let runtime = try makeRuntime()
        defer { runtime.stop() }
        let model = try await runtime.load(.bytes(SampleGraphs.denseSoftmax), name: "dense")
        let outputs = try await model.predict(Tensor(shape: [1, 2], values: [0.1, 0.2]))
        // x · w + b = [0.9, 0.2, -98.5], relu = [0.9, 0.2, 0].
        let exponentials = [exp(0.9), exp(0.2), 1.0]
        let expected = exponentials.map { Float($0 / exponentials.reduce(0, +)) }
        #expect(outputs.count == 1)
        #expect(outputs[0].shape == [1, 3])
        for (got, wanted) in zip(outputs[0].values, expected) { #expect(abs(got - wanted) < 1e-6) }
    }

    @Test("a convolution sees the pixels in the order of the tensor")
    func convolution() async throws {
        let runtime = try makeRuntime()
        defer { runtime.stop() }
        let side = 5
        let model = try await runtime.load(.bytes(SampleGraphs.neighbourSum(side: side)), name: "conv")
        let picture = (0..<side * side).map { Float($0 * $0 % 17) }
        let outputs = try await model.predict(Tensor(shape: [1, 1, side, side], values: picture))
        for y in 0..<side {
            for x in 0..<side {
                var sum: Float = 0
                for row in max(0, y - 1)...min(side - 1, y + 1) {
                    for column in max(0, x - 1)...min(side - 1, x + 1) { sum += picture[row * side + column] }
                }
                #expect(outputs[0].values[y * side + x] == sum, "pixel \(x), \(y)")
            }
        }
    }

    @Test("the model tells names, shapes and types of its inputs and outputs")
    func specifications() async throws {
        let runtime = try makeRuntime()
        defer { runtime.stop() }
        let model = try await runtime.load(.bytes(SampleGraphs.scaling(by: 2)), name: "scaling")
        #expect(model.name == "scaling")
        #expect(model.precision == .f32)
        #expect(model.inputs.map(\.name) == ["x"])
        #expect(model.inputs[0].shape == [nil, 3])
        #expect(model.inputs[0].elementType == .f32)
        #expect(model.outputs.map(\.name) == ["y"])
        #expect(model.outputs[0].shape == [nil, 3])
    }

    @Test("an open first axis takes any number of rows", arguments: [1, 2, 7, 64])
    func openFirstAxis(rows: Int) async throws {
        let runtime = try makeRuntime()
        defer { runtime.stop() }
        let model = try await runtime.load(.bytes(SampleGraphs.scaling(by: 2)), name: "scaling")
        let values = (0..<rows * 3).map(Float.init)
        let outputs = try await model.predict(Tensor(shape: [rows, 3], values: values))
        #expect(outputs == [Tensor(shape: [rows, 3], values: values.map { $0 * 2 })])
        // A smaller one afterwards must not see what the larger one left.
        let single = try await model.predict(Tensor(shape: [1, 3], values: [1, 2, 3]))
        #expect(single == [Tensor(shape: [1, 3], values: [2, 4, 6])])
    }

    @Test("inputs are found by name and outputs come in the order of the file")
    func namedInputs() async throws {
        let runtime = try makeRuntime()
        defer { runtime.stop() }
        let model = try await runtime.load(.bytes(SampleGraphs.sumAndDifference), name: "two")
        let a = Tensor(shape: [2], values: [5, 1])
        let b = Tensor(shape: [2], values: [3, 9])
        #expect(model.outputs.map(\.name) == ["sum", "difference"])
        let outputs = try await model.predict(["b": b, "a": a])
        #expect(outputs == [Tensor(shape: [2], values: [8, 10]), Tensor(shape: [2], values: [2, -8])])
        await #expect(throws: InferenceError.wrongInputs(expected: ["a", "b"], got: ["a", "c"])) {
            try await model.predict(["a": a, "c": b])
        }
        await #expect(throws: InferenceError.wrongInputs(expected: ["a", "b"], got: ["input 0"])) {
            try await model.predict(a)
        }
    }

    @Test("a scalar output has an empty shape")
    func scalarOutput() async throws {
        let runtime = try makeRuntime()
        defer { runtime.stop() }
        let model = try await runtime.load(.bytes(SampleGraphs.sumOverRows), name: "sum")
        let outputs = try await model.predict(Tensor(shape: [2, 2], values: [1, 2, 3, 4]))
        #expect(outputs == [Tensor(shape: [], values: [10])])
    }

    @Test(
        "other element types are converted from and to floats",
        arguments: [
            (GraphBuilder.DataType.uint8, ElementType.u8, [0, 255, 3, 0] as [Float]),
            (.int32, .i32, [-7, 300, 3, -2]), (.int64, .i64, [-7, 300, 3, -2]),
            (.float16, .f16, [-7, 300, 2.5, -1.5]), (.double, .f64, [-7, 300, 2.5, -1.5]),
        ])
    func elementTypes(type: GraphBuilder.DataType, expectedType: ElementType, expected: [Float]) async throws {
        let runtime = try makeRuntime()
        defer { runtime.stop() }
        let model = try await runtime.load(.bytes(SampleGraphs.copy(of: type)), name: "copy")
        #expect(model.inputs[0].elementType == expectedType)
        let isFloat = expectedType == .f16 || expectedType == .f64
        let values: [Float] = [-7, 300, isFloat ? 2.5 : 2.6, -1.5]
        let outputs = try await model.predict(Tensor(shape: [4], values: values))
        #expect(outputs == [Tensor(shape: [4], values: expected)])
    }

    @Test(
        "an input of another shape is refused",
        arguments: [[3], [1, 2], [1, 4], [0, 3], [1, 3, 1], []])
    func wrongShape(shape: [Int]) async throws {
        let runtime = try makeRuntime()
        defer { runtime.stop() }
        let model = try await runtime.load(.bytes(SampleGraphs.scaling(by: 2)), name: "scaling")
        await #expect(throws: InferenceError.shapeMismatch(input: "x", expected: [nil, 3], got: shape)) {
            try await model.predict(Tensor(zeros: shape))
        }
    }

    @Test("an input above the memory limit is refused, one at the limit is taken")
    func tensorLimit() async throws {
        let runtime = try makeRuntime { $0.maximumTensorBytes = 120 }
        defer { runtime.stop() }
        let model = try await runtime.load(.bytes(SampleGraphs.scaling(by: 2)), name: "scaling")
        #expect(try await model.predict(Tensor(zeros: [10, 3])).count == 1)
        await #expect(throws: InferenceError.tensorTooLarge(tensor: "x", limit: 120)) {
            try await model.predict(Tensor(zeros: [11, 3]))
        }
    }

    @Test("values that are infinite or not numbers are refused", arguments: [Float.nan, .infinity, -.infinity])
    func nonFinite(value: Float) async throws {
        let runtime = try makeRuntime()
        defer { runtime.stop() }
        let model = try await runtime.load(.bytes(SampleGraphs.scaling(by: 2)), name: "scaling")
        await #expect(throws: InferenceError.nonFinite(input: "x")) {
            try await model.predict(Tensor(shape: [1, 3], values: [0, value, 0]))
        }
        let largest = Float.greatestFiniteMagnitude / 4
        let outputs = try await model.predict(Tensor(shape: [1, 3], values: [-largest, 0, largest]))
        #expect(outputs[0].values == [-largest * 2, 0, largest * 2])
    }

    @Test("the preparation runs on a worker thread, its error and its second value come back")
    func preparation() async throws {
        struct Unreadable: Error {}
        let runtime = try makeRuntime()
        defer { runtime.stop() }
        let model = try await runtime.load(.bytes(SampleGraphs.scaling(by: 2)), name: "scaling")
        let (outputs, threadName) = try await model.predictKeeping {
            (Tensor(shape: [1, 3], values: [1, 2, 3]), Self.currentThreadName())
        }
        #expect(outputs[0].values == [2, 4, 6])
        #expect(threadName.hasPrefix("infer-"))
        await #expect(throws: Unreadable.self) {
            try await model.predict(preparing: { throw Unreadable() })
        }
        #expect(try await model.predict(preparing: { Tensor(zeros: [1, 3]) })[0].values == [0, 0, 0])
    }

    @Test("bf16 differs from f32 by no more than its digits explain")
    func brainFloats() async throws {
        let runtime = try makeRuntime()
        defer { runtime.stop() }
        let bytes = SampleGraphs.digits()
        let exact = try await runtime.load(.bytes(bytes), precision: .f32, name: "f32")
        let quick = try await runtime.load(.bytes(bytes), precision: .bf16, name: "bf16")
        #expect(exact.precision == .f32)
        var random = SplitMix(state: 7)
        let input = Tensor(shape: [1, 1, 28, 28], values: (0..<784).map { _ in abs(random.next()) })
        let a = try await exact.predict(input)[0].values
        let b = try await quick.predict(input)[0].values
        #expect(abs(a.reduce(0, +) - 1) < 1e-5)
        for (one, other) in zip(a, b) { #expect(abs(one - other) < 0.05) }
    }

    @Test(
        "small models on the worker's thread and large ones on shared streams give the same results",
        arguments: [Parallelism.acrossPredictions, .withinPrediction])
    func largeModels(parallelism: Parallelism) async throws {
        let inline = try makeRuntime()
        let shared = try makeRuntime {
            $0.smallModelBytes = 0
            $0.parallelism = parallelism
        }
        defer {
            inline.stop()
            shared.stop()
        }
        let one = try await inline.load(.bytes(SampleGraphs.digits()), name: "inline")
        let other = try await shared.load(.bytes(SampleGraphs.digits()), name: "shared")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for seed in 0..<16 as Range<UInt64> {
                group.addTask {
                    var random = SplitMix(state: seed)
                    let input = Tensor(shape: [1, 1, 28, 28], values: (0..<784).map { _ in abs(random.next()) })
                    let (a, b) = (try await one.predict(input)[0].values, try await other.predict(input)[0].values)
                    for (x, y) in zip(a, b) { #expect(abs(x - y) < 1e-6) }
                }
            }
            try await group.waitForAll()
        }
    }

    /// The name the operating system knows the calling thread by.
    private static func currentThreadName() -> String {
        let name = try? String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8)
        return name?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
    }
}
