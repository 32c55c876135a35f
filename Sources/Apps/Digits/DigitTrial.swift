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

    /// The conventions in use for handwritten digits, the most common first.
    private static let conventions: [(name: String, values: InputConvention)] = [
        ("0…1", .unit(.gray)), ("0…255", .bytes(.gray)), ("standardised as MNIST's", .mnist), ("−1…1", .symmetric(.gray)),
    ]

    /// Tries the reader's belief, and the usual conventions unless the model or its owner states one.
    static func fit(_ network: LoadedModel, _ guess: InputGuess?) async throws -> ModelFit {
        let believed = guess ?? InputGuess(.unit(.gray), .assumed, reason: "nothing in the file tells")
        let first = try await score(network, believed.convention)
        var (input, best) = (believed, first)
        if believed.certainty != .stated {
            for (name, values) in conventions where values != believed.convention {
                let score = try await score(network, values)
                guard score.isClearlyBetter(than: best) else { continue }
                let reason =
                    "tells \(score.right) of \(samples.count) drawn digits with values \(name), "
                    + "\(first.right) with those \(believed.certainty.rawValue) (\(believed.reason))"
                (input, best) = (InputGuess(values, .inferred, reason: reason), score)
            }
        }
        return ModelFit(input: input, trial: ModelTrial(pictures: samples.count, right: best.right))
    }

    /// How a model did when given values of one convention.
    private struct Score {
        var right = 0
        /// Mean of −log of the probability given to the digit shown.
        var loss = 0.0

        /// Saturated networks tell many digits from values of any size, so what they are sure of counts too.
        func isClearlyBetter(than other: Score) -> Bool {
            guard 10 * right > 6 * samples.count else { return false }
            return right > other.right + samples.count / 20 || (right >= other.right && loss < 0.7 * other.loss)
        }
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
