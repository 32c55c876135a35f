import Retraining
import Testing

@Suite("When models are trained again")
struct FeedbackThresholdsTests {
    struct Scenario: Sendable, CustomTestStringConvertible {
        let positive: Int
        let negative: Int
        var thresholds = FeedbackThresholds()
        let isDue: Bool

        var testDescription: String { "\(positive) positive, \(negative) negative: \(isDue)" }
    }

    static let scenarios = [
        Scenario(positive: 69, negative: 31, isDue: true),
        // At each limit, and one beside it.
        Scenario(positive: 68, negative: 31, isDue: false), Scenario(positive: 0, negative: 99, isDue: false),
        Scenario(positive: 0, negative: 100, isDue: true), Scenario(positive: 70, negative: 30, isDue: false),
        Scenario(positive: 700, negative: 301, isDue: true), Scenario(positive: 81, negative: 19, isDue: false),
        Scenario(
            positive: 80, negative: 19,
            thresholds: .init(minimumFeedback: 10, minimumNegative: 20, minimumPositiveRate: 1), isDue: false),
        Scenario(
            positive: 80, negative: 20,
            thresholds: .init(minimumFeedback: 10, minimumNegative: 20, minimumPositiveRate: 1), isDue: true),
        Scenario(positive: 0, negative: 0, isDue: false),
        Scenario(
            positive: 0, negative: 0,
            thresholds: .init(minimumFeedback: 0, minimumNegative: 0, minimumPositiveRate: 0), isDue: false),
    ]

    @Test("all of the conditions must hold", arguments: scenarios)
    func conditions(scenario: Scenario) {
        let counts = FeedbackCounts(positive: scenario.positive, negative: scenario.negative)
        #expect(scenario.thresholds.areMet(by: counts) == scenario.isDue)
        #expect(scenario.thresholds.obstacles(counts).isEmpty == scenario.isDue)
    }

    @Test("each condition that fails is told with its figures")
    func obstacles() {
        let obstacles = FeedbackThresholds().obstacles(FeedbackCounts(positive: 9, negative: 1))
        #expect(
            obstacles == [
                "there are 10 feedbacks, at least 100 are needed", "1 feedbacks are negative, at least 20 are needed",
                "the positive rate is 0.9, training is for rates below 0.7",
            ])
    }

    @Test(
        "a new model must be better by more than the gate's gain",
        arguments: [
            (0.73, 0.7, true), (0.719, 0.7, false), (0.7, 0.7, false), (0.5, 0.7, false), (0.03, nil, true),
            (0.02, nil, false),
        ]
            as [(Double, Double?, Bool)])
    func gate(candidate: Double, answering: Double?, isAdmitted: Bool) {
        #expect(DeploymentGate().admits(candidate, over: answering) == isAdmitted)
    }
}
