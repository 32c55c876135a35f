import JSON
import Observability
import Storage

/// One stored prediction: the original's document of the collection `drawings`.
struct Drawing: Sendable, Equatable {
    let id: ObjectID
    /// The data URL as it was sent; kept only when no model could be used, as the original does.
    var image: String?
    /// The 28×28 grey picture the model read, one byte per pixel; nil when no model could be used.
    var seen: [UInt8]?
    /// The digit that was answered; nil when no model could be used.
    var predictedDigit: Int?
    /// The probability of that digit, 0…1.
    var probability: Double
    /// Time from the request's arrival at the handler to the answer, in milliseconds.
    var latencyMilliseconds: Int
    var createdAt: Timestamp
    /// The `model_id` of the request, whatever JSON it was.
    var modelID: JSONValue
    /// The version that answered; nil when none did, and where another program has not noted it.
    var version: ObjectID?
    /// Whether no model answered.
    var isStub: Bool
    /// The digit a person says it is.
    var groundTruth: Int?

    /// Longest data URL that lists carry, in characters: a page of a thousand must fit in memory.
    static let largestListedImage = 64 << 10

}

/// Which records a client wants to see.
enum DrawingFilter: String, Sendable {
    /// Annotated, and the prediction agrees.
    case correct
    /// Annotated, and the prediction disagrees.
    case wrong
}

/// Counts over all records.
struct DrawingOverview: Sendable, Equatable {
    var total: Int
    /// Records of each digit that occurs, ascending.
    var distribution: [(digit: Int, count: Int)]

    static func == (left: Self, right: Self) -> Bool {
        left.total == right.total && left.distribution.elementsEqual(right.distribution, by: ==)
    }
}

/// What the metrics page shows beside the overview.
struct DrawingSummary: Sendable, Equatable {
    /// Figures of one day in UTC.
    struct Day: Sendable, Equatable {
        let day: String
        let count: Int
        let meanProbability: Double
        let meanLatencyMilliseconds: Double
    }

    var total: Int
    /// Counts by true digit, then by predicted digit, of annotated records that have a prediction.
    var confusion: [[Int]]
    /// At most 30 days that have records, the oldest first.
    var days: [Day]
    /// Latencies of the latest 1,000 records in milliseconds, ascending.
    var latencies: [Int]

    var annotated: Int { confusion.joined().reduce(0, +) }
    var correct: Int { confusion.indices.map { confusion[$0][$0] }.reduce(0, +) }

    /// The smallest latency that at least a fraction of the records stay within (nearest rank).
    func latency(percentile: Double) -> Int? {
        guard !latencies.isEmpty else { return nil }
        let rank = Int((percentile * Double(latencies.count)).rounded(.up))
        return latencies[min(max(rank, 1), latencies.count) - 1]
    }
}

/// Where drawings are kept.
protocol DrawingStore: Sendable {
    /// Keeps a drawing; returns once it is durable.
    func insert(_ drawing: Drawing) async throws

    /// The newest drawings first.
    ///
    /// - Parameter pictures: whether `image` and `seen` are read; data URLs above `Drawing.largestListedImage` never are.
    func latest(_ limit: Int, filter: DrawingFilter?, pictures: Bool) async throws -> [Drawing]

    /// Drawings in the order of their identifiers, with everything that is kept of them.
    ///
    /// - Parameter id: only those behind it, to go on where the last page ended.
    func page(after id: ObjectID?, limit: Int) async throws -> [Drawing]

    /// Writes what a person says the drawing shows; nil takes it back. Nil is returned where there is no such drawing.
    func annotate(_ id: ObjectID, as digit: Int?) async throws -> Drawing?

    /// Removes drawings made before a moment, or only counts them, and returns how many.
    ///
    /// - Parameter corrected: those that a person said something about, or those that nobody did.
    func purge(before: Timestamp, corrected: Bool, dryRun: Bool) async throws -> Int

    /// Removes one drawing, or only looks for it; whether there is one.
    func remove(_ id: ObjectID, dryRun: Bool) async throws -> Bool

    func overview() async throws -> DrawingOverview
    func summary() async throws -> DrawingSummary

    /// The store's name in the health answer: `embedded`, or `connected` for MongoDB.
    ///
    /// - Throws: when the store does not answer.
    func check() async throws -> String
}
