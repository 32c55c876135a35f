import Synchronization
import Tensors

/// Runs a loaded model by the kernels for convolutions, instead of by the inference library.
///
/// It is used only after both have given the same values.
final class ConvolutionShortcut: Sendable {
    private let engine: ConvolutionEngine
    private let places: [Place]

    /// One worker's buffers; the lock is never contended, it makes the ownership provable.
    private final class Place: Sendable {
        let buffers: Mutex<ConvolutionBuffers>

        init(_ buffers: sending ConvolutionBuffers) {
            self.buffers = Mutex(buffers)
        }
    }

    /// How far values may lie apart for each 1 of their size: some hundred roundings of 32-bit floats.
    private static let tolerance: Float = 1e-4

    /// - Returns: nil when the model is declared otherwise than the network that was read from its file.
    init?(
        _ engine: ConvolutionEngine, inputs: [TensorSpecification], outputs: [TensorSpecification], workers: Int
    ) {
        let network = engine.network
        let sides = [network.height, network.width]
        let shape = network.layout == .channelsLast ? sides + [network.channels] : [network.channels] + sides
        guard inputs.count == 1, outputs.count == 1, inputs[0].elementType == .f32,
            outputs[0].elementType == .f32, inputs[0].accepts([1] + shape),
            outputs[0].hasKnownRank, outputs[0].accepts([1, network.outputs])
        else { return nil }
        self.engine = engine
        places = (0..<workers).map { _ in Place(engine.makeBuffers()) }
    }

    /// Predicts from checked inputs, which are one tensor of one or several pictures.
    func run(_ inputs: [Tensor], on worker: Int) -> [Tensor] {
        let pictures = inputs[0].shape[0]
        let size = inputs[0].values.count / max(pictures, 1)
        let values = places[worker].buffers.withLock { buffers in
            pictures == 1
                ? buffers.run(inputs[0].values)
                : (0..<pictures).flatMap { buffers.run(Array(inputs[0].values[$0 * size..<($0 + 1) * size])) }
        }
        return [Tensor(shape: [pictures, engine.network.outputs], values: values)]
    }

    /// Whether the values are those of another way to run the model, for noise in the ranges that models take.
    func agrees(with other: ([Tensor]) throws -> [Tensor]?) -> Bool {
        let network = engine.network
        let count = network.height * network.width * network.channels
        let sides = [network.height, network.width]
        let shape = network.layout == .channelsLast ? sides + [network.channels] : [network.channels] + sides
        for peak: Float in [1, 255] {
            var state: UInt32 = 1
            let noise = (0..<count).map { _ in
                state = state &* 1_664_525 &+ 1_013_904_223
                return Float(state >> 8) / Float(1 << 24) * peak
            }
            let input = [Tensor(shape: [1] + shape, values: noise)]
            guard let expected = try? other(input)?.first else { return false }
            let values = run(input, on: 0)[0]
            let isClose = zip(values.values, expected.values).allSatisfy { value, expected in
                abs(value - expected) <= Self.tolerance * max(1, abs(expected))
            }
            guard values.shape == expected.shape, isClose else { return false }
        }
        return true
    }
}
