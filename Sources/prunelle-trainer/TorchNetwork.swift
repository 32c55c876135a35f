import CTorch
import Tensors
import Training

/// A network that learns in libtorch.
final class TorchNetwork {
    private let handle: OpaquePointer
    private let plan: NetworkPlan

    /// Prepares libtorch; call once, before anything else.
    static func setUp(threads: Int) throws(TrainerFailure) {
        try check(ctorch_set_up(Int32(clamping: threads)))
    }

    /// Seeds what libtorch draws at random from here on.
    static func seed(_ seed: UInt64) throws(TrainerFailure) {
        try check(ctorch_seed(seed))
    }

    /// Builds a network with random weights.
    init(_ plan: NetworkPlan) throws(TrainerFailure) {
        let layers = plan.layers.map(\.description)
        var created: OpaquePointer?
        try Self.check(ctorch_network_create(layers, layers.count, &created))
        guard let created else { throw TrainerFailure(code: .failed, message: "libtorch made no network") }
        handle = created
        self.plan = plan
    }

    deinit { ctorch_network_destroy(handle) }

    /// Learns from a batch.
    ///
    /// - Returns: mean loss and number of right answers, before the step.
    func train(
        _ batch: Batch, learningRate: Double, optimizer: OptimizerRecipe
    ) throws(TrainerFailure) -> (loss: Double, correct: Int) {
        var step = ctorch_step(
            learning_rate: learningRate, weight_decay: optimizer.weightDecay,
            label_smoothing: optimizer.labelSmoothing)
        var (loss, correct) = (0.0, Int64(0))
        let status = batch.pixels.withUnsafeBufferPointer { pixels in
            var input = batchInput(pixels, count: batch.labels.count)
            return ctorch_network_train(handle, &input, batch.labels, &step, &loss, &correct)
        }
        try Self.check(status)
        return (loss, Int(correct))
    }

    /// Scores before softmax, `[count, classes]`.
    ///
    /// A network with one score tells how much more likely the second class is: then the first class has score 0.
    func scores(_ samples: SampleSource.Fixed) throws(TrainerFailure) -> [Float] {
        // Enough at a time for the threads to be busy, little enough to stay in the caches.
        let size = plan.input.width * plan.input.height * plan.input.channels
        let chunk = max(1, min(250, 1_500_000 / size))
        var scores = [Float](repeating: 0, count: samples.count * plan.scores)
        for start in stride(from: 0, to: samples.count, by: chunk) {
            let count = min(chunk, samples.count - start)
            let status = samples.pixels(start..<start + count).withUnsafeBufferPointer { pixels in
                scores.withUnsafeMutableBufferPointer { scores in
                    var input = batchInput(pixels, count: count)
                    let part = UnsafeMutableBufferPointer(
                        rebasing: scores[start * plan.scores..<(start + count) * plan.scores])
                    return ctorch_network_predict(handle, &input, part.baseAddress, part.count)
                }
            }
            try Self.check(status)
        }
        guard plan.output == .softmax else { return scores.flatMap { [0, $0] } }
        return scores
    }

    /// Everything the network and its optimizer remember.
    func state() throws(TrainerFailure) -> [String: Tensor] {
        var tensors: [String: Tensor] = [:]
        for index in 0..<ctorch_network_tensor_count(handle) {
            let (name, shape) = describe(index)
            var values = [Float](repeating: 0, count: shape.reduce(1, *))
            try Self.check(ctorch_network_tensor_read(handle, index, &values, values.count))
            tensors[name] = Tensor(shape: shape, values: values)
        }
        return tensors
    }

    /// The weights alone.
    func weights() throws(TrainerFailure) -> NetworkWeights {
        NetworkWeights(try state().filter { $0.key.hasPrefix("weight.") })
    }

    /// Puts tensors back; those of `state()` that are not given stay as they are.
    func restore(_ tensors: [String: Tensor]) throws(TrainerFailure) {
        for index in 0..<ctorch_network_tensor_count(handle) {
            let (name, shape) = describe(index)
            guard let tensor = tensors[name] else { continue }
            guard tensor.shape == shape else {
                throw TrainerFailure(code: .badData, message: "the checkpoint's \(name) has another shape")
            }
            try Self.check(ctorch_network_tensor_write(handle, index, tensor.values, tensor.values.count))
        }
    }

    private func describe(_ index: Int) -> (name: String, shape: [Int]) {
        var lengths = [Int64](repeating: 0, count: 8)
        let rank = ctorch_network_tensor_shape(handle, index, &lengths)
        return (String(cString: ctorch_network_tensor_name(handle, index)), lengths.prefix(rank).map(Int.init))
    }

    private func batchInput(_ pixels: UnsafeBufferPointer<Float>, count: Int) -> ctorch_batch {
        ctorch_batch(
            pixels: pixels.baseAddress, count: Int64(count), height: Int64(plan.input.height),
            width: Int64(plan.input.width), channels: Int64(plan.input.channels))
    }

    private static func check(_ status: Int32) throws(TrainerFailure) {
        guard status == 0 else {
            throw TrainerFailure(code: .failed, message: "libtorch: " + String(cString: ctorch_error()))
        }
    }
}

extension NetworkPlan.Layer {
    /// The layer as the C interface describes it.
    fileprivate var description: ctorch_layer {
        var layer = ctorch_layer()
        switch self {
        case .convolution(let inputs, let outputs, let kernel, let stride, let padding, let hasBias):
            layer.kind = Int32(CTORCH_CONVOLUTION)
            (layer.inputs, layer.outputs) = (Int32(inputs), Int32(outputs))
            (layer.kernel, layer.stride, layer.padding) = (Int32(kernel), Int32(stride), Int32(padding))
            layer.has_bias = hasBias ? 1 : 0
        case .batchNorm(let channels): (layer.kind, layer.inputs) = (Int32(CTORCH_BATCH_NORM), Int32(channels))
        case .relu: layer.kind = Int32(CTORCH_RELU)
        case .maxPool(let size):
            (layer.kind, layer.kernel, layer.stride) = (Int32(CTORCH_MAX_POOL), Int32(size), Int32(size))
        case .globalAveragePool: layer.kind = Int32(CTORCH_GLOBAL_AVERAGE_POOL)
        case .flatten: layer.kind = Int32(CTORCH_FLATTEN)
        case .dropout(let rate): (layer.kind, layer.rate) = (Int32(CTORCH_DROPOUT), rate)
        case .dense(let inputs, let outputs):
            layer.kind = Int32(CTORCH_DENSE)
            (layer.inputs, layer.outputs) = (Int32(inputs), Int32(outputs))
        }
        return layer
    }
}
