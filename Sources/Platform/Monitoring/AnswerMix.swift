public import JSON

/// What was answered in a window, and how surely: the two things drift is measured of.
public struct AnswerMix: Sendable, Equatable {
    /// How often each class was answered, the most frequent first.
    public internal(set) var classes: [ClassCount] = []
    /// The mean share of the class that was answered; nil where nothing was.
    public internal(set) var meanConfidence: Double?

    /// Nothing was answered.
    public init() {}

    /// All answers.
    public var count: Int { classes.reduce(0) { $0 + $1.count } }
}

extension AnswerMix: JSONRepresentable {
    public var json: JSONValue {
        ["answered": count.json, "mean_confidence": meanConfidence.json, "classes": classes.json]
    }
}
