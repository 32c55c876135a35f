import JSON

/// Reads `.h5` files of Keras 2 and 3 that hold a whole model.
enum KerasH5Reader: ModelFileReader {
    static func recognizes(_ probe: ModelFileProbe) -> Bool {
        probe.start.starts(with: [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A])
    }

    static func read(_ bytes: FileBytes, _ request: ReadingRequest) throws(ModelFileError) -> ImportedModel {
        let limits = request.limits
        let file = try HDF5File(bytes)
        guard let text = try file.text("model_config") else {
            let isWeights = try file.textList("layer_names", of: "") != nil
            throw ModelFileError(
                .unsupported,
                isWeights
                    ? "the file holds the weights of a Keras model but not its layers; save the whole model instead"
                    : "the HDF5 file holds no Keras model")
        }
        let network = try KerasDescription.network(Array(text.utf8), limits: limits)
        var version = try file.text("keras_version")
        if version == nil, try file.exists("model_weights") {
            version = try file.text("keras_version", of: "model_weights")
        }
        var converter = KerasConverter(
            weights: try KerasH5Weights(file: file, network: network), version: KerasVersion(version), limits: limits)
        return try converter.convert(network, format: .kerasH5)
    }
}

/// Reads `.keras` archives.
enum KerasArchiveReader: ModelFileReader {
    // Archives of no known kind are its to refuse.
    static func recognizes(_ probe: ModelFileProbe) -> Bool { probe.isArchive }

    static func read(_ bytes: FileBytes, _ request: ReadingRequest) throws(ModelFileError) -> ImportedModel {
        let limits = request.limits
        let archive = try ZipArchive(bytes, limits: limits)
        guard let config = try archive.entry("config.json", maximumBytes: limits.maximumConfigBytes) else {
            throw ModelFileError(.unsupported, "the archive holds no Keras model\(guess(archive))")
        }
        let network = try KerasDescription.network(config.array(), limits: limits)
        let metadata = try archive.entry("metadata.json", maximumBytes: 1 << 20)
        let version = metadata.flatMap { try? JSONValue(parsing: $0.array()) }?["keras_version"]?.stringValue
        guard let weights = try archive.entry("model.weights.h5", maximumBytes: limits.maximumBytes) else {
            throw ModelFileError(.damaged, "the Keras archive holds no weights")
        }
        var converter = KerasConverter(
            weights: KerasArchiveWeights(file: try HDF5File(weights)), version: KerasVersion(version ?? "3"),
            limits: limits)
        return try converter.convert(network, format: .keras)
    }

    /// Other tools write archives too; a word about which helps.
    private static func guess(_ archive: ZipArchive) -> String {
        let names = archive.names
        if names.contains(where: { $0.hasSuffix("data.pkl") }) { return "; it looks like a PyTorch file" }
        if names.contains(where: { $0.hasSuffix("saved_model.pb") }) {
            return "; it looks like a TensorFlow SavedModel"
        }
        if names.contains(where: { $0.hasSuffix(".npy") }) { return "; it looks like a NumPy archive" }
        return ""
    }
}

/// The text that describes a Keras model.
enum KerasDescription {
    static func network(_ text: [UInt8], limits: ModelFileLimits) throws(ModelFileError) -> KerasNetwork {
        guard text.count <= limits.maximumConfigBytes else {
            throw ModelFileError(
                .tooLarge,
                "the description of the model has \(text.count) bytes, at most \(limits.maximumConfigBytes) are allowed"
            )
        }
        let json: JSONValue
        do throws(JSONError) {
            json = try JSONValue(parsing: text, maximumDepth: 256, allowsNonFinite: true)
        } catch {
            throw ModelFileError(.damaged, "the description of the Keras model is damaged: \(error)")
        }
        var parser = KerasNetworkParser(limits: limits)
        return try parser.model(json)
    }
}
