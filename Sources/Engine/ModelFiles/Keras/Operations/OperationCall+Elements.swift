import JSON
import ONNX
import Tensors

extension OperationCall {
    /// Functions of one value that are activations too.
    private static let activations: Set<String> = [
        "relu", "relu6", "sigmoid", "tanh", "softplus", "softsign", "silu", "elu", "selu", "hard_sigmoid", "hard_silu",
        "mish", "log_sigmoid",
    ]

    /// Functions of one value that are one operation of ONNX.
    private static let functions: [String: String] = [
        "exp": "Exp", "log": "Log", "sqrt": "Sqrt", "abs": "Abs", "absolute": "Abs", "negative": "Neg", "sign": "Sign",
        "sin": "Sin", "cos": "Cos", "floor": "Floor", "ceil": "Ceil", "round": "Round", "reciprocal": "Reciprocal",
        "erf": "Erf",
    ]

    /// Functions of two values that are one operation of ONNX.
    private static let pairs: [String: String] = [
        "add": "Add", "radd": "Add", "subtract": "Sub", "multiply": "Mul", "divide": "Div", "true_divide": "Div",
        "maximum": "Max", "minimum": "Min", "power": "Pow",
    ]

    private static let comparisons: [String: (name: String, isNegated: Bool)] = [
        "equal": ("Equal", false), "not_equal": ("Equal", true), "greater": ("Greater", false),
        "greater_equal": ("GreaterOrEqual", false), "less": ("Less", false), "less_equal": ("LessOrEqual", false),
    ]

    /// What comes out; nil where the operation is not known.
    func results(_ graph: inout KerasGraph) throws(ModelFileError) -> [KerasTensor]? {
        if let result = try elementwise(&graph) { return [result] }
        if let result = try reduced(&graph) { return [result] }
        return try reshaped(&graph)
    }

    /// Operations that treat every element alike.
    private func elementwise(_ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor? {
        if Self.activations.contains(operation) {
            return try KerasActivation.apply(.string(operation), to: try value(), of: call, &graph)
        }
        if let name = Self.functions[operation] { return graph.map(name, try value()) }
        if let name = Self.pairs[operation] { return try pair(name, &graph) }
        if let comparison = Self.comparisons[operation] {
            var result = try pair(comparison.name, &graph)
            if comparison.isNegated { result.name = graph.node("Not", [result.name]) }
            result.name = graph.floats(result.name)
            return result
        }
        switch operation {
        case "identity", "convert_to_tensor": return try value()
        case "zeros_like": return graph.map("Mul", try value(), [graph.scalar(0)])
        case "ones_like": return graph.map("Add", graph.map("Mul", try value(), [graph.scalar(0)]), [graph.scalar(1)])
        // Truth is 0 or 1 here.
        case "logical_or": return try pair("Max", &graph)
        case "logical_and": return try pair("Min", &graph)
        case "logical_not":
            var result = try value()
            result.name = graph.floats(graph.node("Not", [graph.truth(result.name)]))
            return result
        case "square": return graph.map("Mul", try value(), [try value().name])
        case "rsqrt": return graph.map("Reciprocal", graph.map("Sqrt", try value()))
        case "cast": return try cast(&graph)
        case "gelu":
            let stated = try setting(1, "approximate")?.boolValue
            // Keras 3's operation takes the approximation by default, TensorFlow's function does not.
            return graph.gelu(try value(), isApproximate: stated ?? config.type.hasPrefix("ops."))
        case "leaky_relu":
            return graph.leaky(try value(), try setting(1, "negative_slope", "alpha")?.doubleValue ?? 0.2)
        case "clip": return try clipped(&graph)
        case "where": return try chosen(&graph)
        default: return nil
        }
    }

    /// A function of two operands with NumPy's rules for shapes.
    private func pair(_ name: String, _ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        let (left, right) = try matched(
            try operand(0, "x1", "x", "a"), try operand(1, "x2", "y", "b", "bias"), &graph)
        var result = KerasTensor(
            name: graph.node(name, [left.name, right.name]), shape: try broadcast(left.shape, right.shape))
        result.isChannelsFirst = left.isChannelsFirst || right.isChannelsFirst
        return result
    }

    /// Two operands in one order of axes.
    private func matched(
        _ left: Operand, _ right: Operand, _ graph: inout KerasGraph
    ) throws(ModelFileError) -> (KerasTensor, KerasTensor) {
        switch (left, right) {
        case (.value(let left), .value(let right)):
            if left.rank == right.rank, left.isChannelsFirst || right.isChannelsFirst {
                return (graph.channelsFirst(left), graph.channelsFirst(right))
            }
            return (graph.native(left), graph.native(right))
        case (.value(let left), .constant(let right)):
            let left = right.shape.isEmpty ? left : graph.native(left)
            return (left, constant(right, &graph))
        case (.constant(let left), .value(let right)):
            let right = left.shape.isEmpty ? right : graph.native(right)
            return (constant(left, &graph), right)
        case (.constant, .constant):
            throw config.damaged("reads nothing of the network")
        }
    }

    private func constant(_ tensor: Tensor, _ graph: inout KerasGraph) -> KerasTensor {
        KerasTensor(name: graph.literal(tensor), shape: tensor.shape)
    }

    /// The shape of a function of two operands, aligned at the last axis.
    private func broadcast(_ left: [Int?], _ right: [Int?]) throws(ModelFileError) -> [Int?] {
        let rank = max(left.count, right.count)
        var result: [Int?] = []
        for axis in 0..<rank {
            let first = axis - (rank - left.count)
            let second = axis - (rank - right.count)
            let lengths = (first < 0 ? 1 : left[first], second < 0 ? 1 : right[second])
            switch lengths {
            case (nil, let length), (let length, nil): result.append(axis == 0 || length == 1 ? nil : length)
            case (let first?, let second?):
                guard first == second || first == 1 || second == 1 else {
                    throw config.damaged("combines axes of \(first) and \(second) elements")
                }
                result.append(max(first, second))
            }
        }
        return result
    }

    private func cast(_ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        let type = try setting(1, "dtype", "DType")?.stringValue ?? ""
        let value = try value()
        if type.contains("float") || type == "double" || type == "half" { return value }
        var result = value
        if type == "bool" {
            result.name = graph.floats(graph.truth(value.name))
            return result
        }
        guard type.hasPrefix("int") || type.hasPrefix("uint") else {
            throw config.unsupported("changes values to type '\(type)', which is not supported")
        }
        result.name = graph.floats(graph.wholeNumbers(value.name))
        return result
    }

    private func clipped(_ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        guard let low = try setting(1, "x_min", "clip_value_min")?.doubleValue,
            let high = try setting(2, "x_max", "clip_value_max")?.doubleValue
        else { throw config.unsupported("clips to what is not a number") }
        return graph.map("Clip", try value(), [graph.scalar(low), graph.scalar(high)])
    }

    private func chosen(_ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        let (left, right) = try matched(try operand(1, "x1", "x"), try operand(2, "x2", "y"), &graph)
        guard case .value(let condition) = try operand(0, "condition"), !left.isChannelsFirst, !right.isChannelsFirst
        else { throw config.unsupported("chooses by a constant, which is not supported") }
        let native = graph.native(condition)
        let name = graph.node("Where", [graph.truth(native.name), left.name, right.name])
        let shape = try broadcast(try broadcast(left.shape, right.shape), native.shape)
        return KerasTensor(name: name, shape: shape)
    }
}
