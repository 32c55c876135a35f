import Foundation
import Inference
import Tensors
import Testing

/// When a thread that has run predictions ended while a model it had run was freed elsewhere, the process died: at a
/// thread's end the inference library locks a mutex inside the models the thread has seen ("Invalid argument" from
/// the mutex, or a corrupted heap, in one of three runs of these tests under load). Since then the threads that
/// predict never end, and the next runtime gets those of the last.
@Suite("Threads that predict")
struct ThreadReuseTests {
    private static let row = Tensor(shape: [1, 3], values: [1, 2, 3])

    @Test("are handed from one runtime to the next")
    func reuse() async throws {
        let rounds = 60
        var threads: Set<String> = []
        for _ in 0..<rounds {
            let runtime = try makeRuntime { $0.workers = 1 }
            let model = try await runtime.load(.bytes(SampleGraphs.scaling(by: 2)), name: "scaling")
            let thread = try await model.predictKeeping {
                (Self.row, try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/thread-self"))
            }.kept
            threads.insert(thread)
            #expect(runtime.stop())
        }
        // Tests beside this one take and leave threads too, hence not exactly one.
        #expect(threads.count < rounds)
    }

    @Test("outlive models that are freed while their runtime stops", .timeLimit(.minutes(10)))
    func freedWhileStopping() async throws {
        for _ in 0..<30 {
            let runtime = try makeRuntime()
            var model: LoadedModel? = try await runtime.load(.bytes(SampleGraphs.scaling(by: 2)), name: "scaling")
            let slot = ModelSlot(model)
            model = nil
            for _ in 0..<4 { #expect(try await slot.predict(Self.row)[0].values == [2, 4, 6]) }
            async let isStopped = runtime.stop()
            slot.replace(with: nil)
            #expect(await isStopped)
        }
    }
}
