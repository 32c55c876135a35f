/// Finds the names of the classes that a training program kept beside the weights.
enum TorchLabels {
    private static let keys: Set = [
        "class_names", "classes", "labels", "label_names", "class_labels", "categories", "idx_to_class", "class_to_idx",
        "id2label", "label2id", "idx2label", "label2idx", "class_to_index", "index_to_class", "names",
    ]
    private static let places: Set = [
        "hyper_parameters", "datamodule_hyper_parameters", "hparams", "config", "args", "meta", "metadata",
    ]
    private static let maximumLabels = 100_000

    /// The names in the order of the outputs; nil where there are none.
    static func find(in root: PickleValue) -> [String]? {
        if let labels = labels(among: attributes(of: root)) { return labels }
        for (key, value) in attributes(of: root) where places.contains(key.lowercased()) {
            if let labels = labels(among: attributes(of: value)) { return labels }
        }
        return nil
    }

    private static func labels(among items: [(key: String, value: PickleValue)]) -> [String]? {
        for (key, value) in items where keys.contains(key.lowercased()) {
            if let labels = list(value) ?? dictionary(value) { return labels }
        }
        return nil
    }

    private static func attributes(of value: PickleValue) -> [(key: String, value: PickleValue)] {
        if let items = value.namedItems { return items }
        if case .object(let object) = value, let state = object.state { return state.namedItems ?? [] }
        return []
    }

    private static func list(_ value: PickleValue) -> [String]? {
        guard let elements = value.sequence, elements.count <= maximumLabels else { return nil }
        let names = elements.compactMap(\.text)
        return names.isEmpty || names.count < elements.count ? nil : names
    }

    /// Names by number, or numbers by name.
    private static func dictionary(_ value: PickleValue) -> [String]? {
        guard let pairs = pairs(of: value), !pairs.isEmpty, pairs.count <= maximumLabels else { return nil }
        var names = [String?](repeating: nil, count: pairs.count)
        for pair in pairs {
            let (number, name): (Int?, String?) =
                switch (pair.key, pair.value) {
                case (.int(let number), .string(let name)), (.string(let name), .int(let number)): (number, name)
                case (.string(let number), .string(let name)): (Int(number), name)
                default: (nil, nil)
                }
            guard let number, let name, names.indices.contains(number), names[number] == nil else { return nil }
            names[number] = name
        }
        return names.compactMap(\.self)
    }

    private static func pairs(of value: PickleValue) -> [(key: PickleValue, value: PickleValue)]? {
        switch value {
        case .dictionary(let dictionary): dictionary.pairs
        case .object(let object): object.items.pairs
        default: nil
        }
    }
}
