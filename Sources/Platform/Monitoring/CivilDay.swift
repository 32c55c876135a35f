public import Feedback
public import Foundation
public import Observability

/// A day of the calendar in a time zone, from its first moment to that of the next: 23 or 25 hours where clocks change.
public struct CivilDay: Sendable, Equatable {
    /// Its date, such as `2026-11-21`.
    public let date: String
    /// When it is.
    public let window: TimeWindow

    /// The day that a moment belongs to.
    public init(containing moment: Timestamp, in zone: TimeZone = .gmt) {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        // Whole seconds, rounded towards the past, which a `Date` holds exactly.
        let second = Int(moment.microseconds.quotient(flooring: 1_000_000))
        let date = Date(timeIntervalSince1970: Double(second))
        let start = calendar.startOfDay(for: date)
        let next = calendar.dateInterval(of: .day, for: date)?.end ?? start.addingTimeInterval(86_400)
        let parts = calendar.dateComponents([.year, .month, .day], from: date)
        self.date = [(parts.year, 4), (parts.month, 2), (parts.day, 2)].map { number, digits in
            let text = String(number ?? 0)
            return String(repeating: "0", count: max(0, digits - text.count)) + text
        }.joined(separator: "-")
        window = TimeWindow(from: Timestamp(start), to: Timestamp(next))
    }

    /// The latest days up to that of a moment, the latest first.
    public static func latest(_ count: Int, until moment: Timestamp = .now, in zone: TimeZone = .gmt) -> [CivilDay] {
        var days: [CivilDay] = []
        var moment = moment
        while days.count < count {
            let day = CivilDay(containing: moment, in: zone)
            days.append(day)
            moment = Timestamp(microseconds: day.window.start.microseconds - 1)
        }
        return days
    }
}

extension Timestamp {
    /// The moment of a date, to the nearest microsecond.
    init(_ date: Date) {
        self.init(microseconds: Int64((date.timeIntervalSince1970 * 1e6).rounded()))
    }

    /// The moment as Python's `datetime.isoformat()` writes one without a zone, by the clocks of a zone.
    ///
    /// Python leaves the microseconds out where they are 0.
    public func pythonISOFormat(in zone: TimeZone = .current) -> String {
        let second = microseconds.quotient(flooring: 1_000_000)
        let offset = zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(second)))
        let local = Timestamp(microseconds: microseconds + Int64(offset) * 1_000_000)
        return local.iso8601(fraction: second * 1_000_000 == microseconds ? .none : .microseconds, zone: "")
    }
}

extension Int64 {
    /// The quotient rounded towards the past.
    fileprivate func quotient(flooring divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
