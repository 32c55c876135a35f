import CKernels

/// A convolution with its sizes worked out and its weights in the order of the kernel that does it.
struct PreparedConvolution: Sendable {
    /// How the convolution is done.
    enum Method: Sendable {
        /// Multiplied out, for few inputs.
        case direct
        /// By Winograd's tiles of 4×4 results, for many.
        case tiles
    }

    let method: Method
    let inputs: Int
    let outputs: Int
    let padding: Int
    let rectifies: Bool
    let pools: Bool
    /// Height and width of the input, without what is around it.
    let inputRows: Int
    let inputColumns: Int
    /// Height and width of the result.
    let rows: Int
    let columns: Int
    /// Height and width of the buffer of the input: with padding, and with what kernels read to fill their last tiles.
    let bufferRows: Int
    let bufferColumns: Int
    private let weights: AlignedFloats
    private let bias: AlignedFloats

    /// Channels of the result come in multiples of this.
    private static let outputStep = 32
    /// Channels that a kernel takes together where there are as many.
    private static let widestBlock = 64
    /// Channels of the input of tiles come in multiples of this.
    private static let inputStep = 16
    /// Most inputs for which transforming them would cost more than it saves.
    private static let fewInputs = 8

    /// - Returns: nil for numbers of channels that the kernels do not do, and inputs too small for any result.
    init?(_ layer: ConvolutionalNetwork.Convolution, inputRows: Int, inputColumns: Int) {
        guard layer.outputs % Self.outputStep == 0, (1...4096).contains(layer.outputs) else { return nil }
        if layer.inputs <= Self.fewInputs {
            method = .direct
        } else if layer.inputs % Self.inputStep == 0, layer.inputs <= 4096 {
            method = .tiles
        } else {
            return nil
        }
        let step = layer.pools ? 2 : 1
        rows = (inputRows + 2 * layer.padding - 2) / step
        columns = (inputColumns + 2 * layer.padding - 2) / step
        guard inputRows + 2 * layer.padding >= 2 + step, inputColumns + 2 * layer.padding >= 2 + step else {
            return nil
        }
        let (tileRows, tileColumns) = method == .direct ? (2, 6) : (4, 4)
        bufferRows = max(inputRows + 2 * layer.padding, Self.rounded(rows * step, to: tileRows) + 2)
        bufferColumns = max(inputColumns + 2 * layer.padding, Self.rounded(columns * step, to: tileColumns) + 2)
        (inputs, outputs, padding) = (layer.inputs, layer.outputs, layer.padding)
        (rectifies, pools) = (layer.rectifies, layer.pools)
        (self.inputRows, self.inputColumns) = (inputRows, inputColumns)
        weights = method == .direct ? Self.ordered(layer) : Self.transformed(layer)
        bias = AlignedFloats(count: layer.outputs)
        bias.withPointer { $0.update(from: layer.bias, count: layer.outputs) }
    }

    /// Floats of the buffer of the input.
    var bufferCount: Int { bufferRows * bufferColumns * inputs }
    /// Where in the buffer the first pixel of the input lies.
    var bufferStart: Int { (padding * bufferColumns + padding) * inputs }

    /// Floats of scratch memory that `run` needs.
    var scratchCount: Int {
        guard method == .tiles else { return 0 }
        return kernels_scratch_floats(inputs, outputs, Self.rounded(columns * (pools ? 2 : 1), to: 4) / 4)
    }

    /// Writes the result to rows of pixels.
    ///
    /// - Parameters:
    ///   - buffer: `bufferCount` floats.
    ///   - target: where the first pixel of the result goes.
    ///   - stride: floats from one row of the result to the next.
    ///   - scratch: `scratchCount` floats.
    func run(_ buffer: AlignedFloats, to target: UnsafeMutablePointer<Float>, stride: Int, scratch: AlignedFloats) {
        var result = kernels_result(
            pixels: target, stride: stride, rows: rows, columns: columns, channels: outputs, rectifies: rectifies,
            pools: pools)
        let inputStride = bufferColumns * inputs
        buffer.withPointer { input in
            weights.withPointer { weights in
                bias.withPointer { bias in
                    scratch.withPointer { scratch in
                        switch method {
                        case .direct: kernels_convolve_directly(input, inputStride, inputs, weights, bias, &result)
                        case .tiles: kernels_convolve_tiles(input, inputStride, inputs, weights, bias, &result, scratch)
                        }
                    }
                }
            }
        }
    }

    private static func rounded(_ length: Int, to step: Int) -> Int {
        (length + step - 1) / step * step
    }

    // MARK: Weights

    /// For each 32 outputs: row, column, input, output.
    private static func ordered(_ layer: ConvolutionalNetwork.Convolution) -> AlignedFloats {
        let size = ConvolutionalNetwork.kernelSize
        let ordered = AlignedFloats(count: layer.weights.count)
        ordered.withPointer { target in
            for output in 0..<layer.outputs {
                let (block, place) = output.quotientAndRemainder(dividingBy: outputStep)
                for input in 0..<layer.inputs {
                    for position in 0..<size {
                        let row = (block * size + position) * layer.inputs + input
                        target[row * outputStep + place] =
                            layer.weights[(output * layer.inputs + input) * size + position]
                    }
                }
            }
        }
        return ordered
    }

    /// `G` of F(4×4, 3×3): Lavin and Gray (2015), equation 11.
    private static let transform: [[Double]] = [
        [1 / 4, 0, 0], [-1 / 6, -1 / 6, -1 / 6], [-1 / 6, 1 / 6, -1 / 6], [1 / 24, 1 / 12, 1 / 6],
        [1 / 24, -1 / 12, 1 / 6], [0, 0, 1],
    ]

    /// `G · g · Gᵀ` of each pair of channels: for each place of a tile and each block of outputs: input, output.
    private static func transformed(_ layer: ConvolutionalNetwork.Convolution) -> AlignedFloats {
        let side = transform.count
        let pairs = layer.inputs * layer.outputs
        let result = AlignedFloats(count: side * side * pairs)
        result.withPointer { target in
            for output in 0..<layer.outputs {
                let block = output / widestBlock * widestBlock
                let blockWidth = min(widestBlock, layer.outputs - block)
                for input in 0..<layer.inputs {
                    let first = (output * layer.inputs + input) * ConvolutionalNetwork.kernelSize
                    let values = layer.weights[first..<first + ConvolutionalNetwork.kernelSize].map(Double.init)
                    // Three rows of the kernel, each transformed to six values.
                    let rows = (0..<3).map { row in
                        transform.map {
                            $0[0] * values[row * 3] + $0[1] * values[row * 3 + 1] + $0[2] * values[row * 3 + 2]
                        }
                    }
                    let place = block * layer.inputs + input * blockWidth + output - block
                    for y in 0..<side {
                        let factors = transform[y]
                        for x in 0..<side {
                            let sum = factors[0] * rows[0][x] + factors[1] * rows[1][x] + factors[2] * rows[2][x]
                            target[(y * side + x) * pairs + place] = Float(sum)
                        }
                    }
                }
            }
        }
        return result
    }
}
