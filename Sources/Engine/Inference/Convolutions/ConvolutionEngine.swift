import CKernels
import Foundation
import ONNX

/// A convolutional network prepared for the vectors of this processor; what its workers share.
final class ConvolutionEngine: Sendable {
    let network: ConvolutionalNetwork
    fileprivate let layers: [PreparedConvolution]

    /// Floats that the buffers of one worker may take.
    private static let mostFloats = 16 << 20
    private static let isAvailable = kernels_have_avx512()

    /// - Returns: nil for an unsuitable processor, network or size.
    init?(_ network: ConvolutionalNetwork) {
        guard Self.isAvailable else { return nil }
        var layers: [PreparedConvolution] = []
        var (rows, columns, floats) = (network.height, network.width, 0)
        for convolution in network.convolutions {
            guard let layer = PreparedConvolution(convolution, inputRows: rows, inputColumns: columns) else {
                return nil
            }
            floats += layer.bufferCount + layer.scratchCount
            guard floats <= Self.mostFloats else { return nil }
            layers.append(layer)
            (rows, columns) = (layer.rows, layer.columns)
        }
        // Without a layer that saves multiplications there is nothing to gain.
        guard layers.contains(where: { $0.method == .tiles }) else { return nil }
        self.network = network
        self.layers = layers
    }

    /// Reads a model file; nil if it is anything but such a network.
    convenience init?(_ file: ModelFile) {
        guard Self.isAvailable, file.format == .onnx,
            let model = try? ONNXModel(decoding: file.parts[0].withBytes { Array($0) }),
            let network = ConvolutionalNetwork(model.graph)
        else { return nil }
        self.init(network)
    }

    /// Buffers for one prediction at a time.
    func makeBuffers() -> sending ConvolutionBuffers { ConvolutionBuffers(self) }
}

/// The buffers of one prediction at a time.
final class ConvolutionBuffers {
    private let engine: ConvolutionEngine
    /// The input of each layer; what lies around it stays zero.
    private let inputs: [AlignedFloats]
    private let maps: AlignedFloats
    private let scratch: AlignedFloats

    fileprivate init(_ engine: ConvolutionEngine) {
        self.engine = engine
        inputs = engine.layers.map { AlignedFloats(count: $0.bufferCount) }
        maps = AlignedFloats(count: engine.layers.last.map { $0.rows * $0.columns * $0.outputs } ?? 0)
        scratch = AlignedFloats(count: engine.layers.map(\.scratchCount).max() ?? 0)
    }

    /// The values of the last layer for one picture.
    ///
    /// - Precondition: as many values as the network's input has.
    func run(_ picture: [Float]) -> [Float] {
        let network = engine.network
        precondition(picture.count == network.height * network.width * network.channels)
        place(picture)
        for (index, layer) in engine.layers.enumerated() {
            if index + 1 < engine.layers.count {
                let next = engine.layers[index + 1]
                inputs[index + 1].withPointer { target in
                    layer.run(
                        inputs[index], to: target + next.bufferStart, stride: next.bufferColumns * next.inputs,
                        scratch: scratch)
                }
            } else {
                maps.withPointer { target in
                    layer.run(inputs[index], to: target, stride: layer.columns * layer.outputs, scratch: scratch)
                }
            }
        }
        return network.dense.reduce(means()) { values, layer in layer.values(values) }
    }

    private func place(_ picture: [Float]) {
        let layer = engine.layers[0]
        let (rows, columns, channels) = (layer.inputRows, layer.inputColumns, layer.inputs)
        inputs[0].withPointer { buffer in
            for y in 0..<rows {
                let row = buffer + layer.bufferStart + y * layer.bufferColumns * channels
                switch engine.network.layout {
                case .channelsLast:
                    picture.withUnsafeBufferPointer { values in
                        guard let source = values.baseAddress else { return }
                        row.update(from: source + y * columns * channels, count: columns * channels)
                    }
                case .channelsFirst:
                    for channel in 0..<channels {
                        for x in 0..<columns {
                            row[x * channels + channel] = picture[(channel * rows + y) * columns + x]
                        }
                    }
                }
            }
        }
    }

    /// The mean of each map of the last convolution.
    private func means() -> [Float] {
        let channels = engine.layers.last?.outputs ?? 0
        var sums = [Float](repeating: 0, count: channels)
        let pixels = maps.count / max(channels, 1)
        maps.withPointer { values in
            sums.withUnsafeMutableBufferPointer { sums in
                for pixel in 0..<pixels {
                    let row = values + pixel * channels
                    for channel in 0..<channels { sums[channel] += row[channel] }
                }
            }
        }
        return sums.map { $0 / Float(pixels) }
    }
}

extension ConvolutionalNetwork.Dense {
    /// The layer's values for its inputs.
    fileprivate func values(_ input: [Float]) -> [Float] {
        var sums = bias
        for (index, value) in input.enumerated() {
            for output in 0..<outputs { sums[output] += value * weights[index * outputs + output] }
        }
        switch activation {
        case .none: return sums
        case .rectifier: return sums.map { max($0, 0) }
        case .sigmoid: return sums.map { 1 / (1 + exp(-$0)) }
        case .softmax:
            let peak = sums.max() ?? 0
            let powers = sums.map { exp($0 - peak) }
            let total = powers.reduce(0, +)
            return powers.map { $0 / total }
        }
    }
}
