public import JSON

/// How often people agreed with predictions.
public struct Agreement: Sendable, Equatable {
    /// Those who said it was right.
    public let agreeing: Int
    /// Those who said it was wrong.
    public let disagreeing: Int

    /// Counts of both.
    public init(agreeing: Int, disagreeing: Int) {
        self.agreeing = agreeing
        self.disagreeing = disagreeing
    }

    /// Nobody said anything.
    public static let none = Agreement(agreeing: 0, disagreeing: 0)

    /// All who said something.
    public var total: Int { agreeing + disagreeing }

    /// The share of those who agreed, 0 to 1; nil where nobody said anything.
    public var rate: Double? { total == 0 ? nil : Double(agreeing) / Double(total) }
}

extension Agreement: JSONRepresentable {
    public var json: JSONValue {
        [
            "agreeing": agreeing.json, "disagreeing": disagreeing.json, "total": total.json, "rate": rate.json,
        ]
    }
}

/// What agreement is counted by.
public enum AgreementGroup: Sendable, CaseIterable {
    /// The version that predicted.
    case version
    /// The class that was predicted.
    case label
}

/// A class that was predicted, the right one by those who said so, and how often.
public struct Correction: Sendable, Equatable {
    public let predicted: String?
    public let corrected: String
    public let count: Int

    /// Makes a count.
    public init(predicted: String?, corrected: String, count: Int) {
        self.predicted = predicted
        self.corrected = corrected
        self.count = count
    }
}
