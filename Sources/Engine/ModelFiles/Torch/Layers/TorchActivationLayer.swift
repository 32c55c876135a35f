import ONNX

/// The functions that are applied to every element.
enum TorchActivationLayer: TorchLayerConverter {
    static let settings: Set<String> = [
        "inplace", "negative_slope", "alpha", "beta", "threshold", "value", "min_val", "max_val", "lambd", "lower",
        "upper", "approximate",
    ]

    /// Names of the classes.
    static var names: [String] { Array(functions.keys) }

    private typealias Function =
        @Sendable (TorchLayer, TorchLayerValue, inout TorchLayerGraph) throws(ModelFileError) -> TorchLayerValue

    static func convert(
        _ layer: TorchLayer, _ value: TorchLayerValue, _ graph: inout TorchLayerGraph
    ) throws(ModelFileError) -> TorchLayerValue {
        guard let function = functions[layer.type] else { throw layer.unsupported("is not known") }
        return try function(layer, value, &graph)
    }

    /// An operation of ONNX without parameters, or with fixed ones.
    private static func plain(_ operation: String, _ attributes: [String: ONNXAttribute] = [:]) -> Function {
        { (_, value, graph) throws(ModelFileError) in graph.map(operation, value, [], attributes) }
    }

    /// An operation of ONNX with one parameter.
    private static func scaled(_ operation: String, _ setting: String, _ standard: Double) -> Function {
        { (layer, value, graph) throws(ModelFileError) in
            let alpha = try layer.number(setting, default: standard)
            return graph.map(operation, value, [], ["alpha": .float(Float(alpha))])
        }
    }

    private static let functions: [String: Function] = [
        "ReLU": plain("Relu"), "Sigmoid": plain("Sigmoid"), "Tanh": plain("Tanh"), "Softsign": plain("Softsign"),
        "Hardswish": plain("HardSwish"), "Hardsigmoid": plain("HardSigmoid", ["alpha": .float(1 / 6), "beta": 0.5]),
        "ELU": scaled("Elu", "alpha", 1), "CELU": scaled("Celu", "alpha", 1),
        "LeakyReLU": scaled("LeakyRelu", "negative_slope", 0.01),
        // The constants of the SELU paper with all digits, as PyTorch has them.
        "SELU": plain("Selu", ["alpha": 1.673_263_242_354_377_2, "gamma": 1.050_700_987_355_480_5]),
        "ReLU6": { (_, value, graph) throws(ModelFileError) in
            graph.map("Clip", value, [graph.scalar(0), graph.scalar(6)])
        },
        "Hardtanh": { (layer, value, graph) throws(ModelFileError) in
            let least = graph.scalar(try layer.number("min_val", default: -1))
            return graph.map("Clip", value, [least, graph.scalar(try layer.number("max_val", default: 1))])
        },
        "RReLU": { (layer, value, graph) throws(ModelFileError) in
            // Outside training the slope is the middle of the range.
            let slope = (try layer.number("lower", default: 1 / 8) + layer.number("upper", default: 1 / 3)) / 2
            return graph.map("LeakyRelu", value, [], ["alpha": .float(Float(slope))])
        },
        "SiLU": { (_, value, graph) throws(ModelFileError) in
            graph.map("Mul", value, [graph.map("Sigmoid", value).name])
        },
        "Mish": { (_, value, graph) throws(ModelFileError) in
            graph.map("Mul", value, [graph.map("Tanh", graph.map("Softplus", value)).name])
        },
        "LogSigmoid": { (_, value, graph) throws(ModelFileError) in
            graph.map("Neg", graph.map("Softplus", graph.map("Neg", value)))
        },
        "Tanhshrink": { (_, value, graph) throws(ModelFileError) in
            graph.map("Sub", value, [graph.map("Tanh", value).name])
        },
        "GELU": gelu, "Softplus": softplus, "Threshold": threshold, "Hardshrink": hardshrink,
        "Softshrink": softshrink,
    ]

    /// `x/2 · (1 + erf(x/√2))`, or the approximation by `tanh`.
    private static let gelu: Function = { (layer, value, graph) throws(ModelFileError) in
        let half = graph.map("Mul", value, [graph.scalar(0.5)])
        let inner: TorchLayerValue
        switch try layer.text("approximate", default: "none") {
        case "none": inner = graph.map("Erf", graph.map("Mul", value, [graph.scalar(0.5.squareRoot())]))
        case "tanh":
            // tanh(√(2/π) · (x + 0.044715 x³))
            let square = graph.map("Mul", value, [value.name])
            let cubic = graph.map("Mul", graph.map("Mul", square, [value.name]), [graph.scalar(0.044715)])
            let sum = graph.map("Add", cubic, [value.name])
            inner = graph.map("Tanh", graph.map("Mul", sum, [graph.scalar((2 / Double.pi).squareRoot())]))
        case let other: throw layer.unsupported("has the approximation '\(other)', which is not known")
        }
        return graph.map("Mul", half, [graph.map("Add", inner, [graph.scalar(1)]).name])
    }

    /// `log(1 + exp(β x)) / β`, and `x` itself beyond the threshold, where the two do not differ in 32 bits.
    private static let softplus: Function = { (layer, value, graph) throws(ModelFileError) in
        let beta = try layer.number("beta", default: 1)
        guard beta > 0, try layer.number("threshold", default: 20) >= 15 else {
            throw layer.unsupported("has a beta or a threshold that is not supported")
        }
        guard beta != 1 else { return graph.map("Softplus", value) }
        let scaled = graph.map("Softplus", graph.map("Mul", value, [graph.scalar(beta)]))
        return graph.map("Div", scaled, [graph.scalar(beta)])
    }

    private static let threshold: Function = { (layer, value, graph) throws(ModelFileError) in
        let limit = graph.scalar(try layer.number("threshold", default: 0))
        let other = graph.scalar(try layer.number("value", default: 0))
        let isAbove = graph.node("Greater", [value.name, limit])
        return TorchLayerValue(name: graph.node("Where", [isAbove, value.name, other]), shape: value.shape)
    }

    private static let hardshrink: Function = { (layer, value, graph) throws(ModelFileError) in
        let limit = graph.scalar(try layer.number("lambd", default: 0.5))
        let isAbove = graph.node("Greater", [graph.map("Abs", value).name, limit])
        return TorchLayerValue(name: graph.node("Where", [isAbove, value.name, graph.scalar(0)]), shape: value.shape)
    }

    private static let softshrink: Function = { (layer, value, graph) throws(ModelFileError) in
        let limit = try layer.number("lambd", default: 0.5)
        // x − clip(x, −λ, λ) is x ∓ λ outside and 0 within.
        let middle = graph.map("Clip", value, [graph.scalar(-limit), graph.scalar(limit)])
        return graph.map("Sub", value, [middle.name])
    }
}

/// `Softmax`, `LogSoftmax`, `Softmin`, `Softmax2d`.
enum TorchSoftmax: TorchLayerConverter {
    static let settings: Set<String> = ["dim"]

    static func convert(
        _ layer: TorchLayer, _ value: TorchLayerValue, _ graph: inout TorchLayerGraph
    ) throws(ModelFileError) -> TorchLayerValue {
        var axis = 1
        if layer.type != "Softmax2d" {
            // Without an axis, PyTorch takes the batch for three axes, the second one otherwise.
            axis = try layer.axis(try layer.int("dim", default: value.shape.count == 2 ? 0 : 1), of: value)
        }
        let read = layer.type == "Softmin" ? graph.map("Neg", value) : value
        return graph.map(
            layer.type == "LogSoftmax" ? "LogSoftmax" : "Softmax", read, [], ["axis": .int(axis)])
    }
}

/// `GLU`: the first half times the sigmoid of the second.
enum TorchGLU: TorchLayerConverter {
    static let settings: Set<String> = ["dim"]

    static func convert(
        _ layer: TorchLayer, _ value: TorchLayerValue, _ graph: inout TorchLayerGraph
    ) throws(ModelFileError) -> TorchLayerValue {
        let axis = try layer.axis(try layer.int("dim", default: -1), of: value)
        var shape = value.shape
        guard shape[axis - 1].isMultiple(of: 2) else {
            throw layer.misfit("halves axis \(axis) of \(value.shape), whose length is odd")
        }
        shape[axis - 1] /= 2
        let middle = graph.integers([shape[axis - 1]])
        let axes = graph.integers([axis])
        let first = graph.node("Slice", [value.name, graph.integers([0]), middle, axes])
        let second = graph.node("Slice", [value.name, middle, graph.integers([2 * shape[axis - 1]]), axes])
        return TorchLayerValue(name: graph.node("Mul", [first, graph.node("Sigmoid", [second])]), shape: shape)
    }
}

extension TorchLayer {
    /// An axis counted with the batch, from the front; that of the batch is refused.
    func axis(_ stated: Int, of value: TorchLayerValue) throws(ModelFileError) -> Int {
        let rank = value.shape.count + 1
        let axis = stated < 0 ? stated + rank : stated
        guard (1..<rank).contains(axis) else {
            throw unsupported("works along axis \(stated) of \(rank), where only those after the batch are supported")
        }
        return axis
    }
}
