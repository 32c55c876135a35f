import Synchronization

/// For every result position along an axis, which source pixels count and how much.
///
/// Weights are in 22-bit fixed point, as in Pillow: 8 bits for the sample, 2 for overshoot.
struct ResampleWeights: Sendable {
    static let fractionBits: Int32 = 22

    /// First source pixel of each result position.
    let starts: [Int]
    /// How many source pixels count for it.
    let counts: [Int]
    /// `taps` weights for each, of which `counts` are used.
    let weights: [Int32]
    let taps: Int
    /// The same for wide vectors; nil where the processor has none.
    let vectors: ResampleVectors?

    init(from: Int, to: Int, support: Double, _ weight: (Double) -> Double) {
        let scale = Double(from) / Double(to)
        let stretch = max(scale, 1)
        let reach = support * stretch
        taps = Int(reach.rounded(.up)) * 2 + 1
        var starts: [Int] = []
        var counts: [Int] = []
        var weights = [Int32](repeating: 0, count: to * taps)
        var exact = [Double](repeating: 0, count: taps)
        for position in 0..<to {
            let center = (Double(position) + 0.5) * scale
            let start = max(0, Int(center - reach + 0.5))
            let count = min(from, Int(center + reach + 0.5)) - start
            var sum = 0.0
            for tap in 0..<count {
                exact[tap] = weight((Double(tap + start) - center + 0.5) / stretch)
                sum += exact[tap]
            }
            for tap in 0..<count {
                let scaled = (sum == 0 ? exact[tap] : exact[tap] / sum) * Double(1 << Self.fractionBits)
                weights[position * taps + tap] = Int32(scaled.rounded(.toNearestOrAwayFromZero))
            }
            starts.append(start)
            counts.append(count)
        }
        self.starts = starts
        self.counts = counts
        self.weights = weights
        vectors = ResampleVectors(starts: starts, counts: counts, weights: weights, taps: taps, from: from)
    }
}

extension ResampleWeights {
    private struct Lengths: Hashable {
        let filter: ResampleFilter
        let from: Int
        let to: Int
    }

    /// Weights of lengths asked for before: drawings come in few sizes, and the sines cost more than the use of them.
    private static let known = Mutex<[Lengths: ResampleWeights]>([:])
    private static let maximumKnown = 512
    /// Weights of more numbers than this are made anew each time.
    private static let maximumSize = 8192

    /// The weights of a filter that is a convolution; nil for the others.
    static func of(_ filter: ResampleFilter, from: Int, to: Int) -> ResampleWeights? {
        let lengths = Lengths(filter: filter, from: from, to: to)
        if let weights = known.withLock({ $0[lengths] }) { return weights }
        guard let kernel = filter.kernel else { return nil }
        let weights = ResampleWeights(from: from, to: to, support: kernel.support, kernel.weight)
        guard weights.weights.count <= maximumSize else { return weights }
        known.withLock { known in
            if known.count >= maximumKnown { known.removeAll() }
            known[lengths] = weights
        }
        return weights
    }
}
