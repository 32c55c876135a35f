import ONNX

/// A function between layers, which a file of weights does not name.
enum TorchActivation: String, CaseIterable, Sendable {
    case relu, relu6, gelu, silu, tanh, sigmoid, elu, selu, mish
    case leakyReLU = "leaky_relu"
    case hardSwish = "hardswish"
    case none

    /// Name for people, as PyTorch spells the layer.
    var title: String {
        switch self {
        case .relu: "ReLU"
        case .relu6: "ReLU6"
        case .gelu: "GELU"
        case .silu: "SiLU"
        case .tanh: "Tanh"
        case .sigmoid: "Sigmoid"
        case .elu: "ELU"
        case .selu: "SELU"
        case .mish: "Mish"
        case .leakyReLU: "LeakyReLU"
        case .hardSwish: "Hardswish"
        case .none: "no function"
        }
    }
}

extension TorchNetworkWriter {
    /// Applies a function to every element, with PyTorch's default parameters.
    mutating func activation(_ function: TorchActivation, _ value: TorchValue) -> TorchValue {
        switch function {
        case .none: return value
        case .relu: return map("Relu", value)
        case .relu6: return map("Clip", value, [scalar(0), scalar(6)])
        case .tanh: return map("Tanh", value)
        case .sigmoid: return map("Sigmoid", value)
        case .elu: return map("Elu", value, [], ["alpha": 1])
        case .selu:
            // The constants of the SELU paper with all digits, as PyTorch has them.
            return map(
                "Selu", value, [], ["alpha": 1.673_263_242_354_377_2, "gamma": 1.050_700_987_355_480_5])
        case .leakyReLU: return map("LeakyRelu", value, [], ["alpha": 0.01])
        case .hardSwish: return map("HardSwish", value)
        case .silu: return map("Mul", value, [map("Sigmoid", value).name])
        case .mish: return map("Mul", value, [map("Tanh", map("Softplus", value)).name])
        case .gelu:
            // x/2 · (1 + erf(x/√2)), the exact form, which PyTorch takes by default.
            let error = map("Erf", map("Mul", value, [scalar(Float(0.5.squareRoot()))]))
            let half = map("Mul", value, [scalar(0.5)])
            return map("Mul", half, [map("Add", error, [scalar(1)]).name])
        }
    }
}
