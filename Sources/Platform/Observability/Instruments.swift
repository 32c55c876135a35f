internal import Synchronization

/// A number that only grows. Increments are atomic and never wait.
public final class Counter: Sendable {
    private let count = Atomic<UInt64>(0)

    init() {}

    /// Adds to the count.
    public func increment(by amount: UInt64 = 1) {
        count.wrappingAdd(amount, ordering: .relaxed)
    }

    /// The count so far.
    public var value: UInt64 { count.load(ordering: .relaxed) }
}

/// A number that goes up and down.
public final class Gauge: Sendable {
    private let number = AtomicDouble()

    init() {}

    /// Replaces the number.
    public func set(_ value: Double) {
        number.store(value)
    }

    /// Adds to the number; a negative amount takes away.
    public func add(_ amount: Double) {
        number.add(amount)
    }

    /// The present number.
    public var value: Double { number.value }
}

/// Counts observations in fixed ranges, with their sum.
public final class Histogram: @unchecked Sendable {
    // The cells are atomics; no lock is needed. They are allocated once and freed in `deinit`.

    /// Upper bounds in seconds for requests of web services, from half a millisecond to ten seconds.
    public static let latencyBounds: [Double] = [
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]

    /// Upper bounds of the ranges, ascending, without the infinite one.
    public let bounds: [Double]
    private let cells: UnsafeMutablePointer<Atomic<UInt64>>
    private let total = AtomicDouble()

    init(bounds: [Double]) {
        self.bounds = bounds.sorted()
        cells = .allocate(capacity: bounds.count + 1)
        for index in 0...bounds.count { (cells + index).initialize(to: Atomic(0)) }
    }

    deinit {
        cells.deinitialize(count: bounds.count + 1)
        cells.deallocate()
    }

    /// Counts one observation; one that is not a number is ignored.
    public func observe(_ value: Double) {
        guard !value.isNaN else { return }
        var index = 0
        while index < bounds.count, value > bounds[index] { index += 1 }
        cells[index].wrappingAdd(1, ordering: .relaxed)
        total.add(value)
    }

    /// Number of observations in each range, the last one without an upper bound.
    public var counts: [UInt64] {
        (0...bounds.count).map { cells[$0].load(ordering: .relaxed) }
    }

    /// Sum of the observations.
    public var sum: Double { total.value }
}

/// A floating-point number that many threads add to.
private struct AtomicDouble: ~Copyable {
    private let bits = Atomic<UInt64>(0)

    var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

    func store(_ value: Double) {
        bits.store(value.bitPattern, ordering: .relaxed)
    }

    func add(_ amount: Double) {
        var known = bits.load(ordering: .relaxed)
        while true {
            let next = (Double(bitPattern: known) + amount).bitPattern
            let (exchanged, original) = bits.weakCompareExchange(
                expected: known, desired: next, ordering: .relaxed)
            if exchanged { return }
            known = original
        }
    }
}
