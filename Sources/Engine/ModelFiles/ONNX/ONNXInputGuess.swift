import ONNX
import Tensors

/// Guesses what values an ONNX model expects.
enum ONNXInputGuess {
    static func guess(_ model: ONNXModel, input: TensorSpec) -> InputGuess? {
        guard let channels = PictureShape.channels(of: input.shape) else { return nil }
        if input.elementType == .uint8 {
            return InputGuess(.bytes(channels), .stated, reason: "the input holds bytes")
        }
        return fromFirstOperation(model.graph, input: input.name, channels)
            ?? fromProducer(model, channels)
            ?? InputGuess(.unit(channels), .assumed, reason: "nothing in the file tells; 0…1 is the most common range")
    }

    /// A division by 255, or a subtraction of ImageNet's mean, tells that the model prepares its input itself.
    private static func fromFirstOperation(
        _ graph: ONNXGraph, input: String, _ channels: InputConvention.Channels
    ) -> InputGuess? {
        var value = input
        // Layout changes and casts may come first.
        for node in graph.nodes.prefix(16) where node.inputs.contains(value) {
            if ["Transpose", "Cast", "Identity", "Reshape", "Unsqueeze"].contains(node.operation) {
                value = node.outputs.first ?? value
                continue
            }
            guard let constant = constant(of: node, in: graph), let first = constant.first else { return nil }
            switch node.operation {
            case "Div" where first > 100, "Mul" where first > 0 && first < 0.02:
                return InputGuess(
                    .bytes(channels), .stated, reason: "the model itself brings 0…255 to a smaller range")
            case "Sub" where first > 50:
                return InputGuess(.bytes(channels), .stated, reason: "the model itself subtracts a mean of 0…255")
            case "Sub" where constant.count == 3 && abs(first - 0.485) < 0.01:
                return InputGuess(.unit(channels), .stated, reason: "the model itself subtracts ImageNet's mean")
            default: return nil
            }
        }
        return nil
    }

    /// The constant that an operation combines with its other input.
    private static func constant(of node: ONNXNode, in graph: ONNXGraph) -> [Float]? {
        for name in node.inputs {
            if let found = graph.initializers.first(where: { $0.name == name }), (found.elementCount ?? 0) <= 16 {
                return found.floats?.values
            }
            if let found = graph.nodes.first(where: { $0.operation == "Constant" && $0.outputs == [name] }),
                case .tensor(let tensor)? = found.attributes["value"], (tensor.elementCount ?? 0) <= 16
            {
                return tensor.floats?.values
            }
        }
        return nil
    }

    private static func fromProducer(_ model: ONNXModel, _ channels: InputConvention.Channels) -> InputGuess? {
        if model.metadata.contains(where: { $0.key == "author" && $0.value == "Ultralytics" }) {
            return InputGuess(.unit(channels), .inferred, reason: "models exported by Ultralytics take values 0…1")
        }
        guard model.producer == "pytorch", channels == .rgb else { return nil }
        return InputGuess(
            .imageNet, .assumed,
            reason: "models of colour pictures from PyTorch are mostly trained on ImageNet's mean and deviation")
    }
}
