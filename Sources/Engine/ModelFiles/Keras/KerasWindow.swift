import ONNX

/// A window that slides over the spatial axes of pictures: of a convolution or a pooling.
struct KerasWindow {
    let kernel: [Int]
    let strides: [Int]
    let dilations: [Int]
    let isSame: Bool
    /// Whether padding lies only before, so that no result sees what comes later.
    var isCausal = false

    /// Reads `padding`, and `dilation_rate` where there is one.
    init(_ config: KerasConfig, kernel: [Int], strides: [Int]) throws(ModelFileError) {
        self.kernel = kernel
        self.strides = strides
        dilations = try config.counts(
            "dilation_rate", rank: kernel.count, default: Array(repeating: 1, count: kernel.count))
        switch try config.text("padding", default: "valid").lowercased() {
        case "valid": isSame = false
        case "same": isSame = true
        case "causal" where kernel.count == 1:
            isSame = true
            isCausal = true
        case let other: throw config.unsupported("has padding '\(other)', which is not supported")
        }
    }

    /// Length that the window covers on an axis.
    func extent(_ axis: Int) -> Int { (kernel[axis] - 1) * dilations[axis] + 1 }

    /// Lengths of the result.
    ///
    /// - Throws: `ModelFileError` where the window is larger than the picture.
    func output(of spatial: [Int?], _ config: KerasConfig) throws(ModelFileError) -> [Int?] {
        var lengths: [Int?] = []
        for (axis, length) in spatial.enumerated() {
            guard let length else {
                lengths.append(nil)
                continue
            }
            let result =
                isSame
                ? (length + strides[axis] - 1) / strides[axis]
                : length < extent(axis) ? 0 : (length - extent(axis)) / strides[axis] + 1
            guard result > 0 else {
                throw config.damaged("has a window of \(extent(axis)) over an axis of length \(length)")
            }
            lengths.append(result)
        }
        return lengths
    }

    /// The attributes of the operation.
    ///
    /// TensorFlow's "same" puts the odd pixel at the end, and how many there are depends on the picture's size:
    /// where that is known the numbers are written out, since not all programs agree on the automatic form.
    func attributes(over spatial: [Int?], hasDilations: Bool) -> [String: ONNXAttribute] {
        var attributes: [String: ONNXAttribute] = ["kernel_shape": .ints(kernel), "strides": .ints(strides)]
        if hasDilations { attributes["dilations"] = .ints(dilations) }
        guard isSame else { return attributes }
        if isCausal {
            attributes["pads"] = .ints([extent(0) - 1, 0])
            return attributes
        }
        let lengths = spatial.compactMap(\.self)
        guard lengths.count == spatial.count else {
            attributes["auto_pad"] = "SAME_UPPER"
            return attributes
        }
        let totals = lengths.enumerated().map { axis, length in
            let windows = (length + strides[axis] - 1) / strides[axis]
            return max(0, (windows - 1) * strides[axis] + extent(axis) - length)
        }
        attributes["pads"] = .ints(totals.map { $0 / 2 } + totals.map { $0 - $0 / 2 })
        return attributes
    }
}
