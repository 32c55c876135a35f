import Feedback
import Foundation
import Observability
import Storage
import TestSupport
import Testing

/// Which predictions people are asked to look at.
@Suite(.timeLimit(.minutes(10)))
struct ReviewQueueTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// All pages of the queue.
    private func walk(
        _ log: SQLPredictionLog, order: ReviewOrder, limit: Int, between: () async throws -> Void = {}
    ) async throws -> [PredictionRecord] {
        var seen: [PredictionRecord] = []
        var cursor: PageCursor?
        repeat {
            let page = try await log.waiting(app: "pets", order: order, limit: limit, after: cursor)
            seen += page.items
            cursor = page.next
            try await between()
        } while cursor != nil
        return seen
    }

    @Test("the most uncertain come first", arguments: SQLDriver.allCases, ReviewOrder.allCases)
    func order(driver: SQLDriver, order: ReviewOrder) async throws {
        let log = try await SQLPredictionLog(driver.open(folder.url))
        // By entropy the second is less certain, by margin the first.
        let shares = [[0.48, 0.5, 0.02], [0.3, 0.5, 0.2], [0.0, 1.0, 0.0], [0.1, 0.8, 0.1]]
        var records: [PredictionRecord] = []
        for share in shares {
            let scores = zip(["Cat", "Dog", "neither"], share).map { ClassScore($0, $1) }
            records.append(
                PredictionRecord(
                    app: "pets", version: nil, label: "Dog", scores: scores, latencyMilliseconds: 1, input: nil,
                    createdAt: Sample.time(0)))
        }
        for record in records { try await log.insert(record) }
        try await log.insert(
            PredictionRecord(app: "pets", without: .failed(reason: "no_model"), latencyMilliseconds: 1, input: nil))
        try await log.insert(Sample.prediction(dog: 0.5, app: "bananas"))
        let expected = (order == .entropy ? [1, 0, 3, 2] : [0, 1, 3, 2]).map { records[$0] }
        for limit in [1, 3, 4, 5] {
            #expect(try await walk(log, order: order, limit: limit) == expected, "pages of \(limit)")
        }
        #expect(try await log.waitingCount(app: "pets") == 4)
        await log.database.close()
    }

    @Test(
        "a walk shows all that waited all the time, and nothing twice, while predictions come and go",
        arguments: SQLDriver.allCases, ReviewOrder.allCases)
    func concurrentInserts(driver: SQLDriver, order: ReviewOrder) async throws {
        let log = try await SQLPredictionLog(driver.open(folder.url))
        // Many are equally uncertain, so that pages end between equals.
        let early = (0..<200).map { Sample.prediction(dog: 0.5 + Double($0 % 7) / 20) }
        let leaving = (0..<40).map { Sample.prediction(dog: 0.5 + Double($0) / 100) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for record in early + leaving { group.addTask { try await log.insert(record) } }
            try await group.waitForAll()
        }
        let inserting = Task {
            while !Task.isCancelled { try await log.insert(Sample.prediction(dog: .random(in: 0...1))) }
        }
        var rest = leaving[...]
        let seen = try await walk(log, order: order, limit: 11) {
            if let one = rest.popFirst() {
                _ = try await log.add(FeedbackRecord(prediction: one.id, app: "pets", agrees: true))
            }
        }
        inserting.cancel()
        _ = await inserting.result
        #expect(Set(seen.map(\.id)).count == seen.count, "one came twice")
        #expect(Set(early.map(\.id)).subtracting(seen.map(\.id)) == [], "one was left out")
        await log.database.close()
    }

    @Test("feedback and skipping take a prediction out, and unskipping puts it back", arguments: SQLDriver.allCases)
    func leaving(driver: SQLDriver) async throws {
        let log = try await SQLPredictionLog(driver.open(folder.url))
        let records = [0.5, 0.6, 0.7].map { Sample.prediction(dog: $0) }
        for record in records { try await log.insert(record) }
        #expect(try await log.add(FeedbackRecord(prediction: records[0].id, app: "pets", agrees: false)))
        #expect(try await log.skip(records[1].id, app: "pets"))
        #expect(try await !log.skip(records[1].id, app: "pets"), "it did not wait any more")
        #expect(try await !log.skip(records[2].id, app: "bananas"), "another app's queue")
        #expect(try await log.waiting(app: "pets", limit: 10).items == [records[2]])
        #expect(try await log.unskip(records[1].id, app: "pets"))
        #expect(try await !log.unskip(records[0].id, app: "pets"), "what has feedback stays out")
        #expect(try await log.waiting(app: "pets", limit: 10).items == [records[1], records[2]])
        await log.database.close()
    }

    @Test("what one reviewer has claimed others do not get until the time is over", arguments: SQLDriver.allCases)
    func claims(driver: SQLDriver) async throws {
        let log = try await SQLPredictionLog(driver.open(folder.url))
        let records = [0.5, 0.6, 0.7].map { Sample.prediction(dog: $0) }
        for record in records { try await log.insert(record) }
        let now = Sample.time(100)
        let claimed = try await log.claim(app: "pets", limit: 2, reviewer: "ann", for: .seconds(60), now: now)
        #expect(claimed == [records[0], records[1]])
        #expect(
            try await log.claim(app: "pets", limit: 2, reviewer: "bob", for: .seconds(60), now: now) == [records[2]])
        #expect(try await log.waiting(app: "pets", limit: 10, now: now).items == [])
        #expect(try await log.waiting(app: "pets", limit: 10, reviewer: "ann", now: now).items == claimed)
        #expect(try await log.waitingCount(app: "pets") == 3)
        // The minute is over at its last moment.
        #expect(try await log.waiting(app: "pets", limit: 10, now: Sample.time(159)).items == [])
        #expect(try await log.waiting(app: "pets", limit: 10, now: Sample.time(160)).items == records)
        await log.database.close()
    }

    @Test("reviewers that claim at the same time never get the same prediction", arguments: SQLDriver.allCases)
    func concurrentClaims(driver: SQLDriver) async throws {
        let log = try await SQLPredictionLog(driver.open(folder.url))
        for number in 0..<60 { try await log.insert(Sample.prediction(dog: Double(number) / 60)) }
        let now = Sample.time(0)
        let claimed = try await withThrowingTaskGroup(of: [ObjectID].self) { group in
            for reviewer in 0..<6 {
                group.addTask {
                    var own: [ObjectID] = []
                    while true {
                        let some = try await log.claim(
                            app: "pets", limit: 4, reviewer: "r\(reviewer)", for: .seconds(60), now: now)
                        if some.isEmpty { return own }
                        own += some.map(\.id)
                    }
                }
            }
            return try await group.reduce([], +)
        }
        #expect(claimed.count == 60 && Set(claimed).count == 60)
        await log.database.close()
    }

    @Test("a cursor survives its text and nothing else makes one")
    func cursors() async throws {
        let log = try await SQLPredictionLog(SQLDriver.sqlite.open(folder.url))
        for dog in [0.5, 0.6] { try await log.insert(Sample.prediction(dog: dog)) }
        let cursor = try #require(try await log.waiting(app: "pets", limit: 1).next)
        #expect(PageCursor(cursor.description) == cursor)
        for text in ["", "-", "12-34", "+123456789abcdef-\(ObjectID.next())", "\(cursor) ", "\(cursor)-"] {
            #expect(PageCursor(text) == nil, "\(text)")
        }
        await log.database.close()
    }
}
