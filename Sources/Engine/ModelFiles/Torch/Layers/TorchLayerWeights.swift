/// The weights of a file, by the layers they belong to.
struct TorchLayerWeights: Sendable {
    let file: NamedWeights
    /// What stands before the names of a layer's weights in the file, by what stands there in the description.
    private var bases: [String: String] = [:]

    /// Finds where the weights of layers lie.
    ///
    /// A description may leave out what the file has before a name, as long as one place alone is meant.
    init(_ file: NamedWeights, of layers: [TorchLayer]) {
        self.file = file
        let places = Set(file.weights.map { $0.name.split(separator: ".").dropLast().joined(separator: ".") })
        for path in Set(layers.map(\.path)) where !path.isEmpty && !places.contains(path) {
            let longer = places.filter { $0.hasSuffix("." + path) }
            if longer.count == 1 { bases[path] = longer.first }
        }
    }

    /// A weight of a layer, such as `bias`; nil where it has none.
    subscript(layer: TorchLayer, name: String) -> NamedWeights.Weight? {
        file[layer.path.isEmpty ? name : "\(bases[layer.path] ?? layer.path).\(name)"]
    }
}
