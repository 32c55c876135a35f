/// How people judged the answers of a model over some time.
public struct FeedbackCounts: Sendable, Equatable {
    /// Answers people agreed with.
    public var positive: Int
    /// Answers people called wrong.
    public var negative: Int

    /// Makes counts.
    public init(positive: Int, negative: Int) {
        (self.positive, self.negative) = (positive, negative)
    }

    /// Answers judged.
    public var total: Int { positive + negative }

    /// Part of the judged answers that people agreed with; 0 where none was judged.
    public var positiveRate: Double { total == 0 ? 0 : Double(positive) / Double(total) }
}

/// What people must have said for a model to be trained again: enough, and badly enough.
public struct FeedbackThresholds: Sendable, Equatable {
    /// Fewest judged answers.
    public var minimumFeedback = 100
    /// Fewest answers called wrong.
    public var minimumNegative = 20
    /// The positive rate, 0…1, below which a model is trained again.
    public var minimumPositiveRate = 0.7

    /// The defaults.
    public init() {}

    /// Makes thresholds.
    public init(minimumFeedback: Int, minimumNegative: Int, minimumPositiveRate: Double) {
        self.minimumFeedback = minimumFeedback
        self.minimumNegative = minimumNegative
        self.minimumPositiveRate = minimumPositiveRate
    }

    /// What speaks against training, in words; empty where everything speaks for it.
    public func obstacles(_ counts: FeedbackCounts) -> [String] {
        var obstacles: [String] = []
        if counts.total < minimumFeedback {
            obstacles.append("there are \(counts.total) feedbacks, at least \(minimumFeedback) are needed")
        }
        if counts.negative < minimumNegative {
            obstacles.append("\(counts.negative) feedbacks are negative, at least \(minimumNegative) are needed")
        }
        if counts.positiveRate >= minimumPositiveRate {
            obstacles.append(
                "the positive rate is \(counts.positiveRate), training is for rates below \(minimumPositiveRate)")
        }
        return obstacles
    }

    /// Whether the model is to be trained again.
    public func areMet(by counts: FeedbackCounts) -> Bool { obstacles(counts).isEmpty }
}

/// Whether a newly trained model may take the place of the one that answers.
public struct DeploymentGate: Sendable, Equatable {
    /// How much higher its accuracy must be, as a part of 1; equal to this is not enough.
    public var leastGain = 0.02

    /// The default gate.
    public init() {}

    /// Judges by accuracies on the same pictures.
    ///
    /// - Parameter answering: of the model that answers; nil where none does, or it cannot be judged.
    public func admits(_ candidate: Double, over answering: Double?) -> Bool {
        candidate > (answering ?? 0) + leastGain
    }
}
