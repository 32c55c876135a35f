import ONNX

/// A network of dense layers.
struct ScikitPerceptronClassifier: ScikitClassifier {
    let classes: ScikitClasses
    private let weights: [ScikitArray]
    private let biases: [[Double]]
    /// Operator of the hidden layers; nil for none.
    private let activation: String?
    private let isSoftmax: Bool

    init(_ estimator: ScikitObject) throws(ModelFileError) {
        classes = try ScikitClasses(of: estimator)
        var weights: [ScikitArray] = []
        var biases: [[Double]] = []
        let stored = try estimator.list("coefs_")
        let offsets = try estimator.list("intercepts_")
        guard !stored.isEmpty, stored.count == offsets.count, stored.count <= 1000 else {
            throw estimator.damaged("it has \(stored.count) weights and \(offsets.count) intercepts")
        }
        for (stored, offset) in zip(stored, offsets) {
            let matrix = try estimator.array(stored, named: "coefs_", rank: 2)
            let bias = try estimator.array(offset, named: "intercepts_", rank: 1)
            try estimator.check(bias, "intercepts_", is: [matrix.columns])
            guard matrix.rows > 0, matrix.columns > 0, weights.last.map({ $0.columns == matrix.rows }) ?? true else {
                throw estimator.damaged("its layers do not follow each other")
            }
            weights.append(matrix)
            biases.append(bias.values)
        }
        (self.weights, self.biases) = (weights, biases)
        let outputs = biases[biases.count - 1].count
        guard outputs == (classes.count == 2 ? min(outputs, 2) : classes.count) else {
            throw estimator.damaged("it has \(outputs) outputs for \(classes.count) classes")
        }
        switch estimator.text("activation") {
        case "relu": activation = "Relu"
        case "tanh": activation = "Tanh"
        case "logistic": activation = "Sigmoid"
        case "identity": activation = nil
        case let other: throw estimator.unsupported("has the activation '\(other ?? "?")', which is not known")
        }
        switch estimator.text("out_activation_") {
        case "softmax": isSoftmax = true
        case "logistic": isSoftmax = false
        case let other: throw estimator.unsupported("has the output activation '\(other ?? "?")', which is not known")
        }
    }

    var featureCount: Int? { weights[0].rows }
    var hasProbabilities: Bool { true }

    func probabilities(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> String {
        var value = x.name
        for (index, (matrix, bias)) in zip(weights, biases).enumerated() {
            value = graph.add(graph.matrixProduct(value, graph.constant(matrix)), graph.row(bias))
            if index < weights.count - 1, let activation { value = graph.node(activation, [value]) }
        }
        if isSoftmax { return graph.softmax(value) }
        // A single output is the probability of the second class; several answer for one label each.
        return biases[biases.count - 1].count == 1 ? graph.logisticPair(value) : graph.node("Sigmoid", [value])
    }

    func scores(_ x: ScikitMatrix, _ graph: inout ScikitGraph) throws(ModelFileError) -> String {
        try probabilities(x, &graph)
    }
}
