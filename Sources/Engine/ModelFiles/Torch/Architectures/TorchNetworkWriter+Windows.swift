import ONNX
import Tensors

extension TorchNetworkWriter {
    /// The size a window gives, and the attributes of its operation.
    typealias WindowLayout = (size: [Int], attributes: [String: ONNXAttribute])

    /// Lays a square window over a picture.
    ///
    /// - Parameter roundsUp: whether a last window that lies partly outside counts (`ceil_mode`).
    func layout(
        _ value: TorchValue, _ name: String, kernel: Int, stride: Int, padding: TorchPadding, roundsUp: Bool = false
    ) throws(ModelFileError) -> WindowLayout {
        var size: [Int] = []
        var before: [Int] = []
        var after: [Int] = []
        for length in value.shape.dropFirst() {
            var start: Int
            var end: Int
            switch padding {
            case .symmetric(let pixels):
                (start, end) = (pixels, pixels)
            case .same:
                let total = max(0, ((length + stride - 1) / stride - 1) * stride + kernel - length)
                (start, end) = (total / 2, total - total / 2)
            }
            let room = length + start + end - kernel
            guard room >= 0 else {
                throw ModelFileError(
                    .unsupported,
                    "the input is too small: '\(weights.fullName(name))' of \(weights.architecture) has a window of "
                        + "\(kernel) pixels, but \(length) are left; give a larger \"input\" in the description")
            }
            var steps = room / stride
            if roundsUp, room % stride != 0, (steps + 1) * stride < length + start {
                steps += 1
                end += stride - room % stride
            }
            size.append(steps + 1)
            before.append(start)
            after.append(end)
        }
        let attributes: [String: ONNXAttribute] = [
            "kernel_shape": .ints(size.map { _ in kernel }), "strides": .ints(size.map { _ in stride }),
            "pads": .ints(before + after),
        ]
        return (size, attributes)
    }

    /// `MaxPool2d`.
    mutating func maxPool(
        _ value: TorchValue, kernel: Int, stride: Int, padding: Int = 0, roundsUp: Bool = false
    ) throws(ModelFileError) -> TorchValue {
        let layout = try layout(
            value, "max-pooling", kernel: kernel, stride: stride, padding: .symmetric(padding), roundsUp: roundsUp)
        return node("MaxPool", [value.name], layout.attributes, shape: [value.shape[0]] + layout.size)
    }

    /// `AvgPool2d` without padding.
    mutating func averagePool(
        _ value: TorchValue, kernel: Int, stride: Int
    ) throws(ModelFileError) -> TorchValue {
        let layout = try layout(value, "average-pooling", kernel: kernel, stride: stride, padding: .symmetric(0))
        return node("AveragePool", [value.name], layout.attributes, shape: [value.shape[0]] + layout.size)
    }

    /// The mean of each channel, as one row.
    mutating func globalPool(_ value: TorchValue) -> TorchValue {
        flatten(pixelPool(value))
    }

    /// The mean of each channel, as a picture of one pixel.
    mutating func pixelPool(_ value: TorchValue) -> TorchValue {
        node("GlobalAveragePool", [value.name], shape: [value.shape[0], 1, 1])
    }

    /// `AdaptiveAvgPool2d` to a square.
    ///
    /// Pixel i of the result is the mean of pixels ⌊i·n/side⌋ to ⌈(i+1)·n/side⌉ − 1: a matrix product along each axis.
    mutating func adaptivePool(_ value: TorchValue, side: Int) -> TorchValue {
        guard value.shape[1] != side || value.shape[2] != side else { return value }
        if side == 1 { return pixelPool(value) }
        let rows = constant(Self.means(of: value.shape[1], to: side), name: "pooling_rows")
        let columns = constant(Self.means(of: value.shape[2], to: side), name: "pooling_columns")
        let turned = node("Transpose", [columns], ["perm": [1, 0]], shape: [])
        let wide = node("MatMul", [value.name, turned.name], shape: [value.shape[0], value.shape[1], side])
        return node("MatMul", [rows, wide.name], shape: [value.shape[0], side, side])
    }

    private static func means(of length: Int, to side: Int) -> Tensor {
        var matrix = Tensor(zeros: [side, length])
        for row in 0..<side {
            let first = row * length / side
            let end = ((row + 1) * length + side - 1) / side
            for column in first..<end { matrix.values[row * length + column] = 1 / Float(end - first) }
        }
        return matrix
    }
}
