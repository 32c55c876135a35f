import Storage

/// Figures of some rows of `feedback_user`.
struct FeedbackFigures: Sendable, Equatable {
    /// The percentiles told, in percent.
    static let percentiles = [50, 90, 99]

    /// The day, or for a window its last day, as `2025-09-26`.
    let day: String
    let count: Int
    let successes: Int
    let errors: Int
    let positive: Int
    let negative: Int
    /// In milliseconds; nil where no row has a latency.
    let meanLatency: Double?
    /// In milliseconds, in the order of `percentiles`.
    let latencies: [Double?]

    init(day: String, _ row: SQLRow, _ ranks: LatencyRanks?) throws {
        // A sum over no rows is null.
        func count(_ column: String) throws -> Int { Int(try row.optionalInteger(column) ?? 0) }
        self.day = day
        self.count = try count("n")
        successes = try count("successes")
        errors = try count("errors")
        positive = try count("positive")
        negative = try count("negative")
        meanLatency = try row.get("mean")
        latencies = Self.percentiles.map { ranks?.percentile($0) }
    }
}

/// Some of a number of sorted values, by rank from 0.
struct LatencyRanks: Sendable, Equatable {
    /// The rank of the largest.
    let last: Int
    var values: [Int: Double] = [:]

    /// The continuous percentile, interpolated as PostgreSQL's `percentile_cont` does.
    func percentile(_ percent: Int) -> Double? {
        let (rank, rest) = (percent * last).quotientAndRemainder(dividingBy: 100)
        guard let low = values[rank] else { return nil }
        guard rest > 0, let high = values[rank + 1] else { return low }
        return low + Double(rest) / 100 * (high - low)
    }
}
