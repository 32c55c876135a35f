public import Feedback
public import JSON

/// What happened in one stretch of time.
public struct PredictionFigures: Sendable, Equatable {
    /// Requests a model answered.
    public internal(set) var answered = 0
    /// Requests that were at fault themselves.
    public internal(set) var refused = 0
    /// Requests the server failed at.
    public internal(set) var failed = 0
    /// Milliseconds from request to answer, of those answered.
    public internal(set) var latency = ValueSummary.empty
    /// The mean share of the class that was answered; nil where nothing was.
    public internal(set) var meanConfidence: Double?
    /// How often each class was answered, the most frequent first.
    public internal(set) var classes: [ClassCount] = []
    /// What people said in that time, of whatever prediction.
    public internal(set) var agreement = Agreement.none

    /// Nothing happened.
    public init() {}

    /// All requests.
    public var requests: Int { answered + refused + failed }

    /// The share of requests the server failed at, 0 to 1; nil where there were none.
    ///
    /// Refused requests are left out: they say nothing about the server.
    public var errorRate: Double? { answered + failed == 0 ? nil : Double(failed) / Double(answered + failed) }

    /// The share of requests that were at fault themselves, 0 to 1; nil where there were none.
    public var refusalRate: Double? { requests == 0 ? nil : Double(refused) / Double(requests) }
}

/// How often a class was answered.
public struct ClassCount: Sendable, Equatable {
    public let label: String
    public let count: Int

    /// Makes a count.
    public init(_ label: String, _ count: Int) {
        self.label = label
        self.count = count
    }
}

extension ClassCount: JSONRepresentable {
    public var json: JSONValue { ["label": label.json, "count": count.json] }
}

extension PredictionFigures: JSONRepresentable {
    public var json: JSONValue {
        [
            "requests": requests.json, "answered": answered.json, "refused": refused.json, "failed": failed.json,
            "error_rate": errorRate.json, "refusal_rate": refusalRate.json, "latency_ms": latency.json,
            "mean_confidence": meanConfidence.json, "classes": classes.json, "agreement": agreement.json,
        ]
    }
}
