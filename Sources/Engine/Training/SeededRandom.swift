import Foundation

/// A stream of random numbers that is fixed by its seed, on every machine and in every release of Swift.
///
/// Streams of different seeds are independent for the purposes of training; they are no secret.
///
/// - Source: SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
public struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// Starts a stream. Parts name a stream inside a run, such as the epoch and the picture.
    public init(seed: Int, _ parts: Int...) {
        state = UInt64(bitPattern: Int64(seed))
        for part in parts { state = next() ^ UInt64(bitPattern: Int64(part)) &* 0xD6E8_FEB8_6659_FD93 }
        state = next()
    }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number that is at least `low` and below `high` (or `low`, where they are equal).
    public mutating func uniform(_ low: Float, _ high: Float) -> Float {
        low + (high - low) * Float(next() >> 40) * 0x1p-24
    }

    /// A number of the normal distribution with mean 0.
    public mutating func normal(_ deviation: Float) -> Float {
        // Box and Muller (1958); 1 − u lies in (0, 1], so the logarithm is finite.
        let radius = (-2 * log(1 - uniform(0, 1))).squareRoot()
        return deviation * radius * cos(2 * .pi * uniform(0, 1))
    }

    /// A number between `low` and `high` whose logarithm is uniform.
    public mutating func logUniform(_ low: Float, _ high: Float) -> Float {
        exp(uniform(log(low), log(high)))
    }

    /// An integer from 0 up to and without `bound`.
    ///
    /// - Precondition: `bound` is above 0.
    public mutating func index(below bound: Int) -> Int {
        Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// True with a probability.
    public mutating func chance(_ probability: Float) -> Bool {
        uniform(0, 1) < probability
    }

    /// A random order of the integers from 0 up to and without `count`.
    public mutating func permutation(of count: Int) -> [Int] {
        var order = Array(0..<count)
        for position in stride(from: count - 1, to: 0, by: -1) {
            order.swapAt(position, index(below: position + 1))
        }
        return order
    }
}
