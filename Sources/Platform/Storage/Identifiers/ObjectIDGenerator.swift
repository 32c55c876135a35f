import Foundation
import Synchronization

/// Makes identifiers that differ from each other, and from those of other processes with near certainty.
public final class ObjectIDGenerator: Sendable {
    private let random: UInt64
    private let counter: Atomic<UInt32>
    private let seconds: @Sendable () -> UInt32

    /// The generator of this process.
    static let shared = ObjectIDGenerator()

    /// The system's time in seconds since 1970.
    public static let systemSeconds: @Sendable () -> UInt32 = { UInt32(truncatingIfNeeded: time(nil)) }

    /// Makes a generator.
    ///
    /// - Parameters:
    ///   - seconds: the present time in seconds since 1970.
    ///   - random: five random bytes, in the low bits.
    ///   - firstCounter: where the counter of three bytes starts; it wraps around.
    public init(
        seconds: @escaping @Sendable () -> UInt32 = ObjectIDGenerator.systemSeconds,
        random: UInt64 = .random(in: 0..<1 << 40), firstCounter: UInt32 = .random(in: 0..<1 << 24)
    ) {
        self.seconds = seconds
        self.random = random
        counter = Atomic(firstCounter)
    }

    /// A new identifier.
    public func next() -> ObjectID {
        let count = counter.wrappingAdd(1, ordering: .relaxed).oldValue
        return ObjectID(seconds: seconds(), random: random, counter: count)
    }
}
