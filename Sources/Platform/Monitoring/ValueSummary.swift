public import JSON
public import Storage

/// Count, mean and percentiles of a set of numbers.
public struct ValueSummary: Sendable, Equatable {
    /// How many there are.
    public let count: Int
    /// Their mean; nil where there are none.
    public let mean: Double?
    /// Continuous percentiles by their percent; empty where there are no numbers.
    public let percentiles: [Int: Double]

    /// Makes a summary.
    public init(count: Int, mean: Double?, percentiles: [Int: Double]) {
        self.count = count
        self.mean = mean
        self.percentiles = percentiles
    }

    /// There are no numbers.
    public static let empty = ValueSummary(count: 0, mean: nil, percentiles: [:])

    /// The percents that figures show.
    public static let usualPercents = [50, 90, 95, 99]
}

extension ValueSummary: JSONRepresentable {
    public var json: JSONValue {
        var object = JSONObject([("count", count.json), ("mean", mean.json)])
        for percent in Self.usualPercents { object["p\(percent)"] = percentiles[percent].json }
        return .object(object)
    }
}

/// Where a continuous percentile lies among sorted numbers.
///
/// The p-th percentile of n sorted numbers is the value at place (n − 1)·p/100, counted from 0 and interpolated linearly
/// between its neighbours. This is `percentile_cont` of PostgreSQL and `numpy.percentile` with its default method.
///
/// - Source: R. J. Hyndman and Y. Fan, "Sample Quantiles in Statistical Packages", The American Statistician, 1996,
///   type 7.
struct PercentilePlace: Equatable {
    /// The neighbour below, counted from 0.
    let lower: Int
    /// How far the place lies above it, in hundredths of the way to the next.
    let hundredths: Int

    /// - Precondition: `count` is positive and `percent` is from 0 to 100.
    init(percent: Int, count: Int) {
        // In two steps, since the product of the two might not fit.
        let (whole, rest) = (count - 1).quotientAndRemainder(dividingBy: 100)
        lower = whole * percent + rest * percent / 100
        hundredths = rest * percent % 100
    }

    /// The value between two neighbours.
    func value(_ below: Double, _ above: Double) -> Double {
        hundredths == 0 ? below : below + (above - below) * (Double(hundredths) / 100)
    }
}

extension ValueSummary {
    /// Summarises a column by groups, exactly, whatever the number of rows: the database sorts, and a few rows a group
    /// come back.
    ///
    /// Rows whose value is null do not count; a group of nothing else is not in the result. All is read by one
    /// statement, so that count and percentiles belong together.
    ///
    /// - Parameters:
    ///   - source: a query with the columns `grp`, of any kind, and `value`, a number.
    ///   - percents: which percentiles, each from 0 to 100.
    public static func read(
        _ source: SQLStatement, percents: [Int] = usualPercents, from database: any SQLDatabase
    ) async throws -> [SQLValue: ValueSummary] {
        precondition(percents.allSatisfy((0...100).contains), "percents are from 0 to 100")
        let rows = try await database.query(
            """
            WITH ranked AS (
                SELECT grp, value, ROW_NUMBER() OVER (PARTITION BY grp ORDER BY value) AS place,
                    COUNT(*) OVER (PARTITION BY grp) AS n, AVG(value) OVER (PARTITION BY grp) AS mean
                FROM (\(part: source)) AS source WHERE value IS NOT NULL)
            SELECT grp, n, mean, place, value FROM ranked WHERE place IN (1\(part: places(percents)))
            """)
        var groups: [SQLValue: [SQLRow]] = [:]
        for row in rows { groups[try row.get("grp"), default: []].append(row) }
        return try groups.mapValues { try summary(of: $0, percents: percents) }
    }

    /// The places of both neighbours of each percentile, counted from 1, in SQL.
    private static func places(_ percents: [Int]) -> SQLStatement {
        let places = percents.flatMap { percent in
            [", (n - 1) * \(percent) / 100 + 1", ", (n - 1) * \(percent) / 100 + 2"]
        }
        return SQLStatement(composed: places.joined())
    }

    private static func summary(of rows: [SQLRow], percents: [Int]) throws -> ValueSummary {
        var values: [Int: Double] = [:]
        for row in rows { values[Int(try row.integer("place")) - 1] = try row.real("value") }
        guard let first = rows.first else { return .empty }
        let count = Int(try first.integer("n"))
        var percentiles: [Int: Double] = [:]
        for percent in percents {
            let place = PercentilePlace(percent: percent, count: count)
            guard let below = values[place.lower] else {
                throw StorageError.corrupt(detail: "a percentile's neighbour is missing")
            }
            percentiles[percent] = place.value(below, values[place.lower + 1] ?? below)
        }
        return ValueSummary(count: count, mean: try first.real("mean"), percentiles: percentiles)
    }
}
