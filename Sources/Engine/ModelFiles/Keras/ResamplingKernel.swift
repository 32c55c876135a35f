import Foundation
import Tensors

/// How values between the pixels of a picture are found, as `keras.ops.image.resize` does on JAX and TensorFlow.
enum ResamplingKernel: String {
    case nearest, bilinear, bicubic, lanczos3, lanczos5

    /// Half the width of the kernel, in pixels of the picture.
    private var radius: Double {
        switch self {
        case .nearest, .bilinear: 1
        case .bicubic: 2
        case .lanczos3: 3
        case .lanczos5: 5
        }
    }

    /// The weight of a pixel at a distance.
    private func weight(_ distance: Double) -> Double {
        let x = abs(distance)
        switch self {
        case .nearest, .bilinear:
            return max(0, 1 - x)
        case .bicubic:
            // Keys's kernel with a = −0.5.
            if x >= 2 { return 0 }
            return x < 1 ? (1.5 * x - 2.5) * x * x + 1 : ((-0.5 * x + 2.5) * x - 4) * x + 2
        case .lanczos3, .lanczos5:
            if x >= radius { return 0 }
            if x < 1e-3 { return 1 }
            return radius * sin(.pi * x) * sin(.pi * x / radius) / (.pi * .pi * x * x)
        }
    }

    /// What each element of the result takes from each element of an axis: shape `[to, from]`.
    ///
    /// Pixels are measured at their middle; weights beyond the edge are left out and the others raised to a sum of 1.
    func matrix(from length: Int, to target: Int, antialias: Bool) -> Tensor {
        var values = [Float](repeating: 0, count: length * target)
        let ratio = Double(length) / Double(target)
        let scale = antialias ? max(ratio, 1) : 1
        for row in 0..<target {
            let middle = (Double(row) + 0.5) * ratio
            if self == .nearest {
                // TensorFlow and JAX compute this in 32 bits, which decides where the middle is a whole number.
                let position = Int((Float(row) + 0.5) * Float(length) / Float(target))
                values[row * length + min(length - 1, position)] = 1
                continue
            }
            let first = max(0, Int(middle - radius * scale - 1))
            let last = min(length - 1, Int(middle + radius * scale + 1))
            guard first <= last else { continue }
            let weights = (first...last).map { weight((middle - 0.5 - Double($0)) / scale) }
            let sum = weights.reduce(0, +)
            guard abs(sum) > 1e-6 else { continue }
            for (column, weight) in zip(first...last, weights) { values[row * length + column] = Float(weight / sum) }
        }
        return Tensor(shape: [target, length], values: values)
    }
}
