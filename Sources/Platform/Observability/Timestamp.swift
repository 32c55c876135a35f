import Glibc

/// A moment of civil time in UTC, with microseconds.
public struct Timestamp: Sendable, Hashable, Comparable {
    /// Microseconds since 1970-01-01T00:00:00Z.
    public let microseconds: Int64

    /// A moment from its microseconds since 1970.
    public init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// The present moment by the system clock.
    public static var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }

    /// Digits after the second.
    public enum Fraction: Int, Sendable {
        case none = 0
        case milliseconds = 3
        case microseconds = 6
    }

    /// The moment as `2025-09-03T23:24:01.215Z`.
    ///
    /// - Parameters:
    ///   - fraction: how many digits follow the second; the rest is cut off, not rounded.
    ///   - zone: what is appended, such as `Z`, `+00:00` or nothing.
    public func iso8601(fraction: Fraction = .milliseconds, zone: String = "Z") -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32)
        append(to: &bytes, fraction: fraction)
        bytes.append(contentsOf: zone.utf8)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The moment as an HTTP date, such as `Wed, 03 Sep 2025 23:24:01 GMT` (RFC 9110, 5.6.7).
    public var httpDate: String {
        let (days, second) = daysAndSeconds
        let (year, month, day) = Self.civil(days)
        var bytes: [UInt8] = []
        bytes.append(contentsOf: Self.weekdays[Int((days % 7 + 11) % 7)].utf8)
        bytes.append(contentsOf: ", ".utf8)
        Self.append(day, digits: 2, to: &bytes)
        bytes.append(contentsOf: " \(Self.months[month - 1]) ".utf8)
        Self.append(year, digits: 4, to: &bytes)
        bytes.append(UInt8(ascii: " "))
        Self.appendClock(second, to: &bytes)
        bytes.append(contentsOf: " GMT".utf8)
        return String(decoding: bytes, as: UTF8.self)
    }

    public static func < (left: Self, right: Self) -> Bool { left.microseconds < right.microseconds }

    /// Appends the date and time without a zone.
    func append(to bytes: inout [UInt8], fraction: Fraction) {
        let (days, second) = daysAndSeconds
        let (year, month, day) = Self.civil(days)
        Self.append(year, digits: 4, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        Self.append(month, digits: 2, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        Self.append(day, digits: 2, to: &bytes)
        bytes.append(UInt8(ascii: "T"))
        Self.appendClock(second, to: &bytes)
        let micro = Int(microseconds - (days * 86_400 + Int64(second)) * 1_000_000)
        switch fraction {
        case .none: break
        case .milliseconds:
            bytes.append(UInt8(ascii: "."))
            Self.append(micro / 1000, digits: 3, to: &bytes)
        case .microseconds:
            bytes.append(UInt8(ascii: "."))
            Self.append(micro, digits: 6, to: &bytes)
        }
    }

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Days since 1970-01-01 and seconds of the day, rounding towards the past.
    private var daysAndSeconds: (days: Int64, second: Int) {
        let seconds = microseconds >= 0 ? microseconds / 1_000_000 : (microseconds - 999_999) / 1_000_000
        let days = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        return (days, Int(seconds - days * 86_400))
    }

    /// The Gregorian date of a day counted from 1970-01-01.
    ///
    /// Counted in 400-year eras of 146,097 days whose years begin in March, so that the leap day comes last.
    private static func civil(_ days: Int64) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (Int(yearOfEra + era * 400) + (month <= 2 ? 1 : 0), Int(month), Int(day))
    }

    private static func appendClock(_ second: Int, to bytes: inout [UInt8]) {
        append(second / 3600, digits: 2, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        append(second / 60 % 60, digits: 2, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        append(second % 60, digits: 2, to: &bytes)
    }

    private static func append(_ value: Int, digits: Int, to bytes: inout [UInt8]) {
        var divisor = 1
        for _ in 1..<digits { divisor *= 10 }
        while divisor > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(value / divisor % 10))
            divisor /= 10
        }
    }
}
