public import Inference
public import JSON
public import ModelFiles

/// How pictures are prepared for a model version, and what a trial on pictures of known classes showed.
///
/// Found once, when the version is first read, and stored with it.
public struct ModelFit: Sendable, Equatable, JSONRepresentable {
    /// The values the model is given.
    public let input: InputGuess
    /// What the model made of pictures whose classes are known; nil where the app has none.
    public let trial: ModelTrial?
    /// How pictures are brought to the model's size; nil for what the app does without being told.
    public let framing: PictureFraming?

    /// Makes a fit.
    public init(input: InputGuess, trial: ModelTrial? = nil, framing: PictureFraming? = nil) {
        self.input = input
        self.trial = trial
        self.framing = framing
    }

    public var json: JSONValue {
        var object = JSONObject([("input", input.json), ("trial", trial.map(\.json) ?? .null)])
        object["framing"] = framing.map(\.json)
        return .object(object)
    }

    /// Reads what `json` gives; nil for anything else.
    public init?(json: JSONValue) {
        guard let input = json["input"].flatMap(InputGuess.init(json:)) else { return nil }
        self.init(
            input: input, trial: json["trial"].flatMap(ModelTrial.init(json:)),
            framing: json["framing"].flatMap(PictureFraming.init(json:)))
    }
}

/// How a model did on pictures whose classes are known.
public struct ModelTrial: Sendable, Equatable, JSONRepresentable {
    /// How many pictures were shown.
    public let pictures: Int
    /// How many were told right.
    public let right: Int

    /// Makes the result of a trial.
    public init(pictures: Int, right: Int) {
        self.pictures = pictures
        self.right = right
    }

    /// Whether the model looks as if it was given what it expects: it tells most of the pictures.
    public var isPlausible: Bool { 2 * right > pictures }

    public var json: JSONValue {
        ["pictures": pictures.json, "right": right.json, "plausible": .bool(isPlausible)]
    }

    /// Reads what `json` gives; nil for anything else.
    init?(json: JSONValue) {
        guard let pictures = json["pictures"]?.intValue, let right = json["right"]?.intValue else { return nil }
        self.init(pictures: pictures, right: right)
    }
}

/// What an app asks of a model before it may answer for the app, and how it finds out what values the model expects.
public struct ModelRequirement: Sendable {
    /// Throws `RegistryError.unusable` with the reason when the model cannot answer for the app.
    public let check: @Sendable (LoadedModel) throws -> Void
    /// Finds the values to give to a model that has passed the check, from what its reader believes.
    public let fit: @Sendable (LoadedModel, InputGuess?) async throws -> ModelFit

    /// Makes a requirement.
    public init(
        check: @escaping @Sendable (LoadedModel) throws -> Void,
        fit: @escaping @Sendable (LoadedModel, InputGuess?) async throws -> ModelFit
    ) {
        self.check = check
        self.fit = fit
    }
}
