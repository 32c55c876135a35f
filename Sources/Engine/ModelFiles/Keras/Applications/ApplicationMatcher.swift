import JSON

/// Finds a network of `keras.applications` in a file of weights, and describes the whole model.
struct ApplicationMatcher {
    typealias Layer = KerasWeightsOutline.Layer

    let outline: KerasWeightsOutline
    /// Shape of a picture: height, width, channels; nil for the size usual for the network.
    let input: [Int]?
    /// How the features are pooled where the file does not show it: `avg` or `max`.
    var pooling: String?
    /// Activation of the last layer, where it is not the usual one.
    var activation: String?

    /// The description of the model; nil where its weights are not those of the network.
    ///
    /// - Throws: `ModelFileError` where the network fits and what follows it is not clear.
    func description(_ application: KerasApplication) throws(ModelFileError) -> JSONValue? {
        let shape = input ?? [application.side, application.side, 3]
        for network in application.variants where fits(network) {
            if let flat = try flat(network, shape) { return flat }
            if let nested = try nested(network, shape) { return nested }
        }
        return nil
    }

    /// Whether layers without weights speak against a variant.
    private func fits(_ network: any ApplicationNetwork) -> Bool {
        let names = outline.layers.map(\.name)
        if let network = network as? EfficientNet {
            // Layers of a nested model are not all listed.
            let layers = outline.layers + (outline.isArchive ? outline.layers.flatMap(\.inner) : [])
            return network.hasSecondRescaling == (layers.count { $0.base == "rescaling" } > 1)
        }
        if let network = network as? ResNet, network.blocks == [3, 4, 6, 3] {
            let isOld = (outline.layers + outline.layers.flatMap(\.inner)).contains { $0.name == "res2a_branch2a" }
            let isPadded = !isOld || names.contains("pool1_pad")
            return network.isPadded == isPadded && isOld == (network.epsilon == 1e-3)
        }
        return true
    }

    // MARK: Both forms of a user's model

    /// The layers of the network among those of the model.
    private func flat(_ network: any ApplicationNetwork, _ shape: [Int]) throws(ModelFileError) -> JSONValue? {
        var (builder, value) = body(network, shape)
        if let (topBuilder, top, names) = withTop(network, builder, value, outline.layers) {
            return topBuilder.description(to: top, name: "model", renaming: names)
        }
        let nodes = builder.ordered(to: value)
        guard let mapping = LayerMapping(nodes, builder, outline.layers, isArchive: outline.isArchive) else {
            return nil
        }
        let head =
            try outline.isArchive
            ? ApplicationHead(unordered: mapping.rest(nodes))
            : ApplicationHead(ordered: mapping.layersBehind(nodes))
        value = try head.append(to: value, &builder, pooling: pooling, activation: activation)
        return builder.description(to: value, name: "model", renaming: mapping.names)
    }

    /// The network as one layer of the model.
    private func nested(_ network: any ApplicationNetwork, _ shape: [Int]) throws(ModelFileError) -> JSONValue? {
        let (builder, value) = body(network, shape)
        let nodes = builder.ordered(to: value)
        for (position, layer) in outline.layers.enumerated() where !layer.inner.isEmpty {
            guard let mapping = LayerMapping(nodes, builder, layer.inner, isArchive: outline.isArchive) else {
                continue
            }
            let before = outline.isArchive ? [] : outline.layers[..<position]
            if let other = before.first(where: { !ApplicationHead.isPassing($0) }) {
                throw ApplicationHead.unclear("what layer '\(other.name)' does")
            }
            let behind =
                outline.isArchive
                ? outline.layers.enumerated().filter { $0.offset != position }.map(\.element)
                : Array(outline.layers[(position + 1)...])
            let head =
                try outline.isArchive ? ApplicationHead(unordered: behind) : ApplicationHead(ordered: behind)
            var outer = ApplicationBuilder()
            var result = outer.input(shape)
            result.channels = value.channels
            result.size = value.size
            let start = result
            result = try head.append(to: result, &outer, pooling: pooling, activation: activation)
            let inner = builder.description(to: value, name: layer.name, renaming: mapping.names)
            let tail = outer.layers(from: start, to: result)
            return [
                "class_name": "Sequential",
                "config": ["name": "model", "layers": .array([outer.inputDescription(shape), inner] + tail)],
            ]
        }
        return nil
    }

    private func body(
        _ network: any ApplicationNetwork, _ shape: [Int]
    ) -> (ApplicationBuilder, ApplicationBuilder.Value) {
        var builder = ApplicationBuilder()
        let input = builder.input(shape)
        let features = network.body(&builder, input)
        return (builder, features)
    }

    /// The network with a top that has convolutions, where the file has one.
    private func withTop(
        _ network: any ApplicationNetwork, _ builder: ApplicationBuilder, _ value: ApplicationBuilder.Value,
        _ layers: [Layer]
    ) -> (ApplicationBuilder, ApplicationBuilder.Value, [String: String])? {
        guard !network.topLayers.isEmpty else { return nil }
        let kernels = layers.filter { $0.weights.first?.shape.count == 4 }.map(\.weights[0].shape)
        // The last convolution gives the classes, one of which no other has.
        let last =
            outline.isArchive ? layers.last { $0.type == "conv2d" && !$0.weights.isEmpty }?.weights[0].shape : nil
        guard let classes = (last ?? kernels.last)?.last else { return nil }
        var builder = builder
        let top = network.top(&builder, value, classes: classes, activation: activation ?? "softmax")
        let nodes = builder.ordered(to: top)
        guard let mapping = LayerMapping(nodes, builder, layers, isArchive: outline.isArchive) else { return nil }
        return (builder, top, mapping.names)
    }
}

/// Which layer of a file is which layer of a network.
struct LayerMapping {
    typealias Layer = KerasWeightsOutline.Layer

    /// Names in the file by names in the network.
    private(set) var names: [String: String] = [:]
    private let layers: [Layer]
    private var used: Set<Int> = []

    /// - Returns: nil unless every layer of the network that has weights is there, with kernels of its shapes.
    init?(_ nodes: [ApplicationBuilder.Node], _ builder: ApplicationBuilder, _ layers: [Layer], isArchive: Bool) {
        self.layers = layers
        let weighted = nodes.filter { Self.weightCount($0) > 0 }
        let candidates =
            isArchive
            ? [Self.byType(weighted, layers)]
            : [Self.byName(weighted, builder, layers), Self.byOrder(weighted, layers)]
        for case let positions? in candidates where Self.fits(weighted, positions.map { layers[$0] }) {
            used = Set(positions)
            for (node, position) in zip(weighted, positions) where layers[position].name != node.name && !isArchive {
                names[node.name] = layers[position].name
            }
            return
        }
        return nil
    }

    /// The layers behind the last one that belongs to the network, without those of the network that have no weights.
    func layersBehind(_ nodes: [ApplicationBuilder.Node]) -> [Layer] {
        let last = used.max() ?? -1
        let own = Set(nodes.map(\.name))
        let types = Set(nodes.map { KerasLayer.snakeCase($0.type) }).union([
            "activation", "add", "concatenate", "lambda",
        ])
        let rest = layers[(last + 1)...].drop { layer in
            layer.weights.isEmpty && layer.inner.isEmpty
                && (own.contains(layer.name)
                    || types.contains(layer.base) && layer.base != "global_average_pooling2d"
                        && layer.base != "flatten")
        }
        return Array(rest)
    }

    /// The layers of a file without order that do not belong to the network.
    func rest(_ nodes: [ApplicationBuilder.Node]) -> [Layer] {
        var own: [String: Int] = [:]
        for node in nodes { own[KerasLayer.snakeCase(node.type), default: 0] += 1 }
        return layers.enumerated().filter { position, layer in
            guard !used.contains(position) else { return false }
            if !layer.weights.isEmpty || !layer.inner.isEmpty { return true }
            let pools = ["flatten", "global_average_pooling2d", "global_max_pooling2d"]
            return pools.contains(layer.base) && layer.number >= own[layer.base, default: 0]
        }.map(\.element)
    }

    private static func weightCount(_ node: ApplicationBuilder.Node) -> Int {
        let config = KerasConfig(layer: node.name, type: node.type, values: node.config)
        return (try? KerasLayers.converter(of: node.type)?.weights(config).count) ?? 0
    }

    private static func fits(_ nodes: [ApplicationBuilder.Node], _ layers: [Layer]) -> Bool {
        zip(nodes, layers).allSatisfy { node, layer in
            let count = weightCount(node)
            // A counter of the statistics of Normalization is not always there.
            let isCounted = layer.weights.count == count || node.type == "Normalization" && layer.weights.count == 2
            return isCounted && (node.kernel == nil || node.kernel == layer.weights[0].shape)
        }
    }

    // MARK: Ways to find them

    /// By name, and those without a name of their own by number.
    private static func byName(
        _ nodes: [ApplicationBuilder.Node], _ builder: ApplicationBuilder, _ layers: [Layer]
    ) -> [Int]? {
        var known: [String: Int] = [:]
        var numbered: [String: [(number: Int, position: Int)]] = [:]
        for (position, layer) in layers.enumerated() where !layer.weights.isEmpty {
            known[layer.name] = position
            let (base, number) = Layer.split(layer.name)
            numbered[oldTypes[base] ?? base, default: []].append((number, position))
        }
        for type in numbered.keys { numbered[type]?.sort { $0.number < $1.number } }
        var positions: [Int] = []
        for node in nodes {
            let type = KerasLayer.snakeCase(node.type)
            if let rank = builder.numbered[type]?.firstIndex(of: node.name) {
                guard let found = numbered[type], rank < found.count else { return nil }
                positions.append(found[rank].position)
            } else {
                guard let position = known[node.name] ?? known[ResNet.oldName(of: node.name)] else { return nil }
                positions.append(position)
            }
        }
        return positions
    }

    /// Types as Keras 1 named them.
    private static let oldTypes = ["convolution2d": "conv2d", "batchnormalization": "batch_normalization"]

    /// By their order, as Keras itself reads weights.
    private static func byOrder(_ nodes: [ApplicationBuilder.Node], _ layers: [Layer]) -> [Int]? {
        let positions = layers.indices.filter { !layers[$0].weights.isEmpty }
        return positions.count >= nodes.count ? Array(positions.prefix(nodes.count)) : nil
    }

    /// By type and number.
    private static func byType(_ nodes: [ApplicationBuilder.Node], _ layers: [Layer]) -> [Int]? {
        var found: [String: [Int]] = [:]
        for (position, layer) in layers.enumerated() where !layer.weights.isEmpty {
            found[layer.base, default: []].append(position)
        }
        var counts: [String: Int] = [:]
        var positions: [Int] = []
        for node in nodes {
            let type = KerasLayer.snakeCase(node.type)
            let rank = counts[type, default: 0]
            counts[type] = rank + 1
            guard let candidates = found[type], rank < candidates.count else { return nil }
            positions.append(candidates[rank])
        }
        return positions
    }
}
