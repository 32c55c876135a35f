/// The layers between the features of a network and its scores: a matrix, or several with functions in between.
struct TorchHead {
    /// What people write where the weights are not enough.
    let architecture: String
    /// The function taken between matrices where nobody says which; nil to take the one of the user.
    let activation: TorchActivation
    /// Whether the user has said so, or the architecture leaves no doubt.
    let isCertain: Bool

    init(_ architecture: String, _ choice: ArchitectureChoice, usual: TorchActivation, isCertain: Bool = false) {
        self.architecture = architecture
        activation = choice.activation ?? usual
        self.isCertain = isCertain || choice.activation != nil
    }
}

extension TorchNetworkWriter {
    /// Writes the head, which is made of all weights that are left.
    ///
    /// - Parameters:
    ///   - features: a row, or a picture that is pooled to one of the sides that fit.
    ///   - sides: sides to which the picture may be pooled.
    mutating func head(
        _ features: TorchValue, _ head: TorchHead, poolingTo sides: [Int] = []
    ) throws(ModelFileError) -> TorchValue {
        let left = weights.left
        guard !left.isEmpty else {
            throw ModelFileError(
                .unsupported,
                "the classifier of \(head.architecture) is missing: the file holds the weights of its features only")
        }
        guard let modules = WeightedLayers.layers(of: left), let first = modules.first else {
            try weights.checkNoneIsLeft()
            return features
        }
        let row = try row(features, for: first, poolingTo: sides)
        move(to: TorchBase())
        return try chain(row, modules, head)
    }

    /// The features as the row that the first layer of the head reads.
    private mutating func row(
        _ features: TorchValue, for first: WeightedLayer, poolingTo sides: [Int]
    ) throws(ModelFileError) -> TorchValue {
        guard features.shape.count == 3 else { return features }
        let width: Int? =
            switch first.kind {
            case .linear(let from, _): from
            case .batchNorm(let count), .layerNorm(let count): count
            default: nil
            }
        for side in sides where width == features.shape[0] * side * side {
            return flatten(adaptivePool(features, side: side))
        }
        let widths = sides.map { String(features.shape[0] * $0 * $0) }.joined(separator: " or ")
        throw ModelFileError(
            .unsupported,
            "the head of \(weights.architecture) starts with '\(first.name)', which does not read the "
                + "\(widths) features the network has")
    }

    /// Writes layers one after the other.
    mutating func chain(
        _ value: TorchValue, _ modules: [WeightedLayer], _ head: TorchHead
    ) throws(ModelFileError) -> TorchValue {
        var value = value
        var isPending = false
        var uses = 0
        for (index, module) in modules.enumerated() {
            if isPending, needsFunction(before: module, after: modules[index - 1]) {
                let isBottleneck = modules[index - 1].name.hasSuffix("pre_logits")
                value = activation(isBottleneck ? .tanh : head.activation, value)
                isPending = false
                uses += isBottleneck ? 0 : 1
            }
            value = try layer(value, module)
            switch module.kind {
            case .linear: isPending = true
            case .prelu: isPending = false
            default: break
            }
        }
        if uses > 0, !head.isCertain {
            let other: TorchActivation = head.activation == .relu ? .tanh : .relu
            notes.append(
                "\(head.activation.title) is taken between the linear layers, since weights do not tell: if it is "
                    + "another function, give \(ArchitectureChoice.example(head.architecture, activation: other)).")
        }
        return value
    }

    /// Whether the function after a matrix comes before a layer, or later.
    private func needsFunction(before module: WeightedLayer, after previous: WeightedLayer) -> Bool {
        let gap = TorchGap(from: previous.name, to: module.name)
        switch module.kind {
        // A normalization comes first unless a layer without weights lies before it.
        case .batchNorm, .layerNorm: return gap.minimum > 0
        case .prelu: return false
        default: return !gap.isNone
        }
    }

    /// Writes a layer of a row.
    mutating func layer(_ value: TorchValue, _ module: WeightedLayer) throws(ModelFileError) -> TorchValue {
        switch module.kind {
        case .linear: return try linear(value, module.name, hasBias: module.hasBias)
        case .batchNorm: return try batchNorm(value, module.name)
        case .layerNorm: return try layerNorm(value, module.name, epsilon: 1e-5)
        case .prelu: return try prelu(value, module.name)
        case .convolution:
            throw ModelFileError(
                .unsupported,
                "the weight '\(module.name).weight' belongs to no part of \(weights.architecture)")
        }
    }
}
