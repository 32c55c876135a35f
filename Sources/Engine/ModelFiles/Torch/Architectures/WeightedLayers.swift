/// Puts weights together to layers.
enum WeightedLayers {
    /// Puts weights together to layers, in the order in which they run as far as that can be told.
    ///
    /// - Returns: nil where weights are of no plain layer.
    static func layers(of weights: [NamedWeights.Weight]) -> [WeightedLayer]? {
        var parts: [String: [String: [Int]]] = [:]
        var names: [String] = []
        for weight in weights {
            guard let dot = weight.name.lastIndex(of: ".") else { return nil }
            let name = String(weight.name[..<dot])
            if parts[name] == nil { names.append(name) }
            parts[name, default: [:]][String(weight.name[weight.name.index(after: dot)...])] = weight.shape
        }
        var layers: [WeightedLayer] = []
        for name in names {
            guard let layer = parts[name].flatMap({ layer(name, $0) }) else { return nil }
            layers.append(layer)
        }
        return ordered(layers)
    }

    private static func layer(_ name: String, _ parts: [String: [Int]]) -> WeightedLayer? {
        guard let weight = parts["weight"], weight.allSatisfy({ $0 > 0 }) else { return nil }
        let bias = parts["bias"]
        let keys = Set(parts.keys)
        let kind: WeightedLayer.Kind
        switch weight.count {
        case 4 where weight[2] == weight[3] && keys.isSubset(of: ["weight", "bias"]):
            kind = .convolution(from: weight[1], to: weight[0], kernel: weight[2])
        case 2 where keys.isSubset(of: ["weight", "bias"]):
            kind = .linear(from: weight[1], to: weight[0])
        case 1 where keys == ["weight", "bias", "running_mean", "running_var"]:
            kind = .batchNorm(weight[0])
        case 1 where keys == ["weight", "bias"]:
            kind = .layerNorm(weight[0])
        case 1 where keys == ["weight"]:
            kind = .prelu(weight[0])
        default:
            return nil
        }
        return WeightedLayer(name: name, kind: kind, hasBias: bias != nil)
    }

    // MARK: Order

    /// Layers in the order in which they most likely run; nil where that cannot be told.
    private static func ordered(_ modules: [WeightedLayer]) -> [WeightedLayer]? {
        let natural = modules.sorted { precedes($0.name, $1.name) }
        // Safetensors files are sorted by name, other files are in the order of the definition.
        let isSorted = zip(modules, modules.dropFirst()).allSatisfy { $0.name < $1.name }
        for order in isSorted ? [natural] : [modules, natural] {
            if chains(order) { return order }
            if let attached = attached(order, isDefinition: !isSorted), chains(attached) { return attached }
        }
        return nil
    }

    /// `2` before `10`, `fc2` before `fc10`.
    private static func precedes(_ left: String, _ right: String) -> Bool {
        NaturalOrder.precedes(left, right)
    }

    /// Whether each layer reads as many values as the one before writes.
    private static func chains(_ modules: [WeightedLayer]) -> Bool {
        var width: Int?
        var isFlat = false
        for module in modules {
            switch module.kind {
            case .convolution(let from, let to, _):
                guard !isFlat, width == nil || width == from else { return false }
                width = to
            case .linear(let from, let to):
                // Flattening multiplies the width by the number of pixels.
                guard width.map({ isFlat ? $0 == from : from % $0 == 0 }) ?? true else { return false }
                (width, isFlat) = (to, true)
            case .batchNorm(let count), .layerNorm(let count):
                guard width == nil || width == count || (!isFlat && count % (width ?? 1) == 0) else { return false }
                width = count
            case .prelu(let count):
                guard count == 1 || width == nil || width == count else { return false }
            }
        }
        return true
    }

    /// Moves normalizations behind the layers they belong to: by their place in the definition, their width, or the
    /// number in their name.
    private static func attached(_ modules: [WeightedLayer], isDefinition: Bool) -> [WeightedLayer]? {
        let mains = modules.filter(\.isMain)
        let convolutions = mains.filter { if case .convolution = $0.kind { true } else { false } }
        let chain = convolutions + mains.filter { if case .linear = $0.kind { true } else { false } }
        var followers: [String: [WeightedLayer]] = [:]
        for (index, module) in modules.enumerated() where !module.isMain {
            let fitting = chain.filter { module.width == nil || $0.width == module.width }
            let same = fitting.filter { $0.number == module.number }
            let before = index > 0 && isDefinition ? fitting.filter { $0.name == modules[index - 1].name } : []
            let candidates = before.count == 1 ? before : fitting.count == 1 ? fitting : same
            guard let owner = candidates.first, candidates.count == 1 else { return nil }
            followers[owner.name, default: []].append(module)
        }
        return chain.flatMap { [$0] + (followers[$0.name] ?? []) }
    }
}
