import Foundation
import Inference
import ModelFiles
import Registry
import Training

/// Finds out what values a model expects by showing it drawn digits.
///
/// A file seldom tells whether its network was trained on 0…1, 0…255 or standardised values, and given the wrong ones it
/// answers, badly. What its reader believes is kept unless the trial clearly speaks for another convention.
enum DigitTrial {
    private static let samples = SampleDigits.make(ofEach: 10)

    /// Many networks tell most digits from values of any size, so this many more right answers say nothing.
    private static let margin = samples.count / 33

    /// The conventions in use for handwritten digits.
    private static let conventions: [(name: String, values: InputConvention)] = [
        ("0…1", .unit(.gray)), ("0…255", .bytes(.gray)), ("standardised as MNIST's", .mnist),
        ("−1…1", .symmetric(.gray)),
    ]

    /// Tries the reader's belief, and the usual conventions unless the model or its owner states one.
    static func fit(_ network: LoadedModel, _ guess: InputGuess?) async throws -> ModelFit {
        let belief = guess ?? InputGuess(.unit(.gray), .assumed, reason: "nothing in the file tells")
        let believed = try await score(network, belief.convention)
        guard belief.certainty != .stated else { return fit(belief, believed) }

        var others: [(name: String, values: InputConvention, score: Score)] = []
        for (name, values) in conventions where values != belief.convention {
            others.append((name, values, try await score(network, values)))
        }
        let most = others.map(\.score.right).max() ?? 0
        // A network that tells few digits whatever it is given says nothing about its input.
        guard most > believed.right + margin, 2 * most > samples.count,
            let best = others.filter({ $0.score.right + margin >= most }).min(by: { $0.score.loss < $1.score.loss })
        else { return fit(belief, believed) }
        let reason =
            "tells \(best.score.right) of \(samples.count) drawn digits with values \(best.name), "
            + "\(believed.right) with those \(belief.certainty.rawValue) (\(belief.reason))"
        return fit(InputGuess(best.values, .inferred, reason: reason), best.score)
    }

    private static func fit(_ input: InputGuess, _ score: Score) -> ModelFit {
        ModelFit(input: input, trial: ModelTrial(pictures: samples.count, right: score.right))
    }

    /// How a model did when given values of one convention.
    private struct Score {
        var right = 0
        /// Mean of −log of the probability given to the digit shown.
        var loss = 0.0
    }

    private static func score(_ network: LoadedModel, _ values: InputConvention) async throws -> Score {
        var score = Score()
        for sample in samples {
            let reading = try await DigitReader.read(sample.pixels, with: network, values: values)
            if reading.digit == sample.digit { score.right += 1 }
            score.loss -= log(max(1e-6, reading.probabilities[sample.digit])) / Double(samples.count)
        }
        return score
    }
}

extension InputConvention {
    /// Values 0…1 standardised by the mean and deviation of MNIST's training pictures.
    fileprivate static let mnist = InputConvention(
        channels: .gray, scale: 1 / 255, mean: [0.1307], standardDeviation: [0.3081])
}
