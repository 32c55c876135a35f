import ONNX
import Tensors

/// How a window is laid over the border of a picture.
enum TorchPadding {
    /// The same number of pixels at every border.
    case symmetric(Int)
    /// As TensorFlow does: the result has ⌈size / stride⌉ pixels, an odd pixel goes to the right and below.
    case same
}

extension TorchNetworkWriter {
    /// `Conv2d` with a square window.
    ///
    /// - Parameters:
    ///   - channels: number of filters; that of the weight where it is nil.
    ///   - kernel: side of the window; that of the weight where it is nil.
    ///   - padding: half the kernel by default, which keeps the size.
    mutating func convolution(
        _ value: TorchValue, _ name: String, channels: Int? = nil, kernel: Int? = nil, stride: Int = 1,
        padding: TorchPadding? = nil, groups: Int = 1, hasBias: Bool = false
    ) throws(ModelFileError) -> TorchValue {
        let before = parameterCount
        let stated = try weights.shape(of: name + ".weight", rank: 4)
        let filters = channels ?? stated[0]
        let side = kernel ?? stated[2]
        guard filters % groups == 0 else {
            throw weights.misfit(name + ".weight", "has \(filters) filters, which \(groups) groups do not divide")
        }
        let kernels = try constant(name + ".weight", [filters, value.shape[0] / groups, side, side])
        let bias = hasBias ? [try constant(name + ".bias", [filters])] : []
        let layout = try layout(value, name, kernel: side, stride: stride, padding: padding ?? .symmetric(side / 2))
        var attributes = layout.attributes
        attributes["group"] = .int(groups)
        let result = node(
            "Conv", [value.name, kernels] + bias, attributes, shape: [filters] + layout.size,
            name: weights.fullName(name))
        summarize(name, "Conv2d", result, since: before)
        return result
    }

    /// `BatchNorm1d` or `BatchNorm2d` with the statistics found in training.
    mutating func batchNorm(
        _ value: TorchValue, _ name: String, epsilon: Float = 1e-5
    ) throws(ModelFileError) -> TorchValue {
        let before = parameterCount
        let shape = [value.shape[0]]
        var inputs = [value.name]
        for part in ["weight", "bias", "running_mean", "running_var"] {
            inputs.append(try constant("\(name).\(part)", shape))
        }
        weights.ignore(name + ".num_batches_tracked")
        let result = node(
            "BatchNormalization", inputs, ["epsilon": .float(epsilon)], shape: value.shape,
            name: weights.fullName(name))
        summarize(name, value.shape.count == 1 ? "BatchNorm1d" : "BatchNorm2d", result, since: before)
        return result
    }

    /// `Linear` over the last axis.
    ///
    /// - Parameter features: length of the result; that of the weight where it is nil.
    mutating func linear(
        _ value: TorchValue, _ name: String, features: Int? = nil, hasBias: Bool = true
    ) throws(ModelFileError) -> TorchValue {
        try linear(
            value, weight: name + ".weight", bias: hasBias ? name + ".bias" : nil, features: features, name: name)
    }

    /// A matrix over the last axis whose weights have names of their own.
    mutating func linear(
        _ value: TorchValue, weight: String, bias: String?, features: Int? = nil, name: String
    ) throws(ModelFileError) -> TorchValue {
        let before = parameterCount
        let stated = try weights.shape(of: weight, rank: 2)
        let width = features ?? stated[0]
        let matrix = try constant(weight, [width, value.shape[value.shape.count - 1]])
        let shift = try bias.map { name throws(ModelFileError) in try constant(name, [width]) }
        let full = weights.fullName(name)
        var result: TorchValue
        if value.shape.count == 1 {
            result = node(
                "Gemm", [value.name, matrix] + (shift.map { [$0] } ?? []), ["transB": 1], shape: [width], name: full)
        } else {
            // The engine joins the transposition to the product; a transposed copy would cost memory here.
            let turned = node("Transpose", [matrix], ["perm": [1, 0]], shape: [])
            result = node(
                "MatMul", [value.name, turned.name], shape: value.shape.dropLast() + [width], name: full)
            if let shift { result = map("Add", result, [shift]) }
        }
        summarize(name, "Linear", result, since: before)
        return result
    }

    /// `LayerNorm` over the last axis.
    mutating func layerNorm(
        _ value: TorchValue, _ name: String, epsilon: Double
    ) throws(ModelFileError) -> TorchValue {
        let before = parameterCount
        let shape = [value.shape[value.shape.count - 1]]
        let scale = try constant(name + ".weight", shape)
        let shift = try constant(name + ".bias", shape)
        let mean = node("ReduceMean", [value.name], ["axes": [-1], "keepdims": 1], shape: value.shape)
        let centred = map("Sub", value, [mean.name])
        let squares = map("Mul", centred, [centred.name])
        let variance = node("ReduceMean", [squares.name], ["axes": [-1], "keepdims": 1], shape: value.shape)
        let deviation = map("Sqrt", map("Add", variance, [scalar(Float(epsilon))]))
        let scaled = map("Mul", map("Div", centred, [deviation.name]), [scale])
        let result = map("Add", scaled, [shift])
        summarize(name, "LayerNorm", result, since: before)
        return result
    }

    /// `PReLU` with one slope, or one for each channel.
    mutating func prelu(_ value: TorchValue, _ name: String) throws(ModelFileError) -> TorchValue {
        let before = parameterCount
        let count = try weights.shape(of: name + ".weight", rank: 1)[0]
        let slope = try weight(name + ".weight", [count == 1 ? 1 : value.shape[0]])
        let shape = [slope.shape[0]] + Array(repeating: 1, count: value.shape.count - 1)
        let result = map("PRelu", value, [constant(slope.reshaped(shape), name: weights.fullName(name))])
        summarize(name, "PReLU", result, since: before)
        return result
    }

    /// The values as one row.
    mutating func flatten(_ value: TorchValue) -> TorchValue {
        value.shape.count == 1
            ? value : node("Flatten", [value.name], ["axis": 1], shape: [value.shape.reduce(1, *)])
    }
}
