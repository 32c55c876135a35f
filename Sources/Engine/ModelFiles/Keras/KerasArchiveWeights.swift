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
            let folder = names.map { prefix + $0.replacing("/", with: separator) }.joined(separator: separator)
            guard let places = try places(of: declared, in: folder, separator: separator) else { continue }
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

    /// The weights below the folder of a layer, numbered within the folder of each part; nil where there are none.
    private func places(
        of declared: [KerasWeight], in folder: String, separator: String
    ) throws(ModelFileError) -> [String]? {
        var numbers: [String: Int] = [:]
        var places: [String] = []
        var isPresent = false
        for weight in declared {
            let number = numbers[weight.folders[0], default: 0]
            numbers[weight.folders[0]] = number + 1
            let candidates = weight.folders.map { part in
                let inner = part.isEmpty ? "" : separator + part.replacing("/", with: separator)
                return "\(folder)\(inner)/vars/\(number)"
            }
            var place = candidates[0]
            for candidate in candidates where try file.exists(candidate) {
                place = candidate
                isPresent = true
                break
            }
            places.append(place)
        }
        return isPresent ? places : nil
    }
}
