import Foundation

/// What a model made of one picture.
struct PetReading: Sendable, Equatable {
    /// Probability of a cat.
    let cat: Double
    /// Probability of a dog.
    let dog: Double
    /// Probability of anything else; nil for a model that knows only cats and dogs.
    let neither: Double?

    /// The probability of a dog if it is one of the two: what the original's network gives.
    var score: Double { cat + dog > 0 ? dog / (cat + dog) : 0.5 }

    /// All classes of the model.
    var probabilities: [(animal: Animal, probability: Double)] {
        [(.cat, cat), (.dog, dog)] + (neither.map { [(.neither, $0)] } ?? [])
    }

    /// The most probable class; a dog must be more probable than a cat, as in the original.
    var best: (animal: Animal, probability: Double) {
        let pet: (animal: Animal, probability: Double) = dog > cat ? (.dog, dog) : (.cat, cat)
        if let neither, neither > pet.probability { return (.neither, neither) }
        return pet
    }
}

/// The classes of the native API.
enum Animal: String, Sendable, CaseIterable {
    case cat, dog, neither
}

extension PetReading {
    /// Reads a model's values: one (probability of a dog), two (cat, dog) or three (cat, dog, neither).
    ///
    /// Values that are no probabilities go through a sigmoid or a softmax; nil for another number of values, or values
    /// that are not numbers.
    init?(_ scores: [Float]) {
        let values = scores.map(Double.init)
        guard values.allSatisfy({ !$0.isNaN }) else { return nil }
        switch values.count {
        case 1:
            let isProbability = (-1e-4...1.0001).contains(values[0])
            let dog = isProbability ? min(max(values[0], 0), 1) : 1 / (1 + exp(-values[0]))
            self.init(cat: 1 - dog, dog: dog, neither: nil)
        case 2, 3:
            guard let shares = Self.distribution(values) else { return nil }
            self.init(cat: shares[0], dog: shares[1], neither: shares.count == 3 ? shares[2] : nil)
        default: return nil
        }
    }

    private static func distribution(_ values: [Double]) -> [Double]? {
        let isDistribution = values.allSatisfy { (-1e-4...1.0001).contains($0) } && abs(values.reduce(0, +) - 1) < 1e-2
        if isDistribution { return values.map { min(max($0, 0), 1) } }
        guard let peak = values.max(), peak.isFinite else { return nil }
        let powers = values.map { exp($0 - peak) }
        let sum = powers.reduce(0, +)
        return powers.map { $0 / sum }
    }
}
