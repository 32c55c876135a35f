import Feedback
import Foundation
import Monitoring
import Storage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct DriftTests {
    @Test("the stability index is what it is worked out by hand")
    func byHand() throws {
        // Shares 0.5/0.5 and 0.6/0.4: 0.1·ln 1.2 + (−0.1)·ln 0.8 = 0.1·ln 1.5.
        let drift = ClassDrift(
            reference: [ClassCount("Cat", 500), ClassCount("Dog", 500)],
            current: [ClassCount("Dog", 80), ClassCount("Cat", 120)])
        #expect(abs(try #require(drift.stabilityIndex) - 0.1 * log(1.5)) < 1e-12)
        #expect(drift.verdict == .stable)
        // Ten bands as in the tables of scorecard manuals.
        let then = [0.10, 0.12, 0.08, 0.10, 0.15, 0.05, 0.10, 0.10, 0.10, 0.10]
        let now = [0.08, 0.10, 0.10, 0.12, 0.10, 0.10, 0.08, 0.12, 0.10, 0.10]
        let sum = zip(then, now).reduce(0) { $0 + ($1.1 - $1.0) * log($1.1 / $1.0) }
        let bands = ClassDrift(
            reference: then.enumerated().map { ClassCount("b\($0)", Int(($1 * 1000).rounded())) },
            current: now.enumerated().map { ClassCount("b\($0)", Int(($1 * 1000).rounded())) })
        #expect(abs(try #require(bands.stabilityIndex) - sum) < 1e-12)
    }

    @Test(
        "the bounds are 0.1 and 0.25",
        arguments: [(550, DriftVerdict.stable), (650, .stable), (660, .moderate), (739, .moderate), (740, .major)])
    func bounds(dogs: Int, verdict: DriftVerdict) {
        // (s − 0.5)·ln(s/(1 − s)) passes 0.1 between 0.65 and 0.66, and 0.25 between 0.739 and 0.74.
        let drift = ClassDrift(
            reference: [ClassCount("Cat", 500), ClassCount("Dog", 500)],
            current: [ClassCount("Cat", 1000 - dogs), ClassCount("Dog", dogs)])
        #expect(drift.verdict == verdict, "\(drift)")
    }

    @Test("a class that one window lacks gives a number, and too few answers give none")
    func edges() throws {
        let new = ClassDrift(
            reference: [ClassCount("Cat", 1000)], current: [ClassCount("Cat", 500), ClassCount("neither", 500)])
        #expect(try #require(new.stabilityIndex).isFinite && new.verdict == .major)
        let same = ClassDrift(reference: [ClassCount("Cat", 100)], current: [ClassCount("Cat", 100)])
        #expect(same.stabilityIndex == 0 && same.verdict == .stable)
        for (then, now) in [(99, 5000), (5000, 99), (0, 0)] {
            let few = ClassDrift(reference: [ClassCount("Cat", then)], current: [ClassCount("Dog", now)])
            #expect(few.stabilityIndex == nil && few.verdict == .notEnoughData)
        }
    }

    @Test("the limiting distribution is that of the published table")
    func table() {
        // N. Smirnov, "Table for Estimating the Goodness of Fit of Empirical Distributions", 1948: 1 − L(x).
        // Of samples so large that the correction of the argument vanishes.
        let size = 2_000_000_000_000
        let root = (Double(size) / 2).squareRoot()
        for (x, tail) in [(0.5, 0.963945), (0.83, 0.496), (1.0, 0.27), (1.2238, 0.1), (1.3581, 0.05), (1.6276, 0.01)] {
            let value = KolmogorovSmirnov.pValue(distance: x / root, size, size)
            #expect(abs(value - tail) < 6e-4, "\(x): \(value)")
        }
        #expect(KolmogorovSmirnov.pValue(distance: 0, 100, 100) == 1)
        #expect(KolmogorovSmirnov.pValue(distance: 1, 100_000, 100_000) == 0)
        var last = 1.0
        for step in 1...400 {
            let value = KolmogorovSmirnov.pValue(distance: Double(step) / 400, 300, 500)
            #expect(value <= last + 1e-12, "it falls, also where the series change")
            last = value
        }
    }

    @Test("confidence is compared as SciPy does", .enabled(if: Python.has("scipy"), "SciPy is not installed"))
    func scipy() async throws {
        let folder = try TemporaryFolder()
        let monitor = PredictionMonitor(try await SQLPredictionLog(SQLDriver.sqlite.open(folder.url)))
        var random = RepeatableRandom(seed: 3)
        for (round, shift) in [0.0, 0.02, 0.1].enumerated() {
            let app = "app\(round)"
            var samples: [[Double]] = []
            for (size, lowest) in [(400, 0.5), (300, 0.5 + shift)] {
                // To two digits, so that many are equal.
                samples.append(
                    (0..<size).map { _ in (Double.random(in: lowest...1, using: &random) * 100).rounded() / 100 })
            }
            for (number, sample) in samples.enumerated() {
                try await monitor.insert(sample, app: app, at: Double(number) * 1000)
            }
            let drift = try await monitor.confidenceDrift(
                app: app, from: TimeWindow(from: Sample.time(0), to: Sample.time(1000)),
                to: TimeWindow(from: Sample.time(1000), to: Sample.time(2000)))
            let theirs = try await Python.numbers(
                "import scipy.stats; print(*scipy.stats.ks_2samp(numbers[:400], numbers[400:]))",
                samples[0].map { max($0, 1 - $0) } + samples[1].map { max($0, 1 - $0) })
            #expect(theirs.count >= 2)
            #expect(abs(try #require(drift.distance) - theirs[0]) < 1e-12)
            #expect(abs(try #require(drift.pValue) - theirs[1]) < 0.02 + 0.1 * theirs[1], "\(drift) \(theirs)")
        }
    }

    @Test("the distance is that of the sorted samples", arguments: SQLDriver.allCases)
    func distance(driver: SQLDriver) async throws {
        let folder = try TemporaryFolder()
        let monitor = PredictionMonitor(try await SQLPredictionLog(driver.open(folder.url)))
        var random = RepeatableRandom(seed: 5)
        let first = (0..<150).map { _ in Double(Int.random(in: 51...80, using: &random)) / 100 }
        let second = (0..<210).map { _ in Double(Int.random(in: 60...99, using: &random)) / 100 }
        try await monitor.insert(first, app: "pets", at: 0)
        try await monitor.insert(second, app: "pets", at: 1000)
        // A failed request has no confidence and must not count.
        try await monitor.log(
            PredictionRecord(
                app: "pets", without: .failed(reason: "x"), latencyMilliseconds: 1, input: nil,
                createdAt: Sample.time(5)))
        let expected = (0...100).map { hundredth in
            let bound = Double(hundredth) / 100
            return abs(
                Double(first.count { $0 <= bound }) / 150 - Double(second.count { $0 <= bound }) / 210)
        }.max()
        let (then, now) = (
            TimeWindow(from: Sample.time(0), to: Sample.time(1000)),
            TimeWindow(from: Sample.time(1000), to: Sample.time(2000))
        )
        let drift = try await monitor.confidenceDrift(app: "pets", from: then, to: now)
        #expect(abs(try #require(drift.distance) - (try #require(expected))) < 1e-12)
        #expect(drift == ConfidenceDrift(distance: try #require(drift.distance), reference: 150, current: 210))
        #expect(drift.verdict == .major)
        #expect(try await monitor.confidenceDrift(app: "pets", from: then, to: then).distance == 0)
        let none = TimeWindow(from: Sample.time(5000), to: Sample.time(6000))
        #expect(try await monitor.confidenceDrift(app: "pets", from: then, to: none).verdict == .notEnoughData)
        #expect(try await monitor.confidenceDrift(app: "pets", from: none, to: none).verdict == .notEnoughData)
        #expect(try await monitor.classDrift(app: "pets", from: then, to: now).verdict == .stable)
        let answers = try await monitor.answers(app: "pets", in: then)
        #expect(answers.classes == [ClassCount("Dog", 150)] && answers.count == 150)
        #expect(abs(try #require(answers.meanConfidence) - first.reduce(0, +) / 150) < 1e-9)
        #expect(try await monitor.answers(app: "pets", in: none) == AnswerMix())
    }
}

extension PredictionMonitor {
    /// Keeps a prediction.
    fileprivate func log(_ record: PredictionRecord) async throws { try await log.insert(record) }

    /// Keeps a dog for each confidence.
    fileprivate func insert(_ confidences: [Double], app: String, at second: Double) async throws {
        try await log.insert(confidences.map { Sample.prediction(dog: $0, app: app, at: second) })
    }
}
