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
            if let weights = try KerasWeightsReader(file, request) { return try weights.read() }
            throw try foreign(file)
        }
        var stated = try file.text("keras_version")
        if stated == nil, try file.exists("model_weights") {
            stated = try file.text("keras_version", of: "model_weights")
        }
        let json = try KerasDescription.json(Array(text.utf8), limits: limits)
        let version = KerasVersion(stated ?? KerasOne.version(of: json))
        let network = try KerasDescription.network(json, version: version, limits: limits)
        let backend = request.description.architecture?["backend"]?.stringValue
        let weights = try KerasH5Weights(file: file, network: network, version: version, backend: backend)
        return try KerasDescription.model(json, network, weights, version: version, format: .kerasH5, limits: limits)
    }

    /// The refusal of a file that is neither a model nor the weights of one whose layers Keras knows.
    private static func foreign(_ file: HDF5File) throws(ModelFileError) -> ModelFileError {
        let names = try file.names(in: "")
        for name in names.prefix(100) {
            // So are the attributes of a model that is a class of its own named.
            guard try file.exists("\(name)/vars") else { continue }
            return ModelFileError(
                .unsupported,
                "the file holds the weights of a Keras model that is a class of its own ('\(name.prefix(60))'), whose "
                    + "layers stand in its program only; build the same layers as a Functional model and save that, or "
                    + "export the model as ONNX with model.export(\"model.onnx\", format=\"onnx\")")
        }
        let shown = names.prefix(3).map { "'\($0.prefix(60))'" }.joined(separator: ", ")
        return ModelFileError(
            .unsupported, "the HDF5 file holds no Keras model\(names.isEmpty ? "" : "; it begins with \(shown)")")
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
        let metadata = try archive.entry("metadata.json", maximumBytes: 1 << 20)
        let version = metadata.flatMap { try? JSONValue(parsing: $0.array()) }?["keras_version"]?.stringValue
        let json = try KerasDescription.json(config.array(), limits: limits)
        let network = try KerasDescription.network(json, version: KerasVersion(version ?? "3"), limits: limits)
        guard let weights = try archive.entry("model.weights.h5", maximumBytes: limits.maximumBytes) else {
            throw ModelFileError(.damaged, "the Keras archive holds no weights")
        }
        return try KerasDescription.model(
            json, network, KerasArchiveWeights(file: try HDF5File(weights)), version: KerasVersion(version ?? "3"),
            format: .keras, limits: limits)
    }

    /// Endings of files that would be read without the archive around them.
    private static let modelEndings = [
        ".keras", ".h5", ".hdf5", ".pt", ".pth", ".ckpt", ".safetensors", ".pkl", ".joblib", ".tflite",
    ]

    /// Other tools write archives too; a word about which helps.
    private static func guess(_ archive: ZipArchive) -> String {
        let names = archive.names
        if names.contains(where: { $0.hasSuffix("data.pkl") }) { return "; it looks like a PyTorch file" }
        if names.contains(where: { $0.hasSuffix("saved_model.pb") }) {
            return "; it looks like a SavedModel of TensorFlow: \(ForeignFile.savedModelAdvice)"
        }
        if names.contains(where: { $0.hasSuffix(".npy") }) { return "; it looks like a NumPy archive" }
        let models = names.filter { name in modelEndings.contains { name.lowercased().hasSuffix($0) } }
        if let model = models.min()?.split(separator: "/").last, model.allSatisfy({ $0.isASCII }) {
            return "; unpack it and give the model in it, such as '\(model.prefix(60))'"
        }
        return ""
    }
}

/// The text that describes a Keras model.
enum KerasDescription {
    static func json(_ text: [UInt8], limits: ModelFileLimits) throws(ModelFileError) -> JSONValue {
        guard text.count <= limits.maximumConfigBytes else {
            throw ModelFileError(
                .tooLarge,
                "the description of the model has \(text.count) bytes, at most \(limits.maximumConfigBytes) are allowed"
            )
        }
        do throws(JSONError) {
            return try JSONValue(parsing: text, maximumDepth: 256, allowsNonFinite: true)
        } catch {
            throw ModelFileError(.damaged, "the description of the Keras model is damaged: \(error)")
        }
    }

    static func network(
        _ json: JSONValue, version: KerasVersion, limits: ModelFileLimits
    ) throws(ModelFileError) -> KerasNetwork {
        var parser = KerasNetworkParser(limits: limits)
        return try parser.model(version.major == 1 ? try KerasOne.translated(json, limits: limits) : json)
    }

    /// Converts a network and tells what its input takes.
    static func model(
        _ json: JSONValue, _ network: KerasNetwork, _ weights: any KerasWeightSource, version: KerasVersion,
        format: ModelFormat, limits: ModelFileLimits
    ) throws(ModelFileError) -> ImportedModel {
        var converter = KerasConverter(weights: weights, version: version, limits: limits)
        var model = try converter.convert(network, format: format)
        model.inspection.preprocessing = KerasInputGuess(weights: weights, json: json).guess(network)
        return model
    }
}
