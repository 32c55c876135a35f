import Observability
import Testing

@testable import Digits

/// Forms that no request can bring about at will.
@Suite("Dates and probabilities")
struct WordingTests {
    @Test(
        "a date made just now has microseconds, one read back milliseconds, and none a fraction of zero",
        arguments: [
            (1_756_941_841_215_596, "2025-09-03T23:24:01.215596", "2025-09-03T23:24:01.215000"),
            (1_756_941_841_000_596, "2025-09-03T23:24:01.000596", "2025-09-03T23:24:01"),
            (1_756_941_841_000_000, "2025-09-03T23:24:01", "2025-09-03T23:24:01"),
            (1_756_941_841_999_999, "2025-09-03T23:24:01.999999", "2025-09-03T23:24:01.999000"),
            (0, "1970-01-01T00:00:00", "1970-01-01T00:00:00"),
        ] as [(Int64, String, String)])
    func dates(microseconds: Int64, fresh: String, stored: String) {
        let moment = Timestamp(microseconds: microseconds)
        #expect(moment.fresh == fresh)
        #expect(moment.stored == stored)
    }

    @Test("probabilities stay as they are, within the error of 32-bit sums")
    func probabilities() {
        let values: [Float] = [0.1, 0.2, 0.3, 0.4, 0, 0, 0, 0, 0, 0]
        #expect(DigitReader.probabilities(values) == values.map(Double.init))
    }

    @Test("scores become probabilities without overflow", arguments: [Float(1), 100, 1e30])
    func scores(scale: Float) {
        let values = (0..<10).map { Float($0) * scale }
        let probabilities = DigitReader.probabilities(values)
        #expect(probabilities.allSatisfy { (0...1).contains($0) })
        #expect(abs(probabilities.reduce(0, +) - 1) < 1e-9)
        #expect(probabilities.max() == probabilities[9])
    }

    @Test("the logarithms of probabilities may be minus infinity")
    func logarithms() {
        let values: [Float] = [0, -.infinity, -.infinity, -.infinity, -.infinity, -.infinity, -.infinity, -1, -2, -3]
        let probabilities = DigitReader.probabilities(values)
        #expect(probabilities.allSatisfy { $0.isFinite })
        #expect(probabilities[1] == 0)
    }

    @Test("of equal probabilities the smallest digit is answered")
    func ties() {
        let reading = DigitReading(probabilities: [Double](repeating: 0.1, count: 10), seen: [])
        #expect(reading.digit == 0)
    }

    @Test("a latency is the one that at least so many records stay within")
    func percentiles() {
        var summary = DrawingSummary(total: 0, confusion: [], days: [], latencies: [])
        #expect(summary.latency(percentile: 0.5) == nil)
        summary.latencies = [5]
        #expect(summary.latency(percentile: 0.5) == 5)
        summary.latencies = Array(1...10)
        #expect(summary.latency(percentile: 0.5) == 5)
        #expect(summary.latency(percentile: 0.95) == 10)
    }
}
