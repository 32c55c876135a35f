import Foundation
import Inference
import Tensors
import Testing

@Suite("Invalid models")
struct InvalidModelTests {
    private static func reason(of bytes: [UInt8], on runtime: InferenceRuntime) async -> InferenceError? {
        do throws(InferenceError) {
            _ = try await runtime.load(.bytes(bytes), name: "invalid")
            return nil
        } catch {
            return error
        }
    }

    @Test("bytes that are no model are refused with a reason free of paths")
    func garbage() async throws {
        let runtime = try makeRuntime()
        defer { runtime.stop() }
        var random = SplitMix(state: 3)
        let noise = (0..<5000).map { _ in UInt8(truncatingIfNeeded: Int(random.next() * 128)) }
        let samples: [[UInt8]] = [
            [], [0], noise, Array("not a model".utf8), Array("<?xml version=\"1.0\"?><net name=\"x\"/>".utf8),
            [UInt8](repeating: 0, count: 1000), [UInt8](repeating: 0xFF, count: 1000), Array("TFL3TFL3".utf8),
        ]
        for sample in samples {
            let error = await Self.reason(of: sample, on: runtime)
            guard case .invalidModel(let reason) = error else {
                Issue.record("\(sample.prefix(8)) gave \(String(describing: error))")
                continue
            }
            #expect(!reason.isEmpty)
            #expect(!reason.contains("/"), "\(reason)")
            #expect(!reason.contains(".cpp"), "\(reason)")
        }
        #expect(try await runtime.load(.bytes(SampleGraphs.denseSoftmax), name: "after").inputs.count == 1)
    }

    @Test("a file cut anywhere is refused, or is a smaller whole model")
    func truncated() async throws {
        let runtime = try makeRuntime()
        defer { runtime.stop() }
        for whole in [SampleGraphs.neighbourSum(side: 8), SampleGraphs.sumAndDifference, SampleGraphs.digits()] {
            let step = whole.count > 10_000 ? whole.count / 40 : 10
            for end in stride(from: 0, to: whole.count - 1, by: step) {
                let error = await Self.reason(of: Array(whole[..<end]), on: runtime)
                #expect(error != nil, "cut at \(end) of \(whole.count)")
            }
        }
    }

    @Test("single wrong bytes never bring the process down")
    func flippedBytes() async throws {
        let runtime = try makeRuntime { $0.workers = 1 }
        defer { runtime.stop() }
        let whole = SampleGraphs.denseSoftmax
        for position in stride(from: 0, to: whole.count, by: 3) {
            var broken = whole
            broken[position] ^= 0x55
            if let model = try? await runtime.load(.bytes(broken), name: "broken") {
                // Whatever loads must answer or refuse.
                _ = try? await model.predict(Tensor(shape: [1, 2], values: [1, 2]))
            }
        }
        let sound = try await runtime.load(.bytes(whole), name: "sound")
        #expect(try await sound.predict(Tensor(shape: [1, 2], values: [0, 0])).count == 1)
    }

    @Test(
        "shapes that need absurd memory are refused before it is asked for",
        arguments: [
            [1, 3, 100_000, 100_000], [1 << 40], [1 << 31, 1 << 31, 4], [nil, 1 << 31], [Int.max], [1 << 62, 1 << 62],
        ] as [[Int?]])
    func hugeShapes(shape: [Int?]) async throws {
        let runtime = try makeRuntime()
        defer { runtime.stop() }
        let error = await Self.reason(of: SampleGraphs.copy(shape: shape), on: runtime)
        switch error {
        case .tensorTooLarge(_, let limit): #expect(limit == 256 << 20)
        case .invalidModel: break
        default: Issue.record("got \(String(describing: error))")
        }
    }

    @Test("a model with strings is refused by the name of the input")
    func strings() async throws {
        let runtime = try makeRuntime()
        defer { runtime.stop() }
        guard case .invalidModel(let reason) = await Self.reason(of: SampleGraphs.copy(of: .string), on: runtime)
        else {
            Issue.record("strings were taken")
            return
        }
        #expect(reason.contains("\"x\""), "\(reason)")
    }

    @Test("an operation nobody knows is refused by its name")
    func unknownOperation() async throws {
        let runtime = try makeRuntime()
        defer { runtime.stop() }
        var graph = GraphBuilder()
        graph.input("x", [1])
        graph.node("Frobnicate", ["x"], ["y"])
        graph.output("y", [1])
        guard case .invalidModel(let reason) = await Self.reason(of: graph.file, on: runtime) else {
            Issue.record("the operation was taken")
            return
        }
        #expect(reason.contains("Frobnicate"), "\(reason)")
    }

    @Test("a file that is missing is refused without its path")
    func missingFile() async throws {
        let runtime = try makeRuntime()
        defer { runtime.stop() }
        let file = URL(filePath: "/nowhere/secret-name.onnx")
        await #expect(throws: InferenceError.invalidModel(reason: "its file cannot be read")) {
            try await runtime.load(.file(file), name: "missing")
        }
    }
}
