/// Weights in the `.keras` format: folders named after the types of the layers, weights numbered in order.
final class KerasArchiveWeights: KerasWeightSource {
    let file: HDF5File

    /// How the folders of inner layers have been named: by Keras 3 and the last Keras 2, by the first versions of
    /// the format, by models that wrap a Functional one, and the same written on Windows.
    private static let prefixes = [
        "layers/", "_layer_checkpoint_dependencies/", "_functional/layers/", "layers\\",
        "_layer_checkpoint_dependencies\\",
    ]

    init(file: HDF5File) {
        self.file = file
    }

    func places(of declared: [KerasWeight], at path: KerasLayerPath) throws(ModelFileError) -> [String] {
        for prefix in Self.prefixes {
            let separator = prefix.hasSuffix("\\") ? "\\" : "/"
            let folder = path.archiveNames.map { prefix + $0 }.joined(separator: separator)
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
