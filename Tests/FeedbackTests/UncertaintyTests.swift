import Feedback
import Foundation
import Testing

struct UncertaintyTests {
    @Test(
        "uncertainty is what the formulas say",
        arguments: [
            ([0.5, 0.5], 1, 0), ([1, 0], 0, 1), ([0, 1], 0, 1), ([1, 1, 1], 1, 0),
            // 0.25 and 0.75: 2 − 0.75·log2 3 bits of 1.
            ([0.25, 0.75], 2 - 0.75 * log2(3.0), 0.5),
            // Half, a quarter, a quarter: 1.5 bits of log2 3.
            ([0.25, 0.5, 0.25], 1.5 / log2(3.0), 0.25), ([2, 2, 4], 1.5 / log2(3.0), 0.25), ([0.3], 0, 1), ([], 0, 1),
        ] as [([Double], Double, Double)])
    func formulas(shares: [Double], entropy: Double, margin: Double) {
        let uncertainty = Uncertainty(of: shares)
        #expect(abs(uncertainty.entropy - entropy) < 1e-12)
        #expect(abs(uncertainty.margin - margin) < 1e-12)
    }

    @Test(
        "shares that say nothing are as uncertain as can be",
        arguments: [[.nan, 1], [0, 0], [-1, -2], [.infinity, 1]])
    func nothing(shares: [Double]) {
        let uncertainty = Uncertainty(of: shares)
        #expect(uncertainty.entropy == 1 && uncertainty.margin == 0)
    }

    @Test("any shares at all give numbers from 0 to 1")
    func bounds() {
        for count in 1...20 {
            for _ in 0..<200 {
                let shares = (0..<count).map { _ in pow(10, Double.random(in: -320...300)) * (.random() ? 1 : 0) }
                let uncertainty = Uncertainty(of: shares)
                #expect((0...1).contains(uncertainty.entropy) && (0...1).contains(uncertainty.margin), "\(shares)")
            }
        }
    }
}
