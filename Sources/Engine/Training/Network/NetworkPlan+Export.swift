import JSON
public import ONNX
import Tensors

extension NetworkPlan {
    /// Writes the trained network as an ONNX model.
    ///
    /// The model reads `input`, `[N, height, width, channels]` in 0…1 or 0…255 as the input recipe says, and gives
    /// `probabilities`, `[N, classes]`, or `[N, 1]` for the second of two classes. Batch norm is folded into the
    /// convolutions, and what only matters while learning is left out.
    ///
    /// - Parameters:
    ///   - classes: names of the classes, kept in the metadata as `labels`, a JSON list.
    ///   - metadata: more entries.
    /// - Throws: `NetworkExportError` where a tensor is missing, has another shape, or is not finite.
    public func export(
        _ weights: NetworkWeights, name: String, classes: [String], metadata: [(key: String, value: String)] = []
    ) throws(NetworkExportError) -> ONNXModel {
        var writer = GraphWriter(plan: self, weights: weights, name: name)
        try writer.writeLayers()
        writer.finish()
        let labels = JSONValue.array(classes.map(JSONValue.string)).text()
        return writer.builder.model(metadata: [("labels", labels)] + metadata)
    }
}

private struct GraphWriter {
    let plan: NetworkPlan
    let weights: NetworkWeights
    var builder: GraphBuilder
    var current: String

    init(plan: NetworkPlan, weights: NetworkWeights, name: String) {
        (self.plan, self.weights) = (plan, weights)
        builder = GraphBuilder(name: name)
        let (width, height, channels) = (plan.input.width, plan.input.height, plan.input.channels)
        current = builder.input(
            "input", shape: [.symbol("N"), .fixed(height), .fixed(width), .fixed(channels)])
        if plan.input.values == .bytes {
            let scale = builder.constant(Tensor(shape: [], values: [1 / 255]), name: "scale")
            current = builder.add("Mul", [current, scale])
        }
        if channels == 1 {
            // With one channel both layouts are the same bytes.
            let shape = builder.constant([-1, 1, height, width], name: "planes")
            current = builder.add("Reshape", [current, shape])
        } else {
            current = builder.add("Transpose", [current], ["perm": [0, 3, 1, 2]])
        }
    }

    mutating func writeLayers() throws(NetworkExportError) {
        for (index, layer) in plan.layers.enumerated() {
            switch layer {
            case .convolution(_, _, let kernel, let stride, let padding, _):
                try convolution(at: index, kernel: kernel, stride: stride, padding: padding)
            case .batchNorm, .dropout: continue
            case .relu: current = builder.add("Relu", [current])
            case .maxPool(let size):
                current = builder.add(
                    "MaxPool", [current], ["kernel_shape": [size, size], "strides": [size, size]])
            case .globalAveragePool:
                current = builder.add("Flatten", [builder.add("GlobalAveragePool", [current])], ["axis": 1])
            case .flatten: current = builder.add("Flatten", [current], ["axis": 1])
            case .dense:
                let matrix = builder.constant(try weights.tensor(index, "weight"), name: "dense\(index).weight")
                let bias = builder.constant(try weights.tensor(index, "bias"), name: "dense\(index).bias")
                current = builder.add("Gemm", [current, matrix, bias], ["transB": 1])
            }
        }
    }

    mutating func finish() {
        switch plan.output {
        case .softmax: current = builder.add("Softmax", [current], ["axis": 1])
        case .sigmoid: current = builder.add("Sigmoid", [current])
        }
        builder.output("probabilities", from: current, shape: [.symbol("N"), .fixed(plan.scores)])
    }

    private mutating func convolution(
        at index: Int, kernel: Int, stride: Int, padding pad: Int
    ) throws(NetworkExportError) {
        var filter = try weights.tensor(index, "weight")
        var bias: Tensor?
        if plan.layers.indices.contains(index + 1), case .batchNorm = plan.layers[index + 1] {
            bias = try foldBatchNorm(at: index + 1, into: &filter)
        } else {
            bias = try weights.tensor(index, "bias")
        }
        let inputs =
            [current, builder.constant(filter, name: "convolution\(index).weight")]
            + (bias.map { [builder.constant($0, name: "convolution\(index).bias")] } ?? [])
        current = builder.add(
            "Conv", inputs,
            ["kernel_shape": [kernel, kernel], "strides": [stride, stride], "pads": [pad, pad, pad, pad]])
    }

    /// Scales a filter as the batch norm behind it would scale its result.
    ///
    /// - Returns: the bias that the filter then needs.
    private func foldBatchNorm(at index: Int, into filter: inout Tensor) throws(NetworkExportError) -> Tensor {
        let gamma = try weights.tensor(index, "weight").values
        let beta = try weights.tensor(index, "bias").values
        let mean = try weights.tensor(index, "running_mean").values
        let variance = try weights.tensor(index, "running_var").values
        let outputs = filter.shape[0]
        guard [gamma.count, beta.count, mean.count, variance.count].allSatisfy({ $0 == outputs }) else {
            throw NetworkExportError("the batch norm of layer \(index) does not fit its convolution")
        }
        let size = filter.values.count / max(1, outputs)
        var bias = [Float](repeating: 0, count: outputs)
        for output in 0..<outputs {
            // The trainer adds the same 1e-5 to the variance.
            let scale = gamma[output] / (variance[output] + 1e-5).squareRoot()
            for position in output * size..<(output + 1) * size { filter.values[position] *= scale }
            bias[output] = beta[output] - mean[output] * scale
        }
        return Tensor(shape: [outputs], values: bias)
    }
}
