import JSON
import Tensors

/// Weights in the `.h5` format: a group for each outermost layer lists its weights by name.
///
/// All weights of a nested model are in one list, those that are trained first.
final class KerasH5Weights: KerasWeightSource {
    let file: HDF5File
    private let network: KerasNetwork
    private let version: KerasVersion
    private let root: String
    /// Whether convolutions turn their kernels around before they multiply, as Theano's do.
    private let turnsKernels: Bool
    /// Groups whose names are not those of their layers.
    private var groups: [String: String] = [:]
    /// What each group lists, by the name of its outermost layer.
    private var lists: [String: [Entry]] = [:]

    /// A weight as a group lists it.
    struct Entry {
        let place: String
        /// Name split at slashes, without the `:0` of TensorFlow.
        let components: [String]

        init(_ name: String, in group: String) {
            place = "\(group)/\(name)"
            let plain = name.hasSuffix(":0") ? name.dropLast(2) : name[...]
            components = plain.split(separator: "/").map(String.init)
        }
    }

    /// Opens the weights of a network.
    ///
    /// - Parameters:
    ///   - backend: the program that computed the model, where the user says so.
    ///   - outline: for weights without layers: groups of other names are then found by their order.
    /// - Throws: `ModelFileError` where the number of layers with weights is another one.
    init(
        file: HDF5File, network: KerasNetwork, version: KerasVersion = KerasVersion(nil), backend: String? = nil,
        outline: KerasWeightsOutline? = nil
    ) throws(ModelFileError) {
        self.file = file
        self.network = network
        self.version = version
        root = try file.exists("model_weights") ? "model_weights" : ""
        let stated = try file.text("backend", of: root)
        let atRoot = try file.text("backend")
        turnsKernels = (backend ?? stated ?? atRoot) == "theano"
        if let outline { groups = try Self.groups(of: network, in: outline) }
    }

    /// Which group has the weights of which layer: by name if all names are there, else by order, as in Keras.
    private static func groups(
        of network: KerasNetwork, in outline: KerasWeightsOutline
    ) throws(ModelFileError) -> [String: String] {
        let groups = outline.layers.filter { !$0.weights.isEmpty || !$0.inner.isEmpty }.map(\.name)
        let layers = network.layers.filter { KerasLayer.hasWeights($0.config, $0.network) }.map(\.name)
        if Set(layers).isSubset(of: groups) { return [:] }
        guard groups.count == layers.count else {
            throw ModelFileError(
                .damaged,
                "the described model has \(layers.count) layers with weights, the file has \(groups.count) "
                    + "(\(outline.summary))")
        }
        return Dictionary(zip(layers, groups)) { first, _ in first }
    }

    func places(of declared: [KerasWeight], at path: KerasLayerPath) throws(ModelFileError) -> [String] {
        let entries = try entries(of: path.names[0])
        let found =
            path.names.count == 1
            ? direct(declared, in: entries)
            : byName(declared, at: path, in: entries) ?? byOrder(declared, at: path, in: entries)
        guard let found else {
            let names = declared.map(\.name).joined(separator: ", ")
            throw ModelFileError(
                .damaged, "layer '\(path.joined)' needs the weights \(names), which the file does not have")
        }
        return found
    }

    func tensor(
        of weight: KerasWeight, at place: String, for config: KerasConfig, maximumElements: Int
    ) throws(ModelFileError) -> Tensor {
        var tensor =
            version.major == 1
            ? try KerasOneWeights.tensor(file, of: weight, at: place, for: config, maximumElements: maximumElements)
            : try file.tensor(place, maximumElements: maximumElements)
        let turned = ["Conv1D", "Conv2D", "Conv3D", "Conv2DTranspose", "Convolution1D", "Convolution2D"]
        if turnsKernels, weight.name == "kernel", turned.contains(config.type) { tensor = tensor.turnedAround() }
        return tensor
    }

    private func entries(of layer: String) throws(ModelFileError) -> [Entry] {
        if let known = lists[layer] { return known }
        let name = groups[layer] ?? layer
        let group = root.isEmpty ? name : "\(root)/\(name)"
        let names = try file.exists(group) ? try file.textList("weight_names", of: group) ?? [] : []
        let entries = names.map { Entry($0, in: group) }
        lists[layer] = entries
        return entries
    }

    /// The weights of an outermost layer: by name, or in order where names are of another version.
    private func direct(_ declared: [KerasWeight], in entries: [Entry]) -> [String]? {
        if version.major == 1 { return KerasOneWeights.places(declared.count, in: entries.map(\.place)) }
        let named = declared.compactMap { weight in
            entries.filter { $0.components.last == weight.name }.count == 1
                ? entries.first { $0.components.last == weight.name }?.place : nil
        }
        if named.count == declared.count { return named }
        return entries.count == declared.count ? entries.map(\.place) : nil
    }

    /// The weights of a layer in a nested model, named `layer/kernel` or with more models before.
    private func byName(
        _ declared: [KerasWeight], at path: KerasLayerPath, in entries: [Entry]
    ) -> [String]? {
        var places: [String] = []
        for weight in declared {
            let ending = Self.components([path.names[path.names.count - 1], weight.name])
            var candidates = entries.filter { $0.components.suffix(ending.count).elementsEqual(ending) }
            if candidates.count > 1 {
                let full = Self.components(path.names.dropFirst() + [weight.name])
                candidates = candidates.filter { $0.components.suffix(full.count).elementsEqual(full) }
            }
            guard candidates.count == 1, let place = candidates.first?.place else { return nil }
            places.append(place)
        }
        return places
    }

    /// Names of layers may have slashes themselves.
    private static func components(_ names: some Sequence<String>) -> [String] {
        names.flatMap { $0.split(separator: "/").map(String.init) }
    }

    /// The weights of a layer in a nested model by their position: this is how Keras itself reads them.
    private func byOrder(
        _ declared: [KerasWeight], at path: KerasLayerPath, in entries: [Entry]
    ) -> [String]? {
        guard let outermost = network.layers.first(where: { $0.name == path.names[0] }) else { return nil }
        var slots: [Slot] = []
        collect(outermost, path: "", isTrainable: true, into: &slots)
        guard slots.count == entries.count else { return nil }
        let trainedFirst = slots.filter(\.isTrainable) + slots.filter { !$0.isTrainable }
        // Without the settings of the layers nothing tells which were trained; the names of the weights may.
        func fits(_ order: [Slot]) -> Bool { zip(order, entries).allSatisfy { $0.weight == $1.components.last } }
        let ordered = !fits(trainedFirst) && fits(slots) ? slots : trainedFirst
        let layer = path.joined
        let places = zip(ordered, entries).filter { $0.0.layer == layer }.map(\.1.place)
        return places.count == declared.count ? places : nil
    }

    private struct Slot {
        let layer: String
        let weight: String
        let isTrainable: Bool
    }

    private func collect(_ layer: KerasLayer, path: String, isTrainable: Bool, into slots: inout [Slot]) {
        let path = path.isEmpty ? layer.name : "\(path)/\(layer.name)"
        let isTrainable = isTrainable && layer.config.value("trainable")?.boolValue ?? true
        if layer.type == "SpectralNormalization" {
            slots.append(Slot(layer: path, weight: "vector_u", isTrainable: false))
        }
        for part in layer.wrapped { collect(part, path: path, isTrainable: isTrainable, into: &slots) }
        if let network = layer.network {
            for inner in network.layers { collect(inner, path: path, isTrainable: isTrainable, into: &slots) }
        } else if let weights = try? KerasLayers.converter(of: layer.type)?.weights(layer.config) {
            // What cannot be declared is refused, with its reason, when the layer is converted.
            slots += weights.map {
                Slot(layer: path, weight: $0.name, isTrainable: isTrainable && $0.isTrainable)
            }
        }
    }
}

extension Tensor {
    /// A kernel `[…, in, out]` with the order of every spatial axis reversed.
    func turnedAround() -> Tensor {
        guard shape.count > 2 else { return self }
        let row = shape.suffix(2).reduce(1, *)
        guard row > 0 else { return self }
        // All spatial axes reversed are the list of their elements reversed.
        let rows = stride(from: 0, to: values.count, by: row).reversed()
        return Tensor(shape: shape, values: rows.flatMap { values[$0..<$0 + row] })
    }
}
