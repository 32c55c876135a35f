import Foundation
import JSON
import Pets
import Retraining
import Storage
import TestSupport
import Testing

@Suite("Feedback that asks for training")
struct PetFeedbackStatisticsTests {
    @Test("a table that was never made holds no feedback", arguments: SQLDriver.allCases)
    func noTable(driver: SQLDriver) async throws {
        let folder = try TemporaryFolder()
        let database = try await driver.open(folder.url)
        let statistics = try await PetFeedbackStatistics(database, daysBack: 30)
        #expect(statistics == PetFeedbackStatistics())
        await database.close()
    }

    @Test("only the last days count, the first of them included", arguments: SQLDriver.allCases)
    func window(driver: SQLDriver) async throws {
        let folder = try TemporaryFolder()
        let database = try await driver.open(folder.url)
        try await RetrainingFixture.addFeedback(
            database, [(true, 0), (false, 0), (false, 3), (true, 30), (false, 31), (false, 400)])
        let month = try await PetFeedbackStatistics(database, daysBack: 30)
        #expect(month.counts == .init(positive: 2, negative: 2))
        #expect((month.meanResult, month.meanMilliseconds) == (0.75, 12.5))
        #expect(try await PetFeedbackStatistics(database, daysBack: 0).counts == .init(positive: 1, negative: 1))
        #expect(try await PetFeedbackStatistics(database, daysBack: 31).counts.total == 5)
        let json = month.json
        #expect(json["total_feedback"] == 4 && json["positive_rate"] == 0.5)
        #expect(json["earliest_feedback"]?.stringValue?.wholeMatch(of: /\d{4}-\d\d-\d\d/) != nil)
        #expect(json["latest_feedback"]?.stringValue ?? "" > json["earliest_feedback"]?.stringValue ?? "x")
        await database.close()
    }
}
