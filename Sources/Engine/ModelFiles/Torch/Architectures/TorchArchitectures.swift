/// The architectures of PyTorch that the names and shapes of weights tell.
enum TorchArchitectures {
    /// The families, asked in this order.
    private static let families: [any TorchFamily.Type] = [
        ResNetFamily.self, VisionTransformerFamily.self, EfficientNetFamily.self, EfficientNetLiteFamily.self,
        MobileNetV2Family.self, MobileNetV3Family.self, TimmMobileNetV2Family.self, TimmMobileNetV3Family.self,
        DenseNetFamily.self, SqueezeNetFamily.self, AlexNetFamily.self, VGGFamily.self,
    ]

    /// Names of all architectures, as a description gives them.
    static let names: [String] = families.flatMap { $0.names } + PlainNetwork.names

    /// Makes the graph of a network.
    ///
    /// - Returns: nil where neither weights nor description tell the architecture.
    /// - Throws: `ModelFileError` where the architecture is clear but weights are missing, have another shape or are
    ///   too many, or where a word of the user is needed; the message then says what to write.
    static func network(
        for weights: NamedWeights, module: TorchModule? = nil, request: ReadingRequest
    ) throws(ModelFileError) -> RecognizedNetwork? {
        guard var choice = try ArchitectureChoice(request.description) else { return nil }
        try check(weights, limits: request.limits)
        for family in families where choice.name.map(family.names.contains) ?? true {
            if let network = try network(family, weights, choice, request.limits) { return network }
        }
        if choice.name.map(PlainNetwork.names.contains) ?? true {
            choice.hints = module.map(TorchModuleHints.init)
            if let network = try PlainNetwork.network(for: weights, choice, request.limits) { return network }
        }
        if let name = choice.name { throw unlike(name, weights) }
        return nil
    }

    private static func network(
        _ family: any TorchFamily.Type, _ file: NamedWeights, _ choice: ArchitectureChoice, _ limits: ModelFileLimits
    ) throws(ModelFileError) -> RecognizedNetwork? {
        for base in TorchBases.find(family.signatures, in: file) {
            let weights = ArchitectureWeights(file, architecture: choice.name ?? family.names[0], base: base)
            guard let member = try family.init(weights, choice) else { continue }
            if let name = choice.name, name != member.name {
                throw ModelFileError(
                    .unsupported, "the description says \(name), but the weights are those of \(member.name)")
            }
            var writer = TorchNetworkWriter(weights, limits: limits)
            writer.rename(member.name)
            let shape = try member.inputShape(weights, choice, notes: &writer.notes)
            let scores = try member.write(writer.input(shape), to: &writer, choice)
            return try writer.network(
                endingAt: scores, preprocessing: member.preprocessing(channels: shape[0], choice))
        }
        return nil
    }

    /// Weights of one layer, statistics and a counter included.
    private static let maximumWeightsPerLayer = 5

    /// Bounds the work, and keeps later arithmetic with shapes from overflowing.
    private static func check(_ weights: NamedWeights, limits: ModelFileLimits) throws(ModelFileError) {
        guard weights.weights.count / maximumWeightsPerLayer <= limits.maximumLayers else {
            throw ModelFileError(
                .tooLarge,
                "the file has \(weights.weights.count) weights, which is more than \(limits.maximumLayers) layers have")
        }
        for weight in weights.weights {
            var count = 1
            for length in weight.shape {
                let (product, overflow) = count.multipliedReportingOverflow(by: max(1, length))
                guard length >= 0, !overflow, product <= limits.maximumParameters else {
                    throw ModelFileError(
                        .tooLarge,
                        "the weight '\(weight.name)' of shape \(weight.shape) has more than the "
                            + "\(limits.maximumParameters) parameters that are allowed")
                }
                count = product
            }
        }
    }

    private static func unlike(_ name: String, _ weights: NamedWeights) -> ModelFileError {
        let first = weights.weights.prefix(3).map { "'\($0.name)' \($0.shape)" }.joined(separator: ", ")
        return ModelFileError(
            .unsupported,
            "the description says \(name), but the names of the weights are not those of \(name); "
                + "the first are \(first.isEmpty ? "none" : first)")
    }
}
