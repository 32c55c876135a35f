import JSON

/// Weights in the `.h5` format: a group for each outermost layer lists its weights by name.
///
/// All weights of a nested model are in one list, those that are trained first.
final class KerasH5Weights: KerasWeightSource {
    let file: HDF5File
    private let network: KerasNetwork
    private let root: String
    /// What each group lists, by the name of its outermost layer.
    private var lists: [String: [Entry]] = [:]

    /// A weight as a group lists it.
    private struct Entry {
        let place: String
        /// Name split at slashes, without the `:0` of TensorFlow.
        let components: [String]

        init(_ name: String, in group: String) {
            place = "\(group)/\(name)"
            let plain = name.hasSuffix(":0") ? name.dropLast(2) : name[...]
            components = plain.split(separator: "/").map(String.init)
        }
    }

    init(file: HDF5File, network: KerasNetwork) throws(ModelFileError) {
        self.file = file
        self.network = network
        root = try file.exists("model_weights") ? "model_weights" : ""
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

    private func entries(of layer: String) throws(ModelFileError) -> [Entry] {
        if let known = lists[layer] { return known }
        let group = root.isEmpty ? layer : "\(root)/\(layer)"
        let names = try file.exists(group) ? try file.textList("weight_names", of: group) ?? [] : []
        let entries = names.map { Entry($0, in: group) }
        lists[layer] = entries
        return entries
    }

    /// The weights of an outermost layer: by name, or in order where names are of another version.
    private func direct(_ declared: [KerasWeight], in entries: [Entry]) -> [String]? {
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
            let ending = [path.names[path.names.count - 1], weight.name]
            var candidates = entries.filter { $0.components.suffix(2).elementsEqual(ending) }
            if candidates.count > 1 {
                let full = path.names.dropFirst() + [weight.name]
                candidates = candidates.filter { $0.components.suffix(full.count).elementsEqual(full) }
            }
            guard candidates.count == 1, let place = candidates.first?.place else { return nil }
            places.append(place)
        }
        return places
    }

    /// The weights of a layer in a nested model by their position: this is how Keras itself reads them.
    private func byOrder(
        _ declared: [KerasWeight], at path: KerasLayerPath, in entries: [Entry]
    ) -> [String]? {
        guard let outermost = network.layers.first(where: { $0.name == path.names[0] }) else { return nil }
        var slots: [Slot] = []
        collect(outermost, path: "", isTrainable: true, into: &slots)
        let ordered = slots.filter(\.isTrainable) + slots.filter { !$0.isTrainable }
        guard ordered.count == entries.count else { return nil }
        let layer = path.joined
        let places = zip(ordered, entries).filter { $0.0.layer == layer }.map(\.1.place)
        return places.count == declared.count ? places : nil
    }

    private struct Slot {
        let layer: String
        let isTrainable: Bool
    }

    private func collect(_ layer: KerasLayer, path: String, isTrainable: Bool, into slots: inout [Slot]) {
        let path = path.isEmpty ? layer.name : "\(path)/\(layer.name)"
        let isTrainable = isTrainable && layer.config.value("trainable")?.boolValue ?? true
        if layer.type == "SpectralNormalization" { slots.append(Slot(layer: path, isTrainable: false)) }
        for part in layer.wrapped { collect(part, path: path, isTrainable: isTrainable, into: &slots) }
        if let network = layer.network {
            for inner in network.layers { collect(inner, path: path, isTrainable: isTrainable, into: &slots) }
        } else if let weights = try? KerasLayers.converter(of: layer.type)?.weights(layer.config) {
            // What cannot be declared is refused, with its reason, when the layer is converted.
            slots += weights.map { Slot(layer: path, isTrainable: isTrainable && $0.isTrainable) }
        }
    }
}
