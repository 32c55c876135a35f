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
        if let name = setting.stringValue { return try function(name, value, call, &graph) }
        guard let type = setting["class_name"]?.stringValue else {
            throw call.config.damaged("has an activation that makes no sense")
        }
        // Keras 3: `{"class_name": "function", "config": "relu"}`.
        if let name = setting["config"]?.stringValue { return try function(name, value, call, &graph) }
        let settings = setting["config"]?.objectValue ?? JSONObject()
        let config = KerasConfig(layer: call.config.layer, type: type, values: settings)
        guard let converter = KerasLayers.converter(of: type) else {
            // Some versions write a function as an object of its own name.
            return try function(type, value, call, &graph)
        }
        guard try converter.weights(config).isEmpty else {
            throw call.config.unsupported("has an activation of type \(type) with weights, which is not supported")
        }
        let inner = KerasLayerCall(config: config, inputs: [value], weights: [:], version: call.version)
        return try converter.convert(inner, &graph)
    }

    private static func function(
        _ name: String, _ value: KerasTensor, _ call: KerasLayerCall, _ graph: inout KerasGraph
    ) throws(ModelFileError) -> KerasTensor {
        switch name {
        case "linear", "identity": return value
        case "softmax": return graph.softmax(value, axes: [value.rank - 1])
        case "log_softmax":
            return graph.map("LogSoftmax", value, [], ["axis": .int(value.physicalAxis(value.rank - 1))])
        case "gelu": return graph.gelu(value)
        case "hard_sigmoid": return graph.hardSigmoid(value, version: call.version)
        default: break
        }
        if let operation = simple[name] { return graph.map(operation.name, value, [], operation.attributes) }
        switch name {
        case "relu6": return graph.map("Clip", value, [graph.scalar(0), graph.scalar(6)])
        case "hard_tanh": return graph.map("Clip", value, [graph.scalar(-1), graph.scalar(1)])
        case "silu", "swish": return graph.map("Mul", value, [graph.map("Sigmoid", value).name])
        case "mish": return graph.map("Mul", value, [graph.map("Tanh", graph.map("Softplus", value)).name])
        case "log_sigmoid": return graph.map("Neg", graph.map("Softplus", graph.map("Neg", value)))
        default: throw call.config.unsupported("has the activation '\(name)', which is not supported")
        }
    }

    /// Functions that are one operation.
    private static let simple: [String: (name: String, attributes: [String: ONNXAttribute])] = [
        "relu": ("Relu", [:]), "sigmoid": ("Sigmoid", [:]), "tanh": ("Tanh", [:]), "elu": ("Elu", ["alpha": 1]),
        // The constants of the SELU paper with all digits, as Keras has them.
        "selu": ("Selu", ["alpha": 1.673_263_242_354_377_2, "gamma": 1.050_700_987_355_480_5]),
        "softplus": ("Softplus", [:]), "softsign": ("Softsign", [:]), "exponential": ("Exp", [:]),
        "leaky_relu": ("LeakyRelu", ["alpha": 0.2]), "hard_silu": ("HardSwish", [:]), "hard_swish": ("HardSwish", [:]),
        "celu": ("Celu", ["alpha": 1]),
    ]
}

extension KerasGraph {
    /// x/2 · (1 + erf(x/√2)), the exact form, which Keras takes by default.
    fileprivate mutating func gelu(_ value: KerasTensor) -> KerasTensor {
        let error = map("Erf", map("Mul", value, [scalar(0.5.squareRoot())]))
        let half = map("Mul", value, [scalar(0.5)])
        return map("Mul", half, [map("Add", error, [scalar(1)]).name])
    }

    /// Keras 2 clips 0.2 x + 0.5, Keras 3 clips x/6 + 0.5.
    fileprivate mutating func hardSigmoid(_ value: KerasTensor, version: KerasVersion) -> KerasTensor {
        let slope: Float = version.major >= 3 ? 1 / 6 : 0.2
        return map("HardSigmoid", value, [], ["alpha": .float(slope), "beta": 0.5])
    }
}
