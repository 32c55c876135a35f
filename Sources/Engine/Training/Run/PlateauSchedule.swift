public import JSON

/// A learning rate that falls each time the validation's loss gets no better.
///
/// - Source: Keras' `ReduceLROnPlateau` with its least improvement of 0.0001 and without a pause afterwards.
public struct PlateauSchedule: Sendable, Equatable, JSONRepresentable {
    /// What the recipe's learning rate is multiplied by.
    public private(set) var part: Double
    private var best: Double
    private var waited: Int

    private static let leastImprovement = 1e-4

    /// Starts at the recipe's learning rate.
    public init() {
        (part, best, waited) = (1, .greatestFiniteMagnitude, 0)
    }

    /// Takes note of an epoch's validation loss.
    public mutating func note(loss: Double, recipe: OptimizerRecipe) {
        guard recipe.schedule == .plateau else { return }
        if loss < best - Self.leastImprovement {
            (best, waited) = (loss, 0)
            return
        }
        waited += 1
        guard waited >= recipe.plateauPatience else { return }
        waited = 0
        let least = min(1, recipe.leastLearningRate / recipe.learningRate)
        part = max(least, part * recipe.plateauFactor)
    }

    public var json: JSONValue {
        ["part": .number(part), "best": .number(best), "waited": .integer(waited)]
    }

    /// Reads what `json` gives; nil for anything else.
    public init?(_ json: JSONValue) {
        guard let part = json["part"]?.doubleValue, let best = json["best"]?.doubleValue,
            let waited = json["waited"]?.intValue
        else { return nil }
        (self.part, self.best, self.waited) = (part, best, waited)
    }
}
