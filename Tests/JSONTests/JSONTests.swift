import JSON
import Testing

struct JSONTests {
    @Test(
        "a text reads back as itself",
        arguments: [
            "null", "true", "-12", "0.1", "1e-05", "1e+16", "[]", "{}", #"{"b":1,"a":[1,2.5,"é\n\u0001"]}"#,
            "9223372036854775807", "100000.0", #""😀""#,
        ])
    func roundTrip(text: String) throws {
        #expect(try JSONValue(parsing: text).text() == text)
    }

    @Test("a long text is read right wherever its quote, escape or odd character lies")
    func longTexts() throws {
        for length in 0..<40 {
            let plain = String(repeating: "a", count: length)
            #expect(try JSONValue(parsing: "\"\(plain)\"") == .string(plain))
            #expect(try JSONValue(parsing: "\"\(plain)\\n\(plain)\"") == .string(plain + "\n" + plain))
            #expect(try JSONValue(parsing: "\"\(plain)é\(plain)\"") == .string(plain + "é" + plain))
            #expect(throws: JSONError.self) { try JSONValue(parsing: "\"\(plain)\u{1F}\(plain)\"") }
            #expect(throws: JSONError.self) { try JSONValue(parsing: "\"\(plain)") }
        }
    }

    @Test("escapes are read, with surrogate pairs and lone surrogates")
    func escapes() throws {
        #expect(try JSONValue(parsing: #""\ud83d\ude00\u00e9\/\ud800x""#) == "😀é/\u{FFFD}x")
    }

    @Test("of a repeated key the last value counts")
    func repeatedKey() throws {
        #expect(try JSONValue(parsing: #"{"a":1,"b":2,"a":3}"#) == ["a": 3, "b": 2])
    }

    @Test(
        "faults are worded and placed as by Python's json module",
        arguments: [
            ("", "Expecting value: line 1 column 1 (char 0)"),
            ("{", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
            (#"{"é" 1}"#, "Expecting ':' delimiter: line 1 column 6 (char 5)"),
            ("[1\n 2]", "Expecting ',' delimiter: line 2 column 2 (char 4)"),
            ("1 2", "Extra data: line 1 column 3 (char 2)"),
            ("\"ab", "Unterminated string starting at: line 1 column 1 (char 0)"),
            ("\"a\u{01}\"", "Invalid control character at: line 1 column 3 (char 2)"),
            (#""\x""#, "Invalid \\escape: line 1 column 2 (char 1)"),
            (#""\u12g4""#, "Invalid \\uXXXX escape: line 1 column 3 (char 2)"),
            ("NaN", "Out of range float values are not JSON compliant: 'NaN'"),
        ])
    func faults(text: String, message: String) {
        #expect { try JSONValue(parsing: text) } throws: { "\($0)" == message }
    }

    @Test("nesting is bounded")
    func depth() throws {
        let deep = String(repeating: "[", count: 10_000)
        #expect { try JSONValue(parsing: deep) } throws: {
            "\($0)" == "Nested deeper than 512 levels: line 1 column 513 (char 512)"
        }
        let allowed = String(repeating: "[", count: 512) + String(repeating: "]", count: 512)
        _ = try JSONValue(parsing: allowed)
    }

    @Test("bytes that are not UTF-8 are refused")
    func invalidUTF8() {
        #expect(throws: JSONError.self) { try JSONValue(parsing: [0x22, 0xFF, 0x22]) }
        #expect(throws: JSONError.self) { try JSONValue(parsing: [0x22, 0xC3]) }
    }

    @Test("files written by Python may hold numbers that are not finite")
    func nonFinite() throws {
        let value = try JSONValue(parsing: "[Infinity, -Infinity, NaN]", allowsNonFinite: true)
        #expect(value[0] == .number(.infinity))
        #expect(value[1] == .number(-.infinity))
        #expect(value[2]?.doubleValue?.isNaN == true)
    }

    @Test("a large object finds its members")
    func largeObject() throws {
        let members = (0..<1000).map { ("k\($0)", JSONValue.integer($0)) }
        let object = try #require(JSONValue(parsing: JSONValue.object(JSONObject(members)).bytes()).objectValue)
        #expect(object.count == 1000)
        #expect(object["k777"] == 777)
    }
}
