import JSON
import ONNX
import Tensors

/// The graph of a classifier whose classes are groups of another one's.
///
/// It reads one picture of values 0…255 and prepares them itself, shows the network the picture and, where it is
/// asked to, its mirror image, and writes one probability for each label:
///
///     q = mean over the views of softmax(network(view)) · factors;   the output is q ÷ Σ q
struct GroupedClassifier {
    private let grouping: ClassGrouping
    private let network: ONNXGraph
    private let input: TensorSpec
    /// Axes of the picture, the batch first: where the channels and the columns are.
    private let axes: (channels: Int, columns: Int)
    private let convention: InputConvention
    private let factors: Tensor
    private let hasProbabilities: Bool

    /// Checks that the classes of a model can be grouped.
    ///
    /// - Throws: `ModelFileError` for models that do not write one score a class for one picture a row, and for models
    ///   whose graph the engine reads as it is.
    init(_ grouping: ClassGrouping, of model: ImportedModel) throws(ModelFileError) {
        func refusal(_ reason: String) -> ModelFileError {
            ModelFileError(.unsupported, "the classes of this model cannot be grouped: \(reason)")
        }
        guard case .network(let network) = model.graph else {
            throw refusal("that is done for Keras, PyTorch and safetensors files, and this is a file of another format")
        }
        let inspection = model.inspection
        guard inspection.inputs.count == 1, let preprocessing = inspection.preprocessing,
            let axes = Self.axes(of: inspection.inputs[0].shape)
        else { throw refusal("it does not read one picture of a known size") }
        guard inspection.outputs.count == 1, inspection.outputs[0].shape.count == 2,
            let count = inspection.outputs[0].shape[1], count > 1
        else { throw refusal("it does not write one score for each of several classes") }
        self.grouping = grouping
        self.network = network.graph
        self.axes = axes
        input = inspection.inputs[0]
        convention = preprocessing.convention
        factors = Tensor(
            shape: [count, grouping.labels.count], values: try grouping.factors(classCount: count))
        hasProbabilities = Self.endsWithSoftmax(network.graph)
    }

    /// Where the channels and the columns are; nil for what is no batch of pictures of known size.
    private static func axes(of shape: [Int?]) -> (channels: Int, columns: Int)? {
        guard shape.count == 4, shape[1...].allSatisfy({ $0 != nil }) else { return nil }
        for (channels, columns) in [(3, 2), (1, 3)] where shape[channels] == 3 || shape[channels] == 1 {
            return (channels, columns)
        }
        return nil
    }

    /// Whether the last operation before the output makes probabilities, as it mostly does in Keras.
    private static func endsWithSoftmax(_ graph: ONNXGraph) -> Bool {
        let writers = Dictionary(graph.nodes.flatMap { node in node.outputs.map { ($0, node) } }) { $1 }
        var name = graph.outputs.first?.name
        while let node = name.flatMap({ writers[$0] }) {
            guard node.operation == "Identity" else { return node.operation == "Softmax" }
            name = node.inputs.first
        }
        return false
    }

    /// The model with the groups for classes.
    func model(from model: ImportedModel) -> ImportedModel {
        let labels = grouping.labels
        var builder = GraphBuilder(name: network.name)
        let shape = input.shape.map { $0.map(ONNXDimension.fixed) ?? "N" }
        let picture = builder.input("picture", shape: shape)
        var value = prepared(picture, &builder)
        if grouping.isMirrored { value = builder.add("Concat", [value, mirrored(value, &builder)], ["axis": 0]) }
        value = builder.append(network, reading: [value])[0]
        value = grouped(value, &builder)
        builder.output("probabilities", from: value, shape: ["N", .fixed(labels.count)])

        let names = JSONValue.array(labels.map { .string($0) }).text()
        let found = model.inspection
        var inspection = ModelInspection(
            format: found.format, frameworkVersion: found.frameworkVersion,
            inputs: [TensorSpec(name: "picture", shape: input.shape)],
            outputs: [TensorSpec(name: "probabilities", shape: [nil, labels.count])],
            layers: found.layers, parameterCount: found.parameterCount)
        inspection.labels = labels
        inspection.notes = found.notes
        inspection.preprocessing = InputGuess(
            .bytes(convention.channels), .stated, reason: "the model with grouped classes prepares its input itself")
        return ImportedModel(builder.model(metadata: [("labels", names)]), inspection: inspection)
    }

    /// Turns values 0…255 into those that the network expects.
    private func prepared(_ picture: String, _ builder: inout GraphBuilder) -> String {
        let count = max(convention.mean.count, convention.standardDeviation.count)
        func perChannel(_ value: (Double, Double) -> Double) -> Tensor {
            let values = (0..<count).map { channel in
                let mean = convention.mean[min(channel, convention.mean.count - 1)]
                return Float(
                    value(mean, convention.standardDeviation[min(channel, convention.standardDeviation.count - 1)]))
            }
            return Tensor(shape: axes.channels == 1 ? [count, 1, 1] : [count], values: values)
        }
        let factor = builder.constant(perChannel { convention.scale / $1 }, name: "scale")
        let offset = builder.constant(perChannel { $0 / $1 }, name: "offset")
        return builder.add("Sub", [builder.add("Mul", [picture, factor]), offset])
    }

    /// The picture with its columns in the other order.
    private func mirrored(_ value: String, _ builder: inout GraphBuilder) -> String {
        let columns = input.shape[axes.columns] ?? 0
        let first = builder.constant([-1], name: "first_column")
        let end = builder.constant([-columns - 1], name: "end_column")
        let axis = builder.constant([axes.columns], name: "column_axis")
        let step = builder.constant([-1], name: "column_step")
        return builder.add("Slice", [value, first, end, axis, step], name: "mirrored")
    }

    /// Turns the scores of the network into the probabilities of the groups.
    private func grouped(_ scores: String, _ builder: inout GraphBuilder) -> String {
        var value = hasProbabilities ? scores : builder.add("Softmax", [scores], ["axis": 1])
        value = builder.add("MatMul", [value, builder.constant(factors, name: "factors")], name: "groups")
        if grouping.isMirrored {
            let shape = builder.constant([2, -1, grouping.labels.count], name: "views_shape")
            let views = builder.add("Reshape", [value, shape], name: "views")
            value = builder.add("ReduceMean", [views], ["axes": [0], "keepdims": 0])
        }
        // Where all groups are as good as impossible, as classes are left out, the answer is undecided instead of none.
        value = builder.add("Add", [value, builder.constant(1e-20, name: "least")])
        let axis = builder.constant([1], name: "group_axis")
        return builder.add("Div", [value, builder.add("ReduceSum", [value, axis], ["keepdims": 1])])
    }
}
