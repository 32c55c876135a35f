public import Imaging
public import JSON

/// How a picture of any shape is brought to the width and height of a model.
public struct PictureFraming: Sendable, Equatable, JSONRepresentable {
    /// What becomes of another shape.
    public var fit: PreprocessingProfile.Fit
    /// With `cover`: the length the shorter side is resized to before the middle is cut out; nil for the smallest.
    public var shorterSide: Int?
    /// How pixels are resampled.
    public var filter: ResampleFilter

    /// Makes a framing.
    public init(_ fit: PreprocessingProfile.Fit, shorterSide: Int? = nil, filter: ResampleFilter) {
        self.fit = fit
        self.shorterSide = shorterSide
        self.filter = filter
    }

    public var json: JSONValue {
        ["fit": fit.rawValue.json, "shorter_side": shorterSide.json, "filter": filter.rawValue.json]
    }

    /// Reads what `json` gives; nil for anything else.
    public init?(json: JSONValue) {
        guard let fit = json["fit"]?.stringValue.flatMap(PreprocessingProfile.Fit.init(rawValue:)),
            let filter = json["filter"]?.stringValue.flatMap(ResampleFilter.init(rawValue:))
        else { return nil }
        self.init(fit, shorterSide: json["shorter_side"]?.intValue, filter: filter)
    }
}
