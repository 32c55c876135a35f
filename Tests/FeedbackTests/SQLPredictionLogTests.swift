import Feedback
import Observability
import Storage
import TestSupport
import Testing

/// What the log of predictions and feedback promises on every database.
@Suite(.timeLimit(.minutes(10)))
struct SQLPredictionLogTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test("records come back as they went in", arguments: SQLDriver.allCases)
    func records(driver: SQLDriver) async throws {
        let log = try await SQLPredictionLog(driver.open(folder.url))
        let records = [
            Sample.prediction(dog: 0.8765, version: .next(), input: "l'été \"😀\".jpg"),
            PredictionRecord(
                app: "pets", without: .refused(reason: "not_an_image"), latencyMilliseconds: 0.25, input: nil),
            PredictionRecord(
                app: "pets", version: .next(), without: .failed(reason: "model_failed"), latencyMilliseconds: 12,
                input: "a.jpg"),
        ]
        for record in records {
            try await log.insert(record)
            #expect(try await log.find(record.id, app: "pets") == record)
            #expect(try await log.find(record.id, app: "bananas") == nil, "another app's prediction is not there")
        }
        await log.database.close()
    }

    @Test("inserting again after an answer that was lost changes nothing", arguments: SQLDriver.allCases)
    func again(driver: SQLDriver) async throws {
        let log = try await SQLPredictionLog(driver.open(folder.url))
        let record = Sample.prediction(dog: 0.6)
        let feedback = FeedbackRecord(prediction: record.id, app: "pets", agrees: true)
        for _ in 0..<2 {
            try await log.insert(record)
            #expect(try await log.add(feedback))
            #expect(try await log.add(FeedbackRecord(id: record.id, prediction: nil, app: "pets", agrees: false)))
        }
        #expect(try await log.recent(app: "pets", limit: 10, after: nil).items == [record])
        #expect(try await log.feedback(on: [record.id]) == [feedback])
        #expect(try await log.agreement(app: "pets", in: .ever) == Agreement(agreeing: 1, disagreeing: 1))
        await log.database.close()
    }

    @Test("names no database could hold are kept in a form that is found again", arguments: SQLDriver.allCases)
    func oddNames(driver: SQLDriver) async throws {
        let log = try await SQLPredictionLog(driver.open(folder.url))
        for name in ["a\u{0}b.jpg", String(repeating: "é", count: 5000), "'; DROP TABLE feedback_predictions; --"] {
            try await log.insert(Sample.prediction(dog: 0.7, input: name))
            #expect(try await log.erase(subject: name, app: "pets") == 1)
        }
        let nan = PredictionRecord(
            app: "pets", version: nil, label: "Cat", scores: [ClassScore("Cat", .nan), ClassScore("Dog", .infinity)],
            latencyMilliseconds: .nan, input: nil)
        try await log.insert(nan)
        let kept = try #require(try await log.find(nan.id, app: "pets"))
        #expect(kept.confidence == nil && kept.uncertainty?.entropy == 1)
        await log.database.close()
    }

    @Test("the latest come first, page by page, while others arrive", arguments: SQLDriver.allCases)
    func recent(driver: SQLDriver) async throws {
        let log = try await SQLPredictionLog(driver.open(folder.url))
        // Ten share each moment, so that pages end between equals.
        let records = (0..<95).map { Sample.prediction(dog: 0.9, at: Int64($0 / 10)) }
        for record in records.shuffled() { try await log.insert(record) }
        var seen: [PredictionRecord] = []
        var cursor: PageCursor?
        repeat {
            let page = try await log.recent(app: "pets", limit: 7, after: cursor)
            seen += page.items
            cursor = try page.next.map { try #require(PageCursor($0.description)) }
            try await log.insert(Sample.prediction(dog: 0.9, at: 1000))
        } while cursor != nil
        #expect(seen == records.sorted { ($1.createdAt, $1.id) < ($0.createdAt, $0.id) })
        await log.database.close()
    }

    @Test("the last word of a subject counts, each subject once", arguments: SQLDriver.allCases)
    func lastWord(driver: SQLDriver) async throws {
        let log = try await SQLPredictionLog(driver.open(folder.url))
        let record = Sample.prediction(dog: 0.8)
        try await log.insert(record)
        for (second, (subject, agrees)) in [
            ("ann", true), (nil, true), ("ann", false), ("bob", true), (nil, false), ("bob", true),
        ].enumerated() {
            #expect(
                try await log.add(
                    FeedbackRecord(
                        prediction: record.id, app: "pets", subject: subject, agrees: agrees,
                        correction: agrees ? nil : "Cat", createdAt: Sample.time(Int64(second)))))
        }
        let kept = try await log.feedback(on: [record.id, .next()])
        #expect(kept.map(\.subject) == ["ann", nil, "bob"])
        #expect(kept.map(\.agrees) == [false, false, true])
        let agreement = try await log.agreement(app: "pets", in: .ever)
        #expect(agreement == Agreement(agreeing: 1, disagreeing: 2) && agreement.rate == 1.0 / 3)
        #expect(
            try await log.corrections(app: "pets", in: .ever)
                == [Correction(predicted: "Dog", corrected: "Cat", count: 2)])
        await log.database.close()
    }

    @Test("feedback on what an app never predicted is refused", arguments: SQLDriver.allCases)
    func unknownPrediction(driver: SQLDriver) async throws {
        let log = try await SQLPredictionLog(driver.open(folder.url))
        let record = Sample.prediction(dog: 0.8)
        try await log.insert(record)
        #expect(try await !log.add(FeedbackRecord(prediction: .next(), app: "pets", agrees: true)))
        #expect(try await !log.add(FeedbackRecord(prediction: record.id, app: "bananas", agrees: true)))
        #expect(try await log.agreement(app: "bananas", in: .ever).rate == nil)
        #expect(try await log.waitingCount(app: "pets") == 1)
        await log.database.close()
    }

    @Test("agreement is told by window, version and class", arguments: SQLDriver.allCases)
    func agreement(driver: SQLDriver) async throws {
        let log = try await SQLPredictionLog(driver.open(folder.url))
        let (old, new) = (ObjectID.next(), ObjectID.next())
        let given: [(version: ObjectID?, dog: Double, agrees: Bool, second: Int64)] = [
            (old, 0.9, true, 10), (old, 0.9, false, 20), (old, 0.1, false, 30), (new, 0.9, true, 40),
            (new, 0.2, true, 50), (nil, 0.2, true, 60),
        ]
        for (version, dog, agrees, second) in given {
            let record = Sample.prediction(dog: dog, version: version)
            try await log.insert(record)
            _ = try await log.add(
                FeedbackRecord(prediction: record.id, app: "pets", agrees: agrees, createdAt: Sample.time(second)))
        }
        _ = try await log.add(
            FeedbackRecord(prediction: nil, app: "pets", agrees: false, createdAt: Sample.time(70)))
        #expect(
            try await log.agreement(app: "pets", in: .ever, by: .version) == [
                old.description: Agreement(agreeing: 1, disagreeing: 2),
                new.description: Agreement(agreeing: 2, disagreeing: 0), nil: Agreement(agreeing: 1, disagreeing: 1),
            ])
        #expect(
            try await log.agreement(app: "pets", in: .ever, by: .label) == [
                "Dog": Agreement(agreeing: 2, disagreeing: 1), "Cat": Agreement(agreeing: 2, disagreeing: 1),
                nil: Agreement(agreeing: 0, disagreeing: 1),
            ])
        #expect(
            try await log.agreement(app: "pets", in: .ever, version: old, label: "Dog")
                == Agreement(agreeing: 1, disagreeing: 1))
        // The start belongs to a window, the end does not.
        let window = TimeWindow(from: Sample.time(20), to: Sample.time(50))
        #expect(try await log.agreement(app: "pets", in: window) == Agreement(agreeing: 1, disagreeing: 2))
        await log.database.close()
    }
}
