import ONNX

/// A window that moves over pictures, signals or volumes.
struct TorchWindow {
    let kernel: [Int]
    let stride: [Int]
    let dilation: [Int]
    /// Padding before each axis.
    var before: [Int]
    /// Padding after each axis.
    var after: [Int]

    init(kernel: [Int], stride: [Int], dilation: [Int], before: [Int]? = nil, after: [Int]? = nil) {
        self.kernel = kernel
        self.stride = stride
        self.dilation = dilation
        self.before = before ?? Array(repeating: 0, count: kernel.count)
        self.after = after ?? Array(repeating: 0, count: kernel.count)
    }

    /// Number of neighbours that a dilated window covers along an axis.
    func extent(_ axis: Int) -> Int { dilation[axis] * (kernel[axis] - 1) + 1 }

    /// Lengths of the result: `⌊(length + padding − extent) ÷ stride⌋ + 1`.
    ///
    /// - Source: the formulas of `torch.nn.Conv2d` and `torch.nn.MaxPool2d`.
    func output(of lengths: [Int], _ layer: TorchLayer) throws(ModelFileError) -> [Int] {
        var result: [Int] = []
        for (axis, length) in lengths.enumerated() {
            let room = length + before[axis] + after[axis] - extent(axis)
            guard room >= 0 else {
                throw layer.misfit("has a window of \(kernel), larger than the \(lengths) of the layer before")
            }
            result.append(room / stride[axis] + 1)
        }
        return result
    }

    /// Pads the end so that no part of the input is left over, as `ceil_mode` does: a last window may reach over the
    /// end, but must start within the input or the padding before it.
    mutating func roundUp(for lengths: [Int]) {
        for (axis, length) in lengths.enumerated() {
            let room = length + before[axis] + after[axis] - extent(axis)
            guard room >= 0 else { continue }
            var count = (room + stride[axis] - 1) / stride[axis] + 1
            if (count - 1) * stride[axis] >= length + before[axis] { count -= 1 }
            after[axis] = max(0, (count - 1) * stride[axis] + extent(axis) - length - before[axis])
        }
    }

    /// The attributes of ONNX's convolutions and pools.
    var attributes: [String: ONNXAttribute] {
        var attributes: [String: ONNXAttribute] = [
            "kernel_shape": .ints(kernel), "strides": .ints(stride), "pads": .ints(before + after),
        ]
        if dilation.contains(where: { $0 != 1 }) { attributes["dilations"] = .ints(dilation) }
        return attributes
    }
}
