import Foundation
public import ONNX
import Tensors

/// Why a model's weights cannot start a network.
public struct NetworkImportError: Error, Equatable, CustomStringConvertible {
    /// What does not fit, and where.
    public let reason: String

    init(_ reason: String) {
        self.reason = reason
    }

    public var description: String { reason }
}

extension NetworkPlan {
    /// The weights of a model whose layers are those of this plan, to go on learning from.
    ///
    /// Reads what `export` writes, and graphs made of the files of other programs where they say the same: one chain of
    /// layers, with or without a division of 0…255 by 255 in front. A batch norm that was folded away starts anew as
    /// one that changes nothing.
    ///
    /// - Throws: `NetworkImportError` for other layers, sizes or windows.
    public func weights(of model: ONNXModel) throws(NetworkImportError) -> NetworkWeights {
        var chain = try LayerChain(model.graph)
        try chain.skipPreparation(channels: input.channels)
        var tensors: [String: Tensor] = [:]
        for (index, layer) in layers.enumerated() {
            switch layer {
            case .convolution(let inputs, let outputs, let kernel, let stride, let padding, let hasBias):
                let node = try chain.take("Conv", layer: index)
                try chain.check(node, layer: index, kernel: kernel, stride: stride, padding: padding)
                tensors["weight.\(index).weight"] = try chain.constant(
                    of: node, at: 1, shape: [outputs, inputs, kernel, kernel], layer: index)
                let bias = try chain.bias(of: node, count: outputs, layer: index)
                // Without a bias of its own the convolution has a batch norm behind it that takes it over.
                tensors[hasBias ? "weight.\(index).bias" : "weight.\(index + 1).bias"] = bias
            case .batchNorm(let channels):
                // The trainer divides by the root of the variance and 1e-5.
                let unchanged = (1 + 1e-5 as Float).squareRoot()
                func all(_ value: Float) -> Tensor {
                    Tensor(shape: [channels], values: [Float](repeating: value, count: channels))
                }
                tensors["weight.\(index).weight"] = all(unchanged)
                tensors["weight.\(index).running_mean"] = all(0)
                tensors["weight.\(index).running_var"] = all(1)
            case .relu: _ = try chain.take("Relu", layer: index)
            case .maxPool(let size):
                let node = try chain.take("MaxPool", layer: index)
                try chain.check(node, layer: index, kernel: size, stride: size, padding: 0)
            case .globalAveragePool: _ = try chain.take("GlobalAveragePool", layer: index)
            case .flatten: _ = try chain.take("Flatten", layer: index)
            case .dropout: continue
            case .dense(let inputs, let outputs):
                let (weight, bias) = try chain.takeDense(inputs: inputs, outputs: outputs, layer: index)
                tensors["weight.\(index).weight"] = weight
                tensors["weight.\(index).bias"] = bias
            }
        }
        try chain.finish(output == .sigmoid ? "Sigmoid" : "Softmax")
        guard tensors.values.allSatisfy({ $0.values.allSatisfy(\.isFinite) }) else {
            throw NetworkImportError("the model's weights are not all finite")
        }
        return NetworkWeights(tensors)
    }
}

/// The operations of a graph that are one chain, from the input on.
private struct LayerChain {
    private let constants: [String: ONNXTensor]
    private var nodes: ArraySlice<ONNXNode>
    private var value: String

    init(_ graph: ONNXGraph) throws(NetworkImportError) {
        constants = Dictionary(graph.initializers.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        guard let input = graph.inputs.first(where: { [constants] in constants[$0.name] == nil })?.name else {
            throw NetworkImportError("the model has no input")
        }
        value = input
        nodes = graph.nodes[...]
        var current = input
        for node in graph.nodes {
            let read = node.inputs.filter { !$0.isEmpty && constants[$0] == nil }
            guard read == [current], node.outputs.count == 1, node.domain.isEmpty else {
                throw NetworkImportError("the model is not one chain of layers")
            }
            current = node.outputs[0]
        }
    }

    /// Takes what brings the picture into the order and range of the first layer.
    mutating func skipPreparation(channels: Int) throws(NetworkImportError) {
        while let node = nodes.first {
            switch node.operation {
            case "Identity", "Cast": break
            case "Transpose" where node.attributes["perm"] == .ints([0, 3, 1, 2]): break
            case "Reshape" where channels == 1: break
            case "Mul", "Div":
                let factor = node.inputs.lazy.compactMap { [constants] in constants[$0]?.floats?.values }.first
                let expected: Float = node.operation == "Mul" ? 1 / 255 : 255
                guard let factor, factor.count == 1, abs(factor[0] / expected - 1) < 1e-5 else {
                    throw NetworkImportError("the model scales its input by something else than 1/255")
                }
            default: return
            }
            advance(node)
        }
    }

    private mutating func advance(_ node: ONNXNode) {
        value = node.outputs[0]
        nodes = nodes.dropFirst()
    }

    mutating func take(_ operation: String, layer: Int) throws(NetworkImportError) -> ONNXNode {
        // What only matters while learning, or only says the same in another shape.
        while let node = nodes.first, node.operation != operation,
            ["Identity", "Dropout", "Flatten"].contains(node.operation)
        {
            advance(node)
        }
        guard let node = nodes.first, node.operation == operation else {
            throw NetworkImportError(
                "layer \(layer) should be \(operation), the model has \(nodes.first?.operation ?? "nothing more")")
        }
        advance(node)
        return node
    }

    func check(
        _ node: ONNXNode, layer: Int, kernel: Int, stride: Int, padding: Int
    ) throws(NetworkImportError) {
        func numbers(_ name: String, _ fallback: [Int]) -> [Int] {
            if case .ints(let values)? = node.attributes[name] { values } else { fallback }
        }
        func number(_ name: String) -> Int { if case .int(let value)? = node.attributes[name] { value } else { 0 } }
        let isFine =
            numbers("kernel_shape", []) == [kernel, kernel] && numbers("strides", [1, 1]) == [stride, stride]
            && numbers("pads", [0, 0, 0, 0]) == [padding, padding, padding, padding]
            && numbers("dilations", [1, 1]) == [1, 1] && max(1, number("group")) == 1 && number("ceil_mode") == 0
            && [nil, .string("NOTSET")].contains(node.attributes["auto_pad"])
        guard isFine else {
            throw NetworkImportError("the windows of layer \(layer) have another size, distance or padding")
        }
    }

    func constant(
        of node: ONNXNode, at index: Int, shape: [Int], layer: Int
    ) throws(NetworkImportError) -> Tensor {
        guard node.inputs.indices.contains(index), let tensor = constants[node.inputs[index]]?.floats,
            tensor.shape == shape
        else { throw NetworkImportError("layer \(layer) has no weights of the shape \(shape)") }
        return tensor
    }

    func bias(of node: ONNXNode, count: Int, layer: Int) throws(NetworkImportError) -> Tensor {
        guard node.inputs.count > 2, !node.inputs[2].isEmpty else { return Tensor(zeros: [count]) }
        return try constant(of: node, at: 2, shape: [count], layer: layer)
    }

    /// Takes a dense layer, whichever way its matrix lies.
    mutating func takeDense(
        inputs: Int, outputs: Int, layer: Int
    ) throws(NetworkImportError) -> (weight: Tensor, bias: Tensor) {
        let node = try take("Gemm", layer: layer)
        guard [nil, .float(1)].contains(node.attributes["alpha"]), [nil, .float(1)].contains(node.attributes["beta"]),
            [nil, .int(0)].contains(node.attributes["transA"])
        else { throw NetworkImportError("layer \(layer) scales its values") }
        if node.attributes["transB"] == .int(1) {
            let matrix = try constant(of: node, at: 1, shape: [outputs, inputs], layer: layer)
            return (matrix, try bias(of: node, count: outputs, layer: layer))
        }
        let matrix = try constant(of: node, at: 1, shape: [inputs, outputs], layer: layer).values
        let turned = (0..<outputs).flatMap { output in (0..<inputs).map { matrix[$0 * outputs + output] } }
        return (Tensor(shape: [outputs, inputs], values: turned), try bias(of: node, count: outputs, layer: layer))
    }

    /// Checks that nothing but the last function follows.
    mutating func finish(_ operation: String) throws(NetworkImportError) {
        _ = try take(operation, layer: -1)
        guard nodes.allSatisfy({ $0.operation == "Identity" }) else {
            throw NetworkImportError("the model has more layers")
        }
    }
}
