import Identity
import TestSupport
import Testing

@Suite("The Authorization header")
struct AuthorizationHeaderTests {
    @Test(
        "every way to write it is understood or refused for the right reason",
        arguments: [
            (nil, .missing), ("", .missing), ("   ", .missing), ("\t \t", .missing),
            ("Bearer", .withoutCredentials), ("bearer   ", .withoutCredentials), ("Basic", .withoutCredentials),
            ("Bearer\tabc", .withoutCredentials), ("abc", .withoutCredentials),
            ("Basic YWJj", .otherScheme), ("Bearer, abc", .otherScheme), ("Bearerx abc", .otherScheme),
            ("\u{212A}earer abc", .otherScheme), ("Béarer abc", .otherScheme), ("BEARE\u{12} abc", .otherScheme),
            ("Bearer abc", .bearer("abc")), ("bearer abc", .bearer("abc")), ("BEARER abc", .bearer("abc")),
            ("BeArEr abc", .bearer("abc")), ("  Bearer abc\t ", .bearer("abc")), ("Bearer    abc", .bearer("abc")),
            ("Bearer \t abc", .bearer("abc")), ("Bearer a b", .bearer("a b")),
            ("Bearer Bearer abc", .bearer("Bearer abc")),
            ("Bearer ?C@TS&D0GS!", .bearer("?C@TS&D0GS!")), ("Bearer clé", .bearer("clé")),
            ("Bearer \u{0}", .bearer("\u{0}")), ("Bearer 🐈", .bearer("🐈")),
        ] as [(String?, AuthorizationHeader)])
    func forms(value: String?, expected: AuthorizationHeader) {
        #expect(AuthorizationHeader(value) == expected)
    }

    @Test("a token may have 4096 bytes and not one more")
    func length() {
        let longest = String(repeating: "x", count: 4096)
        #expect(AuthorizationHeader("Bearer " + longest) == .bearer(longest))
        #expect(AuthorizationHeader("Bearer \(longest)x") == .tooLong)
        #expect(AuthorizationHeader("Bearer " + String(repeating: "é", count: 2049)) == .tooLong)
        #expect(AuthorizationHeader("Bearer " + longest + String(repeating: " ", count: 9000)) == .bearer(longest))
    }

    @Test("whatever the spaces and the case, the same token comes out", arguments: 0..<200)
    func property(seed: UInt64) {
        var random = RepeatableRandom(seed: seed)
        let scheme = String("bearer".map { Bool.random(using: &random) ? Character($0.uppercased()) : $0 })
        func blanks(_ count: ClosedRange<Int>) -> String {
            String((0..<Int.random(in: count, using: &random)).map { _ in Bool.random(using: &random) ? " " : "\t" })
        }
        let alphabet = Array("azAZ09-._~+/=?C@&!é🐈\u{301}")
        let token =
            "x"
            + String(
                (0..<Int.random(in: 0...60, using: &random)).map { _ in
                    alphabet.randomElement(using: &random) ?? "x"
                }) + "x"
        let value = blanks(0...3) + scheme + " " + blanks(0...3) + token + blanks(0...3)
        #expect(AuthorizationHeader(value) == .bearer(token), "\(value.debugDescription)")
    }

    @Test("no bytes at all bring it down", arguments: 0..<200)
    func noise(seed: UInt64) {
        var random = RepeatableRandom(seed: seed)
        let bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
        let value = (Bool.random(using: &random) ? "Bearer " : "") + String(decoding: bytes, as: UTF8.self)
        if case .bearer(let token) = AuthorizationHeader(value) {
            #expect(!token.isEmpty)
            #expect(token.utf8.count <= AuthorizationHeader.maximumLength)
        }
    }
}
