import JSON
import ONNX

/// Activation functions by name, as settings of layers give them.
enum KerasActivation {
    /// Applies the activation that a setting describes.
    ///
    /// - Parameters:
    ///   - setting: a name, a function or a layer as an object, or nil for none.
    ///   - call: the layer that has the setting.
    static func apply(
        _ setting: JSONValue?, to value: KerasTensor, of call: KerasLayerCall, _ graph: inout KerasGraph
    ) throws(ModelFileError) -> KerasTensor {
        guard let setting, !setting.isNull else { return value }
        if let name = name(setting) { return try function(name, value, call, &graph) }
        guard let type = setting["class_name"]?.stringValue else {
            throw call.config.damaged("has an activation that makes no sense")
        }
        let settings = setting["config"]?.objectValue ?? JSONObject()
        let config = KerasConfig(layer: call.config.layer, type: type, values: settings)
        guard let converter = KerasLayers.converter(of: type) else {
            // Some versions write a function as an object of its own name.
            return try function(type, value, call, &graph)
        }
        guard try converter.weights(config).isEmpty else {
            throw call.config.unsupported("has an activation of type \(type) with weights, which is not supported")
        }
        // An activation is a layer of one level: what has one itself would never end.
        guard
            config.value("activation")?.objectValue?["class_name"] == nil
                || settings["activation"]?["config"]?.stringValue != nil
        else { throw call.config.unsupported("has activations inside each other, which is not supported") }
        let inner = KerasLayerCall(config: config, inputs: [value], weights: [:], version: call.version)
        guard let result = try converter.outputs(of: inner, &graph).first else {
            throw call.config.damaged("has an activation without a result")
        }
        return result
    }

    /// The name of an activation that is a function; nil for a layer, or none.
    static func name(_ setting: JSONValue?) -> String? {
        // Keras 3: `{"class_name": "function", "config": "relu"}`.
        setting?.stringValue ?? (setting?["class_name"] == nil ? nil : setting?["config"]?.stringValue)
    }

    private static func function(
        _ name: String, _ value: KerasTensor, _ call: KerasLayerCall, _ graph: inout KerasGraph
    ) throws(ModelFileError) -> KerasTensor {
        switch name {
        case "linear", "identity": return value
        case "softmax": return graph.softmax(value, axes: [value.rank - 1])
        case "log_softmax":
            return graph.map("LogSoftmax", value, [], ["axis": .int(value.physicalAxis(value.rank - 1))])
        case "gelu": return graph.gelu(value, isApproximate: false)
        case "hard_sigmoid": return graph.hardSigmoid(value, version: call.version)
        case "glu", "crelu": return try graph.paired(name, value, call.config)
        default: break
        }
        if let operation = simple[name] { return graph.map(operation.name, value, [], operation.attributes) }
        guard let result = graph.composed(name, value) else {
            throw call.config.unsupported("has the activation '\(name)', which is not supported")
        }
        return result
    }

    /// Functions that are one operation.
    private static let simple: [String: (name: String, attributes: [String: ONNXAttribute])] = [
        "relu": ("Relu", [:]), "sigmoid": ("Sigmoid", [:]), "tanh": ("Tanh", [:]), "elu": ("Elu", ["alpha": 1]),
        // The constants of the SELU paper with all digits, as Keras has them.
        "selu": ("Selu", ["alpha": 1.673_263_242_354_377_2, "gamma": 1.050_700_987_355_480_5]),
        "softplus": ("Softplus", [:]), "softsign": ("Softsign", [:]), "exponential": ("Exp", [:]),
        "leaky_relu": ("LeakyRelu", ["alpha": 0.2]), "hard_silu": ("HardSwish", [:]), "hard_swish": ("HardSwish", [:]),
        "celu": ("Celu", ["alpha": 1]), "sparse_sigmoid": ("HardSigmoid", ["alpha": 0.5, "beta": 0.5]),
    ]
}

extension KerasGraph {
    /// Functions of several operations with the constants that Keras has by default; nil for unknown names.
    fileprivate mutating func composed(_ name: String, _ value: KerasTensor) -> KerasTensor? {
        switch name {
        case "relu6": return map("Clip", value, [scalar(0), scalar(6)])
        case "hard_tanh": return map("Clip", value, [scalar(-1), scalar(1)])
        case "silu", "swish": return map("Mul", value, [map("Sigmoid", value).name])
        case "mish": return map("Mul", value, [map("Tanh", map("Softplus", value)).name])
        case "log_sigmoid": return map("Neg", map("Softplus", map("Neg", value)))
        case "tanh_shrink": return map("Sub", value, [node("Tanh", [value.name])])
        case "hard_shrink":
            let isLarge = node("Greater", [node("Abs", [value.name]), scalar(0.5)])
            var result = value
            result.name = node("Where", [isLarge, value.name, scalar(0)])
            return result
        case "soft_shrink":
            let above = node("Relu", [plus(value.name, -0.5)])
            let below = node("Relu", [plus(node("Neg", [value.name]), -0.5)])
            var result = value
            result.name = node("Sub", [above, below])
            return result
        case "squareplus":
            let root = node("Sqrt", [plus(square(value.name), 4)])
            return map("Mul", map("Add", value, [root]), [scalar(0.5)])
        case "sparse_plus":
            // ¼ (x + 1)² between −1 and 1, x above.
            let bounded = plus(node("Clip", [value.name, scalar(-1), scalar(1)]), 1)
            let isLarge = node("Greater", [value.name, scalar(1)])
            var result = value
            result.name = node("Where", [isLarge, value.name, times(square(bounded), 0.25)])
            return result
        default: return nil
        }
    }

    /// Functions that halve or double the last axis.
    fileprivate mutating func paired(
        _ name: String, _ value: KerasTensor, _ config: KerasConfig
    ) throws(ModelFileError) -> KerasTensor {
        var result = native(value)
        let axis = result.rank - 1
        guard let length = result.shape[axis], length <= 1 << 28 else {
            throw config.unsupported("has the activation '\(name)' on an axis of unknown length")
        }
        if name == "crelu" {
            result.name = node(
                "Concat", [node("Relu", [result.name]), node("Relu", [node("Neg", [result.name])])],
                ["axis": .int(axis)])
            result.shape[axis] = 2 * length
            return result
        }
        guard length % 2 == 0 else { throw config.damaged("has the activation 'glu' on \(length) features") }
        let gate = node("Sigmoid", [slice(result.name, axis: axis, from: length / 2, to: nil)])
        result.name = node("Mul", [slice(result.name, axis: axis, from: 0, to: length / 2), gate])
        result.shape[axis] = length / 2
        return result
    }

    /// x/2 · (1 + erf(x/√2)), or its approximation by tanh.
    mutating func gelu(_ value: KerasTensor, isApproximate: Bool) -> KerasTensor {
        let half = map("Mul", value, [scalar(0.5)])
        guard isApproximate else {
            let error = map("Erf", map("Mul", value, [scalar(0.5.squareRoot())]))
            return map("Mul", half, [map("Add", error, [scalar(1)]).name])
        }
        let cube = node("Mul", [square(value.name), value.name])
        let inner = times(node("Add", [value.name, times(cube, 0.044715)]), (2 / Double.pi).squareRoot())
        return map("Mul", half, [plus(node("Tanh", [inner]), 1)])
    }

    /// Keras 2 clips 0.2 x + 0.5, Keras 3 clips x/6 + 0.5.
    fileprivate mutating func hardSigmoid(_ value: KerasTensor, version: KerasVersion) -> KerasTensor {
        let slope: Float = version.major >= 3 ? 1 / 6 : 0.2
        return map("HardSigmoid", value, [], ["alpha": .float(slope), "beta": 0.5])
    }
}
