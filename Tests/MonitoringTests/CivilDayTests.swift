import Feedback
import Foundation
import Monitoring
import Observability
import Testing

struct CivilDayTests {
    private func zone(_ name: String) throws -> TimeZone { try #require(TimeZone(identifier: name)) }

    private func moment(_ text: String) throws -> Timestamp {
        let date = try Date(text, strategy: .iso8601)
        return Timestamp(microseconds: Int64(date.timeIntervalSince1970) * 1_000_000)
    }

    @Test("a day goes from midnight to midnight in UTC")
    func utc() throws {
        let day = CivilDay(containing: try moment("2026-11-21T23:59:59Z"))
        #expect(day.date == "2026-11-21")
        #expect(day.window.start == (try moment("2026-11-21T00:00:00Z")))
        #expect(day.window.end == (try moment("2026-11-22T00:00:00Z")))
        #expect(CivilDay(containing: day.window.end).date == "2026-11-22")
        #expect(CivilDay(containing: Timestamp(microseconds: day.window.end.microseconds - 1)) == day)
        #expect(CivilDay(containing: Timestamp(microseconds: -1)).date == "1969-12-31")
    }

    @Test(
        "days are as long as the clocks make them",
        arguments: [
            ("Europe/Paris", "2026-03-29T12:00:00Z", "2026-03-29", 23),
            ("Europe/Paris", "2026-10-25T12:00:00Z", "2026-10-25", 25),
            // Midnight itself is left out: the day begins at one.
            ("America/Sao_Paulo", "2018-11-04T12:00:00Z", "2018-11-04", 23),
            ("Asia/Kathmandu", "2026-06-01T20:00:00Z", "2026-06-02", 24),
        ])
    func clockChanges(name: String, text: String, date: String, hours: Int64) throws {
        let day = CivilDay(containing: try moment(text), in: try zone(name))
        #expect(day.date == date)
        #expect(day.window.end.microseconds - day.window.start.microseconds == hours * 3_600_000_000)
    }

    @Test("the latest days follow each other without a gap, over changed clocks and a day that never was")
    func latest() throws {
        for (name, text) in [("Europe/Paris", "2026-11-01T00:00:00Z"), ("Pacific/Apia", "2012-01-02T12:00:00Z")] {
            let days = CivilDay.latest(10, until: try moment(text), in: try zone(name))
            #expect(days.count == 10)
            for (later, earlier) in zip(days, days.dropFirst()) {
                #expect(later.window.start == earlier.window.end)
                #expect(earlier.date < later.date)
            }
            #expect(Set(days.map(\.date)).contains("2011-12-30") == false)
        }
    }

    @Test("moments are written as Python writes naive ones")
    func python() throws {
        let moment = Timestamp(microseconds: 1_795_000_000_000_000)
        #expect(moment.pythonISOFormat(in: .gmt) == "2026-11-18T11:06:40")
        let paris = try zone("Europe/Paris")
        #expect(
            Timestamp(microseconds: moment.microseconds + 40).pythonISOFormat(in: paris) == "2026-11-18T12:06:40.000040"
        )
        #expect(Timestamp(microseconds: -1).pythonISOFormat(in: .gmt) == "1969-12-31T23:59:59.999999")
    }
}
