import JSON

/// Reads files that hold the weights of a Keras model without its layers.
///
/// The layers come from the user's description, or are those of a network of `keras.applications` that the weights
/// themselves show.
struct KerasWeightsReader {
    let file: HDF5File
    let outline: KerasWeightsOutline
    let request: ReadingRequest

    /// - Returns: nil for a file that holds no weights of Keras.
    init?(_ file: HDF5File, _ request: ReadingRequest) throws(ModelFileError) {
        guard let outline = try KerasWeightsOutline(file) else { return nil }
        self.file = file
        self.outline = outline
        self.request = request
    }

    /// Reads the model.
    ///
    /// - Throws: `ModelFileError` that says what to write beside the file, where the weights do not tell the layers.
    func read() throws(ModelFileError) -> ImportedModel {
        let description = try description()
        let version = KerasVersion(try version() ?? KerasOne.version(of: description))
        let limits = request.limits
        let network = try KerasDescription.network(description, version: version, limits: limits)
        let weights: any KerasWeightSource =
            outline.isArchive
            ? KerasArchiveWeights(file: file)
            : try KerasH5Weights(
                file: file, network: network, version: version,
                backend: request.description.architecture?["backend"]?.stringValue, outline: outline)
        return try KerasDescription.model(
            description, network, weights, version: version, format: .kerasH5, limits: limits)
    }

    private func version() throws(ModelFileError) -> String? {
        if outline.isArchive { return "3" }
        if let version = try file.text("keras_version") { return version }
        return try file.exists("model_weights") ? try file.text("keras_version", of: "model_weights") : nil
    }

    // MARK: The layers

    private func description() throws(ModelFileError) -> JSONValue {
        guard let stated = request.description.architecture, !stated.isNull else { return try recognized() }
        if let name = stated.stringValue {
            // The text that `model.to_json()` gives, put between quotation marks as it is.
            if name.first == "{" { return try parsed(name) }
            return try named(name, JSONObject())
        }
        guard let object = stated.objectValue else {
            throw ModelFileError(.damaged, #""architecture" of the description must be a name or an object"#)
        }
        if object["class_name"] != nil { return stated }
        guard let name = object["name"]?.stringValue else {
            throw ModelFileError(
                .damaged,
                #""architecture" of the description must have "class_name", as model.to_json() gives it, or "name""#)
        }
        return try named(name, object)
    }

    private func parsed(_ text: String) throws(ModelFileError) -> JSONValue {
        do throws(JSONError) {
            return try JSONValue(parsing: text, maximumDepth: 256, allowsNonFinite: true)
        } catch {
            throw ModelFileError(.damaged, "the architecture of the description is damaged: \(error)")
        }
    }

    private func named(_ name: String, _ options: JSONObject) throws(ModelFileError) -> JSONValue {
        guard let application = KerasApplication.named(name) else {
            throw ModelFileError(
                .unsupported,
                "the architecture '\(name.prefix(60))' is not known; known are \(Self.names), and the JSON that "
                    + "model.to_json() gives")
        }
        if let description = try matcher(options).description(application) { return description }
        throw ModelFileError(
            .damaged, "the weights are not those of \(application.name); the file has \(outline.summary)")
    }

    /// The network that the weights themselves show.
    private func recognized() throws(ModelFileError) -> JSONValue {
        let matcher = try matcher(JSONObject())
        for application in KerasApplication.all {
            if let description = try matcher.description(application) { return description }
        }
        throw ModelFileError(
            .unsupported,
            "the file holds the weights of a Keras model but not its layers (\(outline.summary)); "
                + #"save the whole model, or write a description beside the file: {"architecture": "NAME"} with one of \#(Self.names), or "#
                + #"{"architecture": …} with the JSON that model.to_json() gives"#)
    }

    private func matcher(_ options: JSONObject) throws(ModelFileError) -> ApplicationMatcher {
        let input = request.description.input
        if let input {
            guard input.count == 3, input.allSatisfy({ (1...4096).contains($0) }) else {
                throw ModelFileError(
                    .damaged, #""input" of the description must be height, width and channels, such as [224, 224, 3]"#)
            }
        }
        var matcher = ApplicationMatcher(outline: outline, input: input)
        if let pooling = options["pooling"], !pooling.isNull {
            guard let name = pooling.stringValue, ["avg", "max"].contains(name) else {
                throw ModelFileError(.damaged, #""pooling" of the architecture must be "avg" or "max""#)
            }
            matcher.pooling = name
        }
        if let activation = options["activation"], !activation.isNull {
            guard let name = activation.stringValue else {
                throw ModelFileError(.damaged, #""activation" of the architecture must be the name of a function"#)
            }
            matcher.activation = name
        }
        return matcher
    }

    private static let names = KerasApplication.all.map(\.name).sorted().joined(separator: ", ")
}
