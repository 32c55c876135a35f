import COpenVINO
import Foundation
import Synchronization

/// The inference engine of a process: its library, its worker threads `infer-0…` and its queue.
///
/// One is enough for any number of models; two would share the cores without knowing of each other.
public final class InferenceRuntime: Sendable {
    private let configuration: InferenceConfiguration
    private let queue: WorkQueue
    private let loader: ModelLoader
    private let loads: LoadQueue
    private let isStopped = Atomic(false)

    /// Starts the worker threads.
    ///
    /// - Throws: `failed` when the library or a thread cannot be started.
    public init(_ configuration: InferenceConfiguration = InferenceConfiguration()) throws(InferenceError) {
        let configuration = configuration.normalized
        self.configuration = configuration
        Self.keepPages()
        let queue = WorkQueue(limit: configuration.queueLimit)
        self.queue = queue
        loader = ModelLoader(core: try OpenVINOCore.shared(), configuration: configuration, queue: queue)
        loads = try LoadQueue(limit: configuration.loadQueueLimit)
        for index in 0..<configuration.workers {
            let worker = Worker(index: index, queue: queue, batchDelay: configuration.batchDelay)
            queue.workerDidStart()
            let hasStarted = WorkerThread.start(name: "infer-\(index)") {
                worker.run()
                queue.workerDidEnd()
            }
            guard hasStarted else {
                queue.workerDidEnd()
                queue.stop()
                loads.stop()
                throw .failed(reason: "the operating system refuses a thread for worker \(index)")
            }
        }
    }

    deinit {
        queue.stop()
        loads.stop()
    }

    /// Lets the C library keep the pages of decoded pictures and tensors, which come and go with every prediction.
    ///
    /// By default it hands them back to the system each time, and the page faults cost more than decoding a small
    /// picture: 282 µs instead of 57 for 280 × 280 pixels. At most 16 MiB stay at the end of each arena.
    private static func keepPages() {
        // What was freed before, as by reading a model file, would be kept as well.
        malloc_trim(0)
        mallopt(M_MMAP_THRESHOLD, 4 << 20)
        mallopt(M_TRIM_THRESHOLD, 16 << 20)
    }

    /// How many predictions wait for a worker.
    public var queueLength: Int { queue.count }

    /// How many predictions run at once.
    public var workers: Int { configuration.workers }

    /// Reads, compiles and warms up a model; predictions of other models go on meanwhile.
    ///
    /// - Parameters:
    ///   - source: an ONNX model with all weights inside, or an OpenVINO IR or TensorFlow Lite file.
    ///   - precision: arithmetic of the model; `f32` gives the results of the framework it comes from.
    ///   - name: for logs and metrics.
    /// - Throws: `invalidModel` or `tensorTooLarge` for a model that cannot be used, `queueFull` when too many loads wait,
    ///   `cancelled` when the task was cancelled before its turn, `stopped`.
    public func load(
        _ source: ModelSource, precision: Precision = .f32, name: String
    ) async throws(InferenceError) -> LoadedModel {
        let isCancelled = CancellationFlag()
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { (waiter: CheckedContinuation<Result<LoadedModel, InferenceError>, Never>) in
                do throws(InferenceError) {
                    try loads.push { [self] in
                        waiter.resume(returning: loadNow(source, precision: precision, name: name, unless: isCancelled))
                    }
                } catch {
                    waiter.resume(returning: .failure(error))
                }
            }
        } onCancel: {
            isCancelled.raise()
        }
        return try outcome.get()
    }

    /// Refuses further work, answers the waiting predictions with `stopped` and waits for the running ones.
    ///
    /// Blocks the calling thread meanwhile. A model being compiled is let finish and then refused.
    ///
    /// - Parameter patience: how long to wait at most.
    /// - Returns: whether all workers have ended.
    @discardableResult
    public func stop(patience: Duration = .seconds(30)) -> Bool {
        isStopped.store(true, ordering: .releasing)
        loads.stop()
        queue.stop()
        // A worker that stops the runtime from within a prediction cannot wait for itself.
        return queue.waitForWorkers(remaining: WorkerThread.isCurrent ? 1 : 0, until: .after(patience))
    }

    private func loadNow(
        _ source: ModelSource, precision: Precision, name: String, unless isCancelled: CancellationFlag
    ) -> Result<LoadedModel, InferenceError> {
        if isCancelled.isRaised { return .failure(.cancelled) }
        if isStopped.load(ordering: .acquiring) { return .failure(.stopped) }
        // Compiling leaves several megabytes of freed memory behind, which the C library would keep.
        defer { malloc_trim(0) }
        do throws(InferenceError) {
            let model = try loader.load(source, precision: precision, name: name)
            return isStopped.load(ordering: .acquiring) ? .failure(.stopped) : .success(model)
        } catch {
            return .failure(error)
        }
    }

    private final class CancellationFlag: Sendable {
        private let flag = Atomic(false)
        var isRaised: Bool { flag.load(ordering: .acquiring) }
        func raise() { flag.store(true, ordering: .releasing) }
    }
}
