import Synchronization
public import Tensors

/// A model that is compiled, warmed up and ready to predict; freed when its last user lets go of it.
public final class LoadedModel: Sendable {
    /// The name given at loading, for logs and metrics.
    public let name: String
    /// The arithmetic in use, which is `f32` where the processor does not have the one asked for.
    public let precision: Precision
    /// The inputs in the order of the model file.
    public let inputs: [TensorSpecification]
    /// The outputs in the order of the model file, which is that of predictions.
    public let outputs: [TensorSpecification]

    /// Most predictions that may run as one; 1 when the model cannot be batched.
    let batchLimit: Int
    private let requests: [Request]
    /// A quicker way to the same results; nil for most models.
    private let shortcut: ConvolutionShortcut?
    private let queue: WorkQueue
    private let maximumTensorBytes: Int

    /// One worker's request; the lock is never contended, it makes the ownership provable.
    private final class Request: Sendable {
        let value: Mutex<InferRequest>

        init(_ request: sending InferRequest) {
            value = Mutex(request)
        }

        func run(_ items: [[Tensor]]) throws(OpenVINOFailure) -> [[Tensor]]? {
            let outcome = value.withLock { request -> Result<[[Tensor]]?, OpenVINOFailure> in
                do throws(OpenVINOFailure) { return .success(try request.run(items)) } catch { return .failure(error) }
            }
            return try outcome.get()
        }
    }

    /// Makes a request for each worker.
    ///
    /// - Parameters:
    ///   - networks: the compiled copies, which the workers share in turn; at least one.
    ///   - convolutions: the same model for the kernels of our own, which is used if it gives the same.
    init(
        name: String, precision: Precision, networks: [CompiledNetwork], convolutions: ConvolutionEngine?,
        queue: WorkQueue, configuration: InferenceConfiguration
    ) throws(InferenceError) {
        self.name = name
        self.precision = networks[0].precision() ?? precision
        let inputs = try networks[0].inputs()
        let outputs = try networks[0].outputs()
        try ModelLimits.check(inputs: inputs, outputs: outputs, maximumTensorBytes: configuration.maximumTensorBytes)
        self.inputs = inputs
        self.outputs = outputs
        self.queue = queue
        maximumTensorBytes = configuration.maximumTensorBytes
        let canBatch = !inputs.isEmpty && (inputs + outputs).allSatisfy(\.hasOpenFirstAxis)
        batchLimit = canBatch ? configuration.maximumBatch : 1
        do throws(OpenVINOFailure) {
            var requests: [Request] = []
            for worker in 0..<configuration.workers {
                let network = networks[worker % networks.count]
                requests.append(Request(try network.makeRequest(inputs: inputs, outputs: outputs)))
            }
            self.requests = requests
            let shortcut = convolutions.flatMap {
                ConvolutionShortcut($0, inputs: inputs, outputs: outputs, workers: configuration.workers)
            }
            let agrees = shortcut?.agrees { [requests] in try requests[0].run([$0])?.first }
            self.shortcut = agrees == true ? shortcut : nil
        } catch {
            throw .invalidModel(reason: error.reason)
        }
    }

    // MARK: Predicting

    /// Predicts from the tensor of a model with one input.
    ///
    /// - Returns: the outputs in the order of `outputs`, as the model made them: values may be infinite or not numbers.
    /// - Throws: `InferenceError`.
    public func predict(_ input: Tensor) async throws -> [Tensor] {
        try await submit { [input] }
    }

    /// Predicts from a tensor that is made on the worker's thread.
    ///
    /// Decoding and preprocessing belong into the closure: they then share the bounded queue and the cores with the
    /// predictions, at the cost of one change of threads for both.
    ///
    /// - Throws: `InferenceError`, and what the closure throws.
    public func predict(preparing: @escaping @Sendable () throws -> Tensor) async throws -> [Tensor] {
        try await submit { [try preparing()] }
    }

    /// Predicts as `predict(preparing:)` does and hands back a second value of the closure, such as the picture seen.
    ///
    /// - Throws: `InferenceError`, and what the closure throws.
    public func predictKeeping<Kept: Sendable>(
        preparing: @escaping @Sendable () throws -> (input: Tensor, kept: Kept)
    ) async throws -> (outputs: [Tensor], kept: Kept) {
        let box = Box<Kept>()
        let outputs = try await submit {
            let prepared = try preparing()
            box.value.withLock { $0 = prepared.kept }
            return [prepared.input]
        }
        guard let kept = box.value.withLock({ $0 }) else {
            preconditionFailure("outputs come only after the preparation has returned")
        }
        return (outputs, kept)
    }

    /// Predicts from tensors by the names of the model's inputs.
    ///
    /// - Throws: `InferenceError`, of which `wrongInputs` when a name is missing or too many.
    public func predict(_ namedInputs: [String: Tensor]) async throws -> [Tensor] {
        let ordered = inputs.compactMap { namedInputs[$0.name] }
        guard ordered.count == inputs.count, namedInputs.count == inputs.count else {
            throw InferenceError.wrongInputs(expected: inputs.map(\.name), got: namedInputs.keys.sorted())
        }
        return try await submit { ordered }
    }

    private final class Box<Kept: Sendable>: Sendable {
        let value = Mutex<Kept?>(nil)
    }

    private func submit(_ prepare: @escaping WorkItem.Preparation) async throws -> [Tensor] {
        let item = WorkItem(model: self, prepare: prepare)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { waiter in
                guard item.attach(waiter) else { return }
                do { try queue.push(item) } catch { item.finish(.failure(error)) }
            }
        } onCancel: {
            // In this order, so that an item pushed at the same time is either refused or found.
            item.finish(.failure(InferenceError.cancelled))
            queue.remove(item)
        }
    }

    // MARK: On the worker's thread

    /// Checks tensors against the model's inputs.
    func check(_ tensors: [Tensor]) throws(InferenceError) {
        guard tensors.count == inputs.count else {
            throw .wrongInputs(expected: inputs.map(\.name), got: tensors.indices.map { "input \($0)" })
        }
        for (specification, tensor) in zip(inputs, tensors) {
            guard specification.accepts(tensor.shape) else {
                throw .shapeMismatch(input: specification.name, expected: specification.shape, got: tensor.shape)
            }
            guard let bytes = specification.byteCount(of: tensor.shape), bytes <= maximumTensorBytes else {
                throw .tensorTooLarge(tensor: specification.name, limit: maximumTensorBytes)
            }
            guard tensor.isFinite else { throw .nonFinite(input: specification.name) }
        }
    }

    /// Runs checked inputs of one or several predictions on the request of a worker.
    func run(_ items: [[Tensor]], on worker: Int) throws(InferenceError) -> [[Tensor]] {
        if let shortcut { return items.map { shortcut.run($0, on: worker) } }
        return try runLibrary(items, on: worker)
    }

    /// Whether predictions are made without the inference library.
    var usesShortcut: Bool { shortcut != nil }

    /// Runs inputs by the inference library.
    func runLibrary(_ items: [[Tensor]], on worker: Int) throws(InferenceError) -> [[Tensor]] {
        let outputs: [[Tensor]]?
        do throws(OpenVINOFailure) { outputs = try requests[worker].run(items) } catch {
            throw .failed(reason: error.reason)
        }
        guard let outputs else { throw .failed(reason: "the outputs do not have a row for each row of the inputs") }
        return outputs
    }

    /// Runs every worker's request once on zeros, so that the first real prediction is as quick as the others.
    ///
    /// - Throws: `invalidModel` when a model whose shapes are fixed, but for the batch, cannot be run.
    func warmUp() throws(InferenceError) {
        let zeros = inputs.map { Tensor(zeros: $0.smallestShape) }
        let isShapeKnown = inputs.allSatisfy { !$0.shape.dropFirst().contains(nil) }
        for worker in requests.indices {
            do { _ = try run([zeros], on: worker) } catch {
                // The smallest shape may be too small for a model with open axes, so failing proves nothing there.
                if case .failed(let reason) = error, isShapeKnown { throw .invalidModel(reason: reason) }
            }
        }
    }
}

extension Tensor {
    /// Whether no value is infinite or not a number.
    fileprivate var isFinite: Bool {
        // The largest magnitude as bits, which the compiler turns into vector instructions, unlike a test of each value.
        values.reduce(UInt32(0)) { max($0, $1.bitPattern & 0x7FFF_FFFF) } < 0x7F80_0000
    }
}
