import Foundation

/// A moment in whole seconds, as Signature V4 writes it.
public struct S3Time: Sendable, Equatable, Comparable {
    /// Seconds since 1970.
    public let seconds: Int

    /// A moment by its seconds since 1970.
    public init(seconds: Int) { self.seconds = seconds }

    /// Reads `20130524T000000Z`; nil for anything else.
    public init?(_ text: String) {
        let digits = Array(text.utf8)
        guard digits.count == 16, digits[8] == UInt8(ascii: "T"), digits[15] == UInt8(ascii: "Z") else { return nil }
        func number(_ range: Range<Int>) -> Int? {
            guard digits[range].allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
            return Int(String(decoding: digits[range], as: UTF8.self))
        }
        guard let year = number(0..<4), let month = number(4..<6), let day = number(6..<8), let hour = number(9..<11),
            let minute = number(11..<13), let second = number(13..<15)
        else { return nil }
        self.init(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
    }

    /// Reads `2013-05-24T00:00:00Z` with or without fractions, as policies write their end; nil for anything else.
    public init?(iso8601 text: String) {
        let whole = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        if whole.count > 1 {
            guard whole[1].hasSuffix("Z"), whole[1].dropLast().allSatisfy(\.isNumber) else { return nil }
        }
        let plain = whole.count > 1 ? whole[0] + "Z" : whole[0]
        let parts = Array(plain.utf8)
        guard parts.count == 20, parts[4] == UInt8(ascii: "-"), parts[7] == UInt8(ascii: "-"),
            parts[13] == UInt8(ascii: ":"), parts[16] == UInt8(ascii: ":")
        else { return nil }
        self.init(plain.filter { $0 != "-" && $0 != ":" })
    }

    /// The present by the system's clock.
    public static var now: S3Time { S3Time(seconds: time(nil)) }

    /// Such as `20130524T000000Z`.
    public var stamp: String {
        let part = calendar
        let numbers = [part.year / 100, part.year % 100, part.month, part.day, part.hour, part.minute, part.second]
        // Every request is stamped several times, so the digits are put in their places by hand.
        return String(unsafeUninitializedCapacity: 16) { text in
            for (index, number) in numbers.enumerated() {
                let place = 2 * index + (index < 4 ? 0 : 1)
                text[place] = UInt8(ascii: "0") + UInt8(number.magnitude / 10 % 10)
                text[place + 1] = UInt8(ascii: "0") + UInt8(number.magnitude % 10)
            }
            text[8] = UInt8(ascii: "T")
            text[15] = UInt8(ascii: "Z")
            return 16
        }
    }

    /// Such as `20130524`.
    public var day: String { String(stamp.prefix(8)) }

    /// Such as `2013-05-24T00:00:00Z`.
    public var iso8601: String {
        let part = calendar
        return
            "\(Self.padded(part.year, 4))-\(Self.padded(part.month, 2))-\(Self.padded(part.day, 2))T"
            + "\(Self.padded(part.hour, 2)):\(Self.padded(part.minute, 2)):\(Self.padded(part.second, 2))Z"
    }

    public static func < (left: Self, right: Self) -> Bool { left.seconds < right.seconds }

    /// A moment so much later.
    public func advanced(by span: Duration) -> S3Time { S3Time(seconds: seconds + Int(span.components.seconds)) }

    private init?(year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int) {
        var parts = tm()
        parts.tm_year = Int32(year - 1_900)
        parts.tm_mon = Int32(month - 1)
        parts.tm_mday = Int32(day)
        parts.tm_hour = Int32(hour)
        parts.tm_min = Int32(minute)
        parts.tm_sec = Int32(second)
        let seconds = timegm(&parts)
        self.init(seconds: seconds)
        // `timegm` takes the 31st of February for a day in March.
        let same = calendar
        guard (same.year, same.month, same.day) == (year, month, day), (same.hour, same.minute) == (hour, minute)
        else { return nil }
    }

    private var calendar: (year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int) {
        var (seconds, parts) = (time_t(self.seconds), tm())
        gmtime_r(&seconds, &parts)
        return (
            Int(parts.tm_year) + 1_900, Int(parts.tm_mon) + 1, Int(parts.tm_mday), Int(parts.tm_hour),
            Int(parts.tm_min), Int(parts.tm_sec)
        )
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
