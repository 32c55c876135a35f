import Foundation
public import JSON

/// What a measure of drift says.
public enum DriftVerdict: String, Sendable, CaseIterable {
    /// One of the windows has too few predictions to tell.
    case notEnoughData = "not_enough_data"
    /// No more than chance and everyday variation bring.
    case stable
    /// Worth a look.
    case moderate
    /// Today's pictures, or the model's answers, are not what they were.
    case major
}

/// How far the mix of answered classes has moved.
public struct ClassDrift: Sendable, Equatable {
    /// The population stability index; nil where there is not enough data.
    public let stabilityIndex: Double?
    public let verdict: DriftVerdict

    /// Answers that each window must have.
    public static let leastAnswers = 100

    /// Compares two windows by their counts of each class.
    ///
    /// The index is the sum over classes of (a − e)·ln(a/e), with e and a the class's share then and now. A class seen in
    /// one window only counts there as half an answer, since the logarithm needs something.
    /// Below 0.1 is stable, below 0.25 moderate, from there on major.
    ///
    /// - Source: N. Siddiqi, "Credit Risk Scorecards", 2006, also for the bounds. It is Jeffreys' divergence: H. Jeffreys,
    ///   "An Invariant Form for the Prior Probability in Estimation Problems", 1946.
    public init(reference: [ClassCount], current: [ClassCount]) {
        var counts: [String: (then: Double, now: Double)] = [:]
        for item in reference { counts[item.label, default: (0, 0)].then += Double(item.count) }
        for item in current { counts[item.label, default: (0, 0)].now += Double(item.count) }
        // In a fixed order, since the last digit of a sum depends on it.
        let cells = counts.sorted { $0.key < $1.key }.map(\.value).filter { $0.then + $0.now > 0 }
        let least = Double(Self.leastAnswers)
        guard cells.reduce(0, { $0 + $1.then }) >= least, cells.reduce(0, { $0 + $1.now }) >= least else {
            (stabilityIndex, verdict) = (nil, .notEnoughData)
            return
        }
        let filled = cells.map { (then: max($0.then, 0.5), now: max($0.now, 0.5)) }
        let then = filled.reduce(0) { $0 + $1.then }
        let now = filled.reduce(0) { $0 + $1.now }
        let index = filled.reduce(0) { sum, cell in
            sum + (cell.now / now - cell.then / then) * log((cell.now / now) / (cell.then / then))
        }
        stabilityIndex = index
        verdict = index < 0.1 ? .stable : index < 0.25 ? .moderate : .major
    }
}

/// How far the confidence of the answers has moved.
public struct ConfidenceDrift: Sendable, Equatable {
    /// The greatest distance between the two cumulative distributions, 0 to 1; nil where there is not enough data.
    public let distance: Double?
    /// How likely chance alone brings such a distance; nil where there is not enough data.
    public let pValue: Double?
    public let verdict: DriftVerdict

    /// Answers that each window must have.
    public static let leastAnswers = 100

    /// Judges a distance between samples of two sizes.
    ///
    /// With thousands of answers the least difference is beyond chance, so a verdict also asks for a distance that matters:
    /// from 0.1 moderate, from 0.2 major, both with a p-value below 0.01.
    public init(distance: Double, reference: Int, current: Int) {
        guard min(reference, current) >= Self.leastAnswers else {
            (self.distance, pValue, verdict) = (nil, nil, .notEnoughData)
            return
        }
        let chance = KolmogorovSmirnov.pValue(distance: distance, reference, current)
        self.distance = distance
        pValue = chance
        verdict = chance >= 0.01 || distance < 0.1 ? .stable : distance < 0.2 ? .moderate : .major
    }
}

/// The two-sample test of Kolmogorov and Smirnov.
public enum KolmogorovSmirnov {
    /// How likely a distance at least as great is when both samples come from one distribution.
    ///
    /// An approximation good to about a hundredth of the value for samples of 100 and more; with equal values among the
    /// samples it errs on the side of chance.
    ///
    /// - Source: M. A. Stephens, "Use of the Kolmogorov-Smirnov, Cramér-von Mises and Related Statistics Without
    ///   Extensive Tables", Journal of the Royal Statistical Society B, 1970, for the correction of the argument.
    public static func pValue(distance: Double, _ first: Int, _ second: Int) -> Double {
        guard first > 0, second > 0, distance > 0 else { return 1 }
        let root = (Double(first) * Double(second) / (Double(first) + Double(second))).squareRoot()
        return tail((root + 0.12 + 0.11 / root) * distance)
    }

    /// The share of Kolmogorov's limiting distribution above a value: 2·Σ (−1)^(j−1)·exp(−2j²x²).
    ///
    /// Below 1.18 the equal series 1 − √(2π)/x·Σ exp(−(2j−1)²π²/8x²) needs fewer terms.
    ///
    /// - Source: A. Kolmogorov, "Sulla determinazione empirica di una legge di distribuzione", 1933; W. Feller, "On the
    ///   Kolmogorov-Smirnov Limit Theorems for Empirical Distributions", 1948.
    static func tail(_ x: Double) -> Double {
        guard x > 0.1 else { return 1 }
        if x < 1.18 {
            let sum = (1...4).reduce(0.0) { $0 + exp(-pow(Double(2 * $1 - 1) * .pi / x, 2) / 8) }
            return min(1, max(0, 1 - (2 * Double.pi).squareRoot() / x * sum))
        }
        let sum = (1...4).reduce(0.0) { $0 + ($1 % 2 == 1 ? 1 : -1) * exp(-2 * pow(Double($1) * x, 2)) }
        return min(1, max(0, 2 * sum))
    }
}

extension ClassDrift: JSONRepresentable {
    public var json: JSONValue {
        ["stability_index": stabilityIndex.json, "verdict": verdict.rawValue.json]
    }
}

extension ConfidenceDrift: JSONRepresentable {
    public var json: JSONValue {
        ["distance": distance.json, "p_value": pValue.json, "verdict": verdict.rawValue.json]
    }
}
