internal import Synchronization

extension Metrics {
    /// Content type of `prometheusText()`.
    public static let prometheusContentType = "text/plain; version=0.0.4; charset=utf-8"

    /// All families in Prometheus' text format 0.0.4, in the order they were first asked for.
    public func prometheusText() -> String {
        var text = ""
        // Readings are called outside the lock, since they may ask for instruments themselves.
        let families = state.withLock { $0.families }
        for family in families {
            text += "# HELP \(family.name) \(Self.escaped(family.help, quotes: false))\n"
            text += "# TYPE \(family.name) \(family.kind)\n"
            for series in family.series { Self.write(series, of: family.name, to: &text) }
        }
        return text
    }

    private static func write(_ series: Series, of name: String, to text: inout String) {
        switch series.instrument {
        case .counter(let counter): text += "\(name)\(labels(series.labels)) \(counter.value)\n"
        case .gauge(let gauge): text += "\(name)\(labels(series.labels)) \(number(gauge.value))\n"
        case .reading(let read): text += "\(name)\(labels(series.labels)) \(number(read()))\n"
        case .histogram(let histogram):
            var count: UInt64 = 0
            for (cell, bound) in zip(histogram.counts, histogram.bounds + [.infinity]) {
                count += cell
                text += "\(name)_bucket\(labels(series.labels + [("le", number(bound))])) \(count)\n"
            }
            text += "\(name)_sum\(labels(series.labels)) \(number(histogram.sum))\n"
            text += "\(name)_count\(labels(series.labels)) \(count)\n"
        }
    }

    private static func labels(_ labels: [(name: String, value: String)]) -> String {
        guard !labels.isEmpty else { return "" }
        return "{" + labels.map { "\($0.name)=\"\(escaped($0.value, quotes: true))\"" }.joined(separator: ",") + "}"
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return Int(exactly: value).map(String.init) ?? value.description
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
