import JSON
import ONNX

/// Pure operations that stand between layers: of Keras 3's `ops`, and those TensorFlow functions that mean the same.
///
/// Only what is named here is computed. A name that is not known is refused: it could be anything.
enum OperationLayer: KerasLayerConverter {
    static func outputs(of call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> [KerasTensor] {
        let (operation, call) = try identified(call)
        let operationCall = OperationCall(call: call, operation: operation)
        guard let results = try operationCall.results(&graph) else { throw KerasLayers.refusal(of: call.config) }
        return results
    }

    /// Class names of Keras 3's operations.
    static let kerasTypes: [String] = [
        "Abs", "Absolute", "Add", "All", "Any", "Argmax", "Cast", "Ceil", "Clip", "Concatenate", "ConvertToTensor",
        "Cos", "Divide", "Einsum", "Elu", "Equal", "Erf", "Exp", "ExpandDims", "Flip", "Floor", "Gelu", "GetItem",
        "Greater", "GreaterEqual", "HardSigmoid", "HardSilu", "Identity", "LeakyRelu", "Less", "LessEqual", "Log",
        "LogSigmoid", "LogSoftmax", "LogicalAnd", "LogicalNot", "LogicalOr", "Matmul", "Max", "Maximum", "Mean", "Min",
        "Minimum", "Mish", "Moveaxis", "Multiply", "Negative", "NotEqual", "OnesLike", "Pad", "Power", "Reciprocal",
        "Relu", "Relu6", "Repeat", "Reshape", "Round", "Rsqrt", "Selu", "Sigmoid", "Sign", "Silu", "Sin", "Softmax",
        "Softplus", "Softsign", "Split", "Sqrt", "Square", "Squeeze", "Stack", "Std", "Subtract", "Sum", "Swapaxes",
        "Tanh", "Tile", "Transpose", "TrueDivide", "Unstack", "Var", "Where", "ZerosLike",
    ]

    /// TensorFlow's functions under the names of their operations here; only these are known.
    static let tensorFlowFunctions: [String: String] = [
        "__operators__.add": "add", "math.add": "add", "add": "add", "__operators__.radd": "radd",
        "math.subtract": "subtract", "subtract": "subtract", "math.multiply": "multiply", "multiply": "multiply",
        "math.truediv": "divide", "math.divide": "divide", "truediv": "divide", "realdiv": "divide",
        "math.pow": "power", "math.maximum": "maximum", "math.minimum": "minimum", "maximum": "maximum",
        "minimum": "minimum", "linalg.matmul": "matmul", "nn.bias_add": "add", "nn.relu": "relu", "nn.relu6": "relu6",
        "nn.elu": "elu", "nn.selu": "selu", "nn.gelu": "gelu", "nn.silu": "silu", "nn.swish": "silu",
        "nn.leaky_relu": "leaky_relu", "nn.sigmoid": "sigmoid", "math.sigmoid": "sigmoid", "nn.tanh": "tanh",
        "math.tanh": "tanh", "nn.softmax": "softmax", "nn.log_softmax": "log_softmax", "nn.softplus": "softplus",
        "math.softplus": "softplus", "nn.softsign": "softsign", "math.exp": "exp", "exp": "exp", "math.log": "log",
        "math.sqrt": "sqrt", "sqrt": "sqrt", "math.rsqrt": "rsqrt", "math.square": "square", "square": "square",
        "math.abs": "abs", "abs": "abs", "math.negative": "negative", "math.sign": "sign", "math.sin": "sin",
        "math.cos": "cos", "math.floor": "floor", "math.ceil": "ceil", "math.round": "round",
        "math.reciprocal": "reciprocal", "math.erf": "erf", "identity": "identity", "stop_gradient": "identity",
        "cast": "cast", "math.reduce_mean": "mean", "reduce_mean": "mean", "math.reduce_sum": "sum",
        "reduce_sum": "sum", "math.reduce_max": "max", "math.reduce_min": "min", "math.reduce_std": "std",
        "math.reduce_variance": "var", "math.argmax": "argmax", "reshape": "reshape", "transpose": "transpose",
        "expand_dims": "expand_dims", "squeeze": "squeeze", "concat": "concatenate", "stack": "stack",
        "unstack": "unstack", "split": "split", "tile": "tile", "pad": "pad", "reverse": "flip", "repeat": "repeat",
        "clip_by_value": "clip", "math.equal": "equal", "math.not_equal": "not_equal", "math.greater": "greater",
        "math.greater_equal": "greater_equal", "math.less": "less", "math.less_equal": "less_equal", "where": "where",
        "einsum": "einsum", "math.l2_normalize": "l2_normalize", "nn.l2_normalize": "l2_normalize",
        "math.logical_or": "logical_or", "math.logical_and": "logical_and", "math.logical_not": "logical_not",
        "math.reduce_any": "any", "math.reduce_all": "all", "zeros_like": "zeros_like", "ones_like": "ones_like",
        "__operators__.getitem": "get_item", "compat.v1.transpose": "transpose", "compat.v1.squeeze": "squeeze",
    ]

    /// The operations of graphs that TensorFlow 2.0 to 2.3 put between layers.
    private static let graphOperations: [String: String] = [
        "Add": "add", "AddV2": "add", "BiasAdd": "add", "Sub": "subtract", "Mul": "multiply", "RealDiv": "divide",
        "Maximum": "maximum", "Minimum": "minimum", "Pow": "power", "Relu": "relu", "Relu6": "relu6",
        "Sigmoid": "sigmoid", "Tanh": "tanh", "Exp": "exp", "Log": "log", "Sqrt": "sqrt", "Rsqrt": "rsqrt",
        "Square": "square", "Abs": "abs", "Neg": "negative", "Identity": "identity", "Softmax": "softmax",
        "Elu": "elu", "Selu": "selu", "Softplus": "softplus", "Reshape": "reshape", "Mean": "mean", "Sum": "sum",
        "Max": "max", "ExpandDims": "expand_dims", "Transpose": "transpose",
    ]

    /// The operation of a node, and the call with all constants among its arguments.
    private static func identified(_ call: KerasLayerCall) throws(ModelFileError) -> (String, KerasLayerCall) {
        let type = call.config.type
        if type.hasPrefix("ops.") { return (KerasLayer.snakeCase(String(type.dropFirst(4))), call) }
        if type == "SlicingOpLambda" { return ("get_item", call) }
        if type == "TensorFlowOpLayer" { return try graphOperation(call) }
        let function = try call.config.text("function", default: "")
        guard let operation = tensorFlowFunctions[function] else { throw KerasLayers.refusal(of: call.config) }
        return (operation, call)
    }

    /// Graph nodes keep their constants in the settings, by position.
    private static func graphOperation(_ call: KerasLayerCall) throws(ModelFileError) -> (String, KerasLayerCall) {
        var call = call
        guard let name = call.config.value("node_def")?["op"]?.stringValue, let operation = graphOperations[name] else {
            throw KerasLayers.refusal(of: call.config)
        }
        let constants = call.config.value("constants")?.objectValue ?? JSONObject()
        var tensors = call.arguments.positional[...]
        var positional: [KerasArguments.Value] = []
        for position in 0..<(tensors.count + constants.count) {
            if let constant = constants["\(position)"] {
                positional.append(.constant(constant))
            } else if let tensor = tensors.popFirst() {
                positional.append(tensor)
            }
        }
        call.arguments.positional = positional
        return (operation, call)
    }
}
