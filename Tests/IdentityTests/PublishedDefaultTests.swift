import Identity
import Observability
import Testing

@Suite("A published default")
struct PublishedDefaultTests {
    private let rule = PublishedDefault(key: "API_TOKEN", value: "?C@TS&D0GS!")

    @Test(
        "it serves on loopback addresses only, with a warning",
        arguments: ["127.0.0.1", "127.9.9.9", "::1", "localhost", "::ffff:127.0.0.1"])
    func loopback(host: String) {
        guard case .warn(let text) = rule.advice(on: Secret("?C@TS&D0GS!"), host: host) else {
            Issue.record("no warning on \(host)")
            return
        }
        #expect(text.hasPrefix("API_TOKEN is not set"))
        #expect(!text.contains("?C@TS"))
    }

    @Test(
        "elsewhere the server must not start",
        arguments: [
            "0.0.0.0", "::", "192.168.1.5", "10.0.0.1", "::ffff:10.0.0.1", "fe80::1", "2001:db8::1", "128.0.0.1",
            "1.0.0.127",
            "", "no-such-host.invalid",
        ])
    func elsewhere(host: String) {
        guard case .refuse(let text) = rule.advice(on: Secret("?C@TS&D0GS!"), host: host) else {
            Issue.record("not refused on \(host)")
            return
        }
        #expect(text.hasPrefix("API_TOKEN must be set"))
        #expect(text.contains("'\(host)'"))
        #expect(!text.contains("?C@TS"))
    }

    @Test("a secret of one's own serves everywhere", arguments: ["127.0.0.1", "0.0.0.0", "no-such-host.invalid"])
    func own(host: String) {
        #expect(rule.advice(on: Secret("?C@TS&D0GS! "), host: host) == .fine)
        #expect(rule.advice(on: Secret(""), host: host) == .fine)
    }
}
