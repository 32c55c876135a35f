import Testing

@testable import ModelFiles

@Suite("What an estimator tells about its input")
struct InputGuessTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let values: [Double]?
        let features: Int
        let convention: InputConvention?
        let certainty: InputGuess.Certainty
        var testDescription: String { "\(values ?? []) of \(features)" }
    }

    static let mnist = InputConvention(
        channels: .gray, scale: 1 / 255, mean: [0.1307], standardDeviation: [0.3081])

    static let cases = [
        Case(values: [0, 1], features: 784, convention: .unit(.gray), certainty: .inferred),
        Case(values: [0, 255], features: 784, convention: .bytes(.gray), certainty: .inferred),
        Case(values: [0, 16], features: 64, convention: .init(channels: .gray, scale: 16 / 255), certainty: .inferred),
        Case(values: [-1, 1], features: 3072, convention: .symmetric(.rgb), certainty: .inferred),
        Case(values: [-0.4242, 2.8215], features: 784, convention: mnist, certainty: .inferred),
        Case(values: [-3, 7], features: 784, convention: .unit(.gray), certainty: .assumed),
        Case(values: nil, features: 784, convention: .unit(.gray), certainty: .assumed),
        Case(values: [0, 255], features: 30, convention: nil, certainty: .assumed),
        Case(values: [0, 255], features: 50, convention: nil, certainty: .assumed),
    ]

    @Test("ranges become conventions, with a reason", arguments: cases)
    func guess(sample: Case) {
        let range = sample.values.flatMap { ScikitRange($0, source: "the samples") }
        let guess = InputGuess(features: sample.features, range: range)
        #expect(guess?.convention == sample.convention)
        guard let guess else { return }
        #expect(guess.certainty == sample.certainty)
        #expect(range == nil || guess.reason.contains("the samples"))
    }
}
