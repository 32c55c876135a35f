import Foundation

/// How sure a model was of its answer, from the shares it gave the classes.
///
/// Shares need not sum to 1: they are divided by their sum, and negative ones count as 0. Shares that are not finite, or
/// all 0, say nothing, which is the most uncertain answer there is.
public struct Uncertainty: Sendable, Equatable {
    /// The entropy of the shares divided by the greatest there can be: 0 where one class has everything, 1 where all
    /// classes have the same.
    ///
    /// - Source: C. E. Shannon, "A Mathematical Theory of Communication", 1948; divided by ln k for k classes.
    public let entropy: Double
    /// The share of the first class less that of the second: 0 where they are level, 1 where one has everything.
    public let margin: Double

    init(entropy: Double, margin: Double) {
        self.entropy = entropy
        self.margin = margin
    }

    /// Measures shares; with fewer than two classes there is nothing to be unsure of.
    public init(of shares: [Double]) {
        guard shares.count > 1 else {
            (entropy, margin) = (0, 1)
            return
        }
        let weights = shares.map { max(0, $0) }
        let sum = weights.reduce(0, +)
        guard shares.allSatisfy(\.isFinite), sum.isFinite, sum > 0 else {
            (entropy, margin) = (1, 0)
            return
        }
        let parts = weights.map { $0 / sum }.sorted(by: >)
        let nats = parts.reduce(0) { $1 > 0 ? $0 - $1 * log($1) : $0 }
        entropy = min(1, max(0, nats / log(Double(parts.count))))
        margin = parts[0] - parts[1]
    }
}
