/// The layers that follow a network of `keras.applications` in a file of weights.
struct ApplicationHead {
    /// One layer, under the name the file gives it.
    enum Step {
        case flatten
        case average
        case maximum
        case dense(name: String, inputs: Int, units: Int, hasBias: Bool)
        case normalization(name: String)
    }

    private(set) var steps: [Step] = []

    /// Reads the layers behind the network in their order.
    ///
    /// - Throws: `ModelFileError` for layers whose settings weights do not tell.
    init(ordered layers: some Sequence<KerasWeightsOutline.Layer>) throws(ModelFileError) {
        for layer in layers where !Self.isPassing(layer) { steps.append(try Self.step(layer)) }
    }

    /// Puts layers in the only order they can have: pooling first, dense layers by number.
    ///
    /// - Throws: `ModelFileError` where more than one order is possible.
    init(unordered layers: [KerasWeightsOutline.Layer]) throws(ModelFileError) {
        var pooling: [Step] = []
        var dense: [(number: Int, step: Step)] = []
        for layer in layers where !Self.isPassing(layer) {
            let step = try Self.step(layer)
            switch step {
            case .dense: dense.append((layer.number, step))
            case .normalization: throw Self.unclear("the place of layer '\(layer.name)'")
            case .flatten, .average, .maximum: pooling.append(step)
            }
        }
        guard pooling.count <= 1 else { throw Self.unclear("which of its poolings comes first") }
        steps = pooling + dense.sorted { $0.number < $1.number }.map(\.step)
    }

    /// Adds the layers to a network.
    ///
    /// - Parameters:
    ///   - pooling: `avg` or `max` where the file does not show how the features are pooled.
    ///   - activation: of the last layer; by default softmax, or sigmoid for a single output.
    func append(
        to value: ApplicationBuilder.Value, _ builder: inout ApplicationBuilder, pooling: String?, activation: String?
    ) throws(ModelFileError) -> ApplicationBuilder.Value {
        var value = value
        let last = steps.lastIndex { if case .dense = $0 { true } else { false } }
        for (index, step) in steps.enumerated() {
            switch step {
            case .flatten: value = builder.flatten(value)
            case .average: value = builder.globalPooling(value)
            case .maximum: value = builder.globalMaximum(value)
            case .normalization(let name): value = builder.normalization(value, name: name)
            case .dense(let name, let inputs, let units, let hasBias):
                value = try pooled(value, inputs, &builder, pooling: pooling)
                let function = index == last ? activation ?? (units == 1 ? "sigmoid" : "softmax") : "relu"
                value = builder.dense(value, units, activation: function, hasBias: hasBias, name: name)
            }
        }
        if steps.isEmpty, let pooling {
            value = pooling == "max" ? builder.globalMaximum(value) : builder.globalPooling(value)
        }
        return value
    }

    /// Pools features that still have height and width, and checks that a dense layer fits what it reads.
    private func pooled(
        _ value: ApplicationBuilder.Value, _ inputs: Int, _ builder: inout ApplicationBuilder, pooling: String?
    ) throws(ModelFileError) -> ApplicationBuilder.Value {
        var value = value
        if let size = value.size {
            if inputs == value.channels {
                value = pooling == "max" ? builder.globalMaximum(value) : builder.globalPooling(value)
            } else if inputs == value.channels * size.height * size.width {
                value = builder.flatten(value)
            }
        }
        guard inputs == value.channels, value.size == nil else {
            throw ModelFileError(
                .unsupported,
                "the first dense layer of the file reads \(inputs) values, but pictures of this size give "
                    + "\(value.channels * (value.size?.height ?? 1) * (value.size?.width ?? 1)); write the size of the "
                    + #"pictures beside the file, such as {"input": [160, 160, 3]}"#)
        }
        return value
    }

    private static func step(_ layer: KerasWeightsOutline.Layer) throws(ModelFileError) -> Step {
        let base = layer.base.lowercased()
        if layer.weights.isEmpty {
            if base == "flatten" { return .flatten }
            if ["global_average_pooling2d", "avg_pool", "gap", "globalaveragepooling2d"].contains(base) {
                return .average
            }
            if ["global_max_pooling2d", "max_pool", "globalmaxpooling2d"].contains(base) { return .maximum }
            throw unclear("what layer '\(layer.name)' does")
        }
        let kernel = layer.weights[0].shape
        if kernel.count == 2,
            layer.weights.count == 1 || layer.weights[1].shape == [kernel[1]] && layer.weights.count == 2
        {
            return .dense(name: layer.name, inputs: kernel[0], units: kernel[1], hasBias: layer.weights.count == 2)
        }
        if base.hasPrefix("batch_normalization") || base.hasPrefix("bn"), layer.weights.count == 4 {
            return .normalization(name: layer.name)
        }
        throw unclear("what layer '\(layer.name)' does")
    }

    /// Whether a layer does nothing once the model is trained.
    static func isPassing(_ layer: KerasWeightsOutline.Layer) -> Bool {
        guard layer.weights.isEmpty, layer.inner.allSatisfy(isPassing) else { return false }
        let base = layer.base.lowercased()
        return base.contains("dropout") || base.hasPrefix("random_") || base.hasPrefix("input") || base == "vars"
            || base.contains("augment") || base.contains("noise") || base.hasPrefix("sequential")
    }

    static func unclear(_ what: String) -> ModelFileError {
        ModelFileError(
            .unsupported,
            "the file holds weights without their layers, and they do not tell \(what); write beside it "
                + #"{"architecture": …} with the JSON that model.to_json() gives"#)
    }
}
