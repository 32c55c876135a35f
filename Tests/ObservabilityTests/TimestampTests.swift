import Foundation
import Observability
import Testing

@Suite struct TimestampTests {
    // Made with Python: datetime(…, tzinfo=utc).timestamp() and email.utils.format_datetime(…, usegmt=True).
    @Test(
        "moments are written as ISO 8601 and as HTTP dates",
        arguments: [
            (1_756_941_841_215_596, "2025-09-03T23:24:01.215596Z", "Wed, 03 Sep 2025 23:24:01 GMT"),
            (0, "1970-01-01T00:00:00.000000Z", "Thu, 01 Jan 1970 00:00:00 GMT"),
            (951_782_400_000_001, "2000-02-29T00:00:00.000001Z", "Tue, 29 Feb 2000 00:00:00 GMT"),
            (4_107_542_399_999_999, "2100-02-28T23:59:59.999999Z", "Sun, 28 Feb 2100 23:59:59 GMT"),
            (-1, "1969-12-31T23:59:59.999999Z", "Wed, 31 Dec 1969 23:59:59 GMT"),
        ])
    func formats(microseconds: Int, iso: String, http: String) {
        let moment = Timestamp(microseconds: Int64(microseconds))
        #expect(moment.iso8601(fraction: .microseconds) == iso)
        #expect(moment.httpDate == http)
        #expect(moment.iso8601(fraction: .none, zone: "") == String(iso.prefix(19)))
        #expect(moment.iso8601() == iso.prefix(23) + "Z")
    }

    @Test("the present agrees with Foundation's clock")
    func present() {
        let difference = Date.now.timeIntervalSince1970 - Double(Timestamp.now.microseconds) / 1e6
        #expect(abs(difference) < 5)
    }

    @Test("a deadline beyond the clock's end is its end")
    func farDeadline() {
        #expect(MonotonicTime(nanoseconds: .max - 5).advanced(by: .seconds(1)).nanoseconds == .max)
        #expect(Duration.seconds(Int64.max).wholeNanoseconds == .max)
        #expect(MonotonicTime(nanoseconds: 5).advanced(by: .nanoseconds(7)).nanoseconds == 12)
    }
}
