import Feedback
import Observability
import Storage
import TestSupport
import Testing

/// What is deleted when its time is over, or when somebody asks to be forgotten.
@Suite(.timeLimit(.minutes(10)))
struct PredictionRetentionTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test("a purge deletes what is older and of that app, and a dry run counts the same", arguments: SQLDriver.allCases)
    func purge(driver: SQLDriver) async throws {
        let log = try await SQLPredictionLog(driver.open(folder.url))
        var kept: [PredictionRecord] = []
        for second in 0..<20 {
            for app in ["pets", "bananas"] {
                let record = Sample.prediction(dog: 0.9, app: app, at: Int64(second))
                try await log.insert(record)
                _ = try await log.add(
                    FeedbackRecord(prediction: record.id, app: app, agrees: true, createdAt: record.createdAt))
                if second >= 12, app == "pets" { kept.append(record) }
            }
        }
        let limit = Sample.time(12)
        #expect(try await log.purge(.predictions, before: limit, app: "pets", isDryRun: true) == 12)
        #expect(
            try await log.recent(app: "pets", limit: 100, after: nil).items.count == 20, "a dry run deletes nothing")
        #expect(try await log.purge(.predictions, before: limit, app: "pets") == 12)
        #expect(try await log.purge(.predictions, before: limit, app: "pets") == 0)
        #expect(try await log.recent(app: "pets", limit: 100, after: nil).items == kept.reversed())
        #expect(try await log.recent(app: "bananas", limit: 100, after: nil).items.count == 20)
        #expect(
            try await log.agreement(app: "pets", in: .ever, by: .label) == [
                "Dog": Agreement(agreeing: 20, disagreeing: 0)
            ], "feedback tells its class when its prediction has gone")
        #expect(try await log.purge(.feedback, before: limit, isDryRun: true) == 24)
        #expect(try await log.purge(.feedback, before: limit) == 24)
        #expect(try await log.agreement(app: "pets", in: .ever).total == 8)
        await log.database.close()
    }

    @Test("a purge of many rows works in batches", arguments: SQLDriver.allCases)
    func batches(driver: SQLDriver) async throws {
        let log = try await SQLPredictionLog(driver.open(folder.url))
        // In groups, as a store refuses more than it lets wait.
        for start in stride(from: 0, to: 5001, by: 1000) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in start..<min(start + 1000, 5001) {
                    group.addTask { try await log.insert(Sample.prediction(dog: 0.9, at: number < 4500 ? 0 : 10)) }
                }
                try await group.waitForAll()
            }
        }
        #expect(try await log.purge(.predictions, before: Sample.time(10), app: "pets") == 4500)
        #expect(try await log.waitingCount(app: "pets") == 501)
        await log.database.close()
    }

    @Test(
        "erasing a subject deletes its pictures, what was said of them and what it said", arguments: SQLDriver.allCases)
    func erase(driver: SQLDriver) async throws {
        let log = try await SQLPredictionLog(driver.open(folder.url))
        let mine = Sample.prediction(dog: 0.9, input: "ann")
        let theirs = Sample.prediction(dog: 0.9, input: "bob")
        let elsewhere = Sample.prediction(dog: 0.9, app: "bananas", input: "ann")
        for record in [mine, theirs, elsewhere] { try await log.insert(record) }
        for (record, subject) in [(mine, "bob"), (theirs, "ann"), (theirs, "bob"), (elsewhere, "bob")] {
            #expect(
                try await log.add(
                    FeedbackRecord(prediction: record.id, app: record.app, subject: subject, agrees: true)))
        }
        for subject in ["", "nobody", "AN", "an%"] {
            #expect(try await log.erase(subject: subject, app: "pets") == 0)
        }
        #expect(try await log.erase(subject: "ann", app: "pets", isDryRun: true) == 3)
        #expect(try await log.erase(subject: "ann", app: "pets") == 3)
        #expect(try await log.find(mine.id, app: "pets") == nil)
        #expect(try await log.find(theirs.id, app: "pets") == theirs)
        #expect(try await log.feedback(on: [mine.id, theirs.id]).map(\.subject) == ["bob"])
        #expect(try await log.erase(subject: "ann", isDryRun: true) == 2, "of the other app")
        #expect(try await log.erase(subject: "ann") == 2)
        await log.database.close()
    }
}
