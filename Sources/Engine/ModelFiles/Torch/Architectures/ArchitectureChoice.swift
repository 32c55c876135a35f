import JSON

/// What a description says about a network that is known by name.
///
/// Either a name alone, `"resnet50"`, or an object where more is to be said:
///
///     {"name": "resnet50", "activation": "gelu"}
///     {"name": "vit", "heads": 6}
struct ArchitectureChoice: Sendable {
    /// Name of the network, one of `TorchArchitectures.names`; nil where the weights are to tell.
    var name: String?
    /// The function between the layers of a head, or of a plain network.
    var activation: TorchActivation?
    /// Number of attention heads of a transformer.
    var heads: Int?
    /// Shape of one input.
    var input: [Int]?
    /// What the modules of a pickled network tell, for plain networks; nil where there are none.
    var hints: TorchModuleHints?
    /// How pictures are prepared.
    var preprocessing: InputConvention?

    /// Reads what a description says.
    ///
    /// - Returns: nil where the description lists the layers itself.
    init?(_ description: ModelDescription) throws(ModelFileError) {
        input = description.input
        preprocessing = description.preprocessing
        guard let json = description.architecture, !json.isNull else { return }
        if let name = json.stringValue {
            self.name = try Self.known(name)
        } else if let object = json.objectValue, let name = object["name"]?.stringValue {
            self.name = try Self.known(name)
            try read(object)
        } else {
            return nil
        }
    }

    private mutating func read(_ object: JSONObject) throws(ModelFileError) {
        for (key, value) in object {
            switch key {
            case "name": break
            case "activation":
                guard let activation = value.stringValue.flatMap(TorchActivation.init(rawValue:)) else {
                    let names = TorchActivation.allCases.map(\.rawValue).joined(separator: ", ")
                    throw Self.wrong("\"activation\" must be one of \(names)")
                }
                self.activation = activation
            case "heads":
                guard let heads = value.intValue, (1...1024).contains(heads) else {
                    throw Self.wrong("\"heads\" must be a number of 1 to 1024")
                }
                self.heads = heads
            default:
                throw Self.wrong("\"\(key)\" is not known; known are name, activation and heads")
            }
        }
    }

    private static func known(_ name: String) throws(ModelFileError) -> String {
        guard let known = TorchArchitectures.names.first(where: { simplified($0) == simplified(name) }) else {
            throw wrong("'\(name)' is not known; known are \(TorchArchitectures.names.joined(separator: ", "))")
        }
        return known
    }

    /// People write `ResNet-50` too.
    private static func simplified(_ name: String) -> String {
        name.lowercased().filter { $0.isLetter || $0.isNumber }
    }

    private static func wrong(_ problem: String) -> ModelFileError {
        ModelFileError(.unsupported, "in the description, \"architecture\": \(problem)")
    }

    /// The JSON that names a network and the function between its layers.
    static func example(_ name: String, activation: TorchActivation) -> String {
        #"{"architecture": {"name": "\#(name)", "activation": "\#(activation.rawValue)"}}"#
    }
}
