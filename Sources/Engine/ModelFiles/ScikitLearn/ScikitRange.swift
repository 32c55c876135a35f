/// The values an estimator was trained on, as far as it tells.
struct ScikitRange: Equatable {
    /// The smallest value seen; nil where only the largest is known.
    var low: Double?
    /// The largest value seen.
    var high: Double
    /// Where it was found, for people: "the means of StandardScaler".
    let source: String

    /// The range of numbers; nil where there are none.
    init?(_ values: some Sequence<Double>, source: String, knowsLow: Bool = true) {
        var low = Double.infinity
        var high = -Double.infinity
        for value in values where value.isFinite {
            low = min(low, value)
            high = max(high, value)
        }
        guard low <= high else { return nil }
        self.low = knowsLow || low < 0 ? low : nil
        self.high = high
        self.source = source
    }
}

extension InputGuess {
    /// What the values of a picture are, by the number of values and by what the estimator has seen.
    ///
    /// - Returns: nil where the number of values is not that of a picture.
    init?(features: Int, range: ScikitRange?) {
        guard let channels = InputConvention.Channels(features: features) else { return nil }
        guard let range else {
            self.init(
                .unit(channels), .assumed,
                reason: "nothing in the estimator tells the range of its input; 0…1 is the most common")
            return
        }
        let seen = "\(range.source) go up to \(Self.short(range.high))"
        let low = range.low ?? 0
        switch (low, range.high) {
        case ((-0.01)..., 20.0001...): self.init(.bytes(channels), .inferred, reason: "\(seen), so 0…255")
        case ((-0.01)..., 1.0001...):
            self.init(
                InputConvention(channels: channels, scale: 16 / 255), .inferred,
                reason: "\(seen), so 0…16 as in scikit-learn's own digits")
        case ((-0.01)..., 0...): self.init(.unit(channels), .inferred, reason: "\(seen), so 0…1")
        case ((-0.43)...(-0.40), 2.7...2.9):
            self.init(
                InputConvention(channels: channels, scale: 1 / 255, mean: [0.1307], standardDeviation: [0.3081]),
                .inferred,
                reason: "\(range.source) lie between \(Self.short(low)) and \(Self.short(range.high)), as "
                    + "those of MNIST do when standardised by its mean and deviation")
        case ((-1.0001)...(-0.5), ...1.0001):
            self.init(
                .symmetric(channels), .inferred,
                reason: "\(range.source) lie between \(Self.short(low)) and \(Self.short(range.high)), so −1…1")
        default:
            self.init(
                .unit(channels), .assumed,
                reason: "\(range.source) lie between \(Self.short(low)) and \(Self.short(range.high)), which is no "
                    + "common range; 0…1 is taken")
        }
    }

    private static func short(_ value: Double) -> String {
        Int(exactly: value).map(String.init) ?? String((value * 100).rounded() / 100)
    }
}

extension InputConvention.Channels {
    /// The channels of a square picture by the number of its values; nil where there is no such picture.
    init?(features: Int) {
        // Fewer than 6 × 6 pixels are measurements rather than pictures.
        guard features >= 36 else { return nil }
        if Self.isSquare(features) {
            self = .gray
        } else if features.isMultiple(of: 3), Self.isSquare(features / 3) {
            self = .rgb
        } else {
            return nil
        }
    }

    private static func isSquare(_ number: Int) -> Bool {
        let root = Int(Double(number).squareRoot().rounded())
        return root.multipliedReportingOverflow(by: root) == (number, false)
    }
}
