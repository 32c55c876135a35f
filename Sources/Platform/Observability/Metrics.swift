internal import Synchronization

/// The numbers a program publishes about itself, in families of series told apart by labels.
///
/// An instrument is asked for by name and labels and is the same object each time; whoever counts often keeps it.
/// A family holds at most `maximumSeries` series: a further combination of labels shares one series whose label
/// values are all `other`, so that no client can make the process grow.
public final class Metrics: Sendable {
    /// Names and values of the labels of a series.
    public typealias Labels = KeyValuePairs<String, String>

    enum Instrument {
        case counter(Counter)
        case gauge(Gauge)
        case reading(@Sendable () -> Double)
        case histogram(Histogram)
    }

    struct Series {
        let labels: [(name: String, value: String)]
        let instrument: Instrument
    }

    struct Family {
        let name: String
        let kind: String
        let help: String
        var series: [Series] = []
        var positions: [String: Int] = [:]
    }

    struct State {
        var families: [Family] = []
        var positions: [String: Int] = [:]
    }

    let state = Mutex(State())
    private let maximumSeries: Int

    /// Makes an empty set.
    public init(maximumSeries: Int = 1000) {
        self.maximumSeries = maximumSeries
    }

    /// The counter of a name, which by custom ends in `_total`, and labels.
    public func counter(_ name: String, help: String, labels: Labels = [:]) -> Counter {
        let instrument = instrument(name, kind: "counter", help: help, labels: labels) { .counter(Counter()) }
        // A name already used for another kind gets an instrument nobody reads: counting must not end a program.
        if case .counter(let counter) = instrument { return counter }
        assertionFailure("\(name) is registered as another kind")
        return Counter()
    }

    /// The gauge of a name and labels.
    public func gauge(_ name: String, help: String, labels: Labels = [:]) -> Gauge {
        if case .gauge(let gauge) = instrument(name, kind: "gauge", help: help, labels: labels, { .gauge(Gauge()) }) {
            return gauge
        }
        assertionFailure("\(name) is registered as another kind")
        return Gauge()
    }

    /// Publishes a number that is read when the metrics are; the closure must be quick and may be called on any thread.
    public func reading(
        _ name: String, help: String, labels: Labels = [:], isCounter: Bool = false,
        _ read: @escaping @Sendable () -> Double
    ) {
        _ = instrument(name, kind: isCounter ? "counter" : "gauge", help: help, labels: labels) { .reading(read) }
    }

    /// The histogram of a name and labels; the bounds of the first call hold.
    public func histogram(
        _ name: String, help: String, labels: Labels = [:], bounds: [Double] = Histogram.latencyBounds
    ) -> Histogram {
        let instrument = instrument(name, kind: "histogram", help: help, labels: labels) {
            .histogram(Histogram(bounds: bounds))
        }
        if case .histogram(let histogram) = instrument { return histogram }
        assertionFailure("\(name) is registered as another kind")
        return Histogram(bounds: bounds)
    }

    private func instrument(
        _ name: String, kind: String, help: String, labels: Labels, _ make: () -> Instrument
    ) -> Instrument {
        let name = Self.sanitized(name)
        let labels = labels.map { (name: Self.sanitized($0.key), value: $0.value) }
        return state.withLock { state in
            let family: Int
            if let known = state.positions[name] {
                family = known
            } else {
                family = state.families.count
                state.positions[name] = family
                state.families.append(Family(name: name, kind: kind, help: help))
            }
            return state.families[family].instrument(labels, kind: kind, limit: maximumSeries, make)
        }
    }

    /// The name with characters that Prometheus does not allow replaced by `_`.
    private static func sanitized(_ name: String) -> String {
        var bytes = name.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: ":"):
                byte
            default: UInt8(ascii: "_")
            }
        }
        if bytes.first.map({ $0 < UInt8(ascii: ":") }) ?? true { bytes.insert(UInt8(ascii: "_"), at: 0) }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension Metrics.Family {
    /// The instrument of labels, made where it is new; another kind's where the name is taken.
    mutating func instrument(
        _ labels: [(name: String, value: String)], kind: String, limit: Int, _ make: () -> Metrics.Instrument
    ) -> Metrics.Instrument {
        guard kind == self.kind else { return make().isCounter ? .gauge(Gauge()) : .counter(Counter()) }
        if let known = positions[key(labels)] { return series[known].instrument }
        var labels = labels
        if series.count >= limit {
            labels = labels.map { ($0.name, "other") }
            if let shared = positions[key(labels)] { return series[shared].instrument }
        }
        let new = Metrics.Series(labels: labels, instrument: make())
        positions[key(labels)] = series.count
        series.append(new)
        return new.instrument
    }

    private func key(_ labels: [(name: String, value: String)]) -> String {
        labels.map { "\($0.name)\u{0}\($0.value)" }.joined(separator: "\u{1}")
    }
}

extension Metrics.Instrument {
    fileprivate var isCounter: Bool { if case .counter = self { true } else { false } }
}
