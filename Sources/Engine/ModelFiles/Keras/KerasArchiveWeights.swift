/// Weights in the `.keras` format: folders named after the types of the layers, weights numbered in order.
final class KerasArchiveWeights: KerasWeightSource {
    let file: HDF5File

    /// How the folders of inner layers have been named: by Keras 3 and the last Keras 2, by the first versions of
    /// the format, and by both on Windows.
    private static let spellings: [(prefix: String, isEarly: Bool)] = [
        ("layers/", false), ("_layer_checkpoint_dependencies/", true), ("layers\\", false),
        ("_layer_checkpoint_dependencies\\", true),
    ]

    init(file: HDF5File) {
        self.file = file
    }

    func places(of declared: [KerasWeight], at path: KerasLayerPath) throws(ModelFileError) -> [String] {
        for (prefix, isEarly) in Self.spellings {
            let separator = prefix.hasSuffix("\\") ? "\\" : "/"
            let names = isEarly ? path.earlyArchiveNames : path.archiveNames
            let folder = names.map { prefix + $0 }.joined(separator: separator)
            guard try file.exists("\(folder)/vars/0") else { continue }
            let places = declared.indices.map { "\(folder)/vars/\($0)" }
            for (place, weight) in zip(places, declared) where weight.isUsed {
                guard try file.exists(place) else {
                    throw ModelFileError(.damaged, "weight '\(weight.name)' of layer '\(path.joined)' is missing")
                }
            }
            return places
        }
        let names = declared.map(\.name).joined(separator: ", ")
        throw ModelFileError(
            .damaged, "layer '\(path.joined)' needs the weights \(names), which the file does not have")
    }
}
