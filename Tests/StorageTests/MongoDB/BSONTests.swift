import Foundation
import JSON
import Observability
import Storage
import TestSupport
import Testing

@Suite("BSON")
struct BSONTests {
    private static let everything: BSONDocument = [
        "double": .double(1.5), "text": "é\u{0}ü", "document": ["a": 1, "b": ["c": nil]], "array": [1, "two", 3.0],
        "binary": .binary([0, 1, 255]), "id": .objectID(ObjectID(seconds: 1, random: 2, counter: 3)), "bool": true,
        "date": .date(Timestamp(microseconds: -1_500_000)), "null": nil, "small": .int32(-7), "large": .int64(1 << 40),
        "regex": .other(type: 0x0B, bytes: [97, 0, 105, 0]), "decimal": .other(type: 0x13, bytes: .init(0..<16)),
        "": "",
    ]

    @Test("a document is read back as it was written")
    func roundTrip() throws {
        let bytes = try Self.everything.bytes()
        #expect(try BSONDocument(bytes: bytes) == Self.everything)
    }

    @Test("the bytes are those of the specification")
    func goldenBytes() throws {
        // Both from bsonspec.org, "FAQ".
        let hello: BSONDocument = ["hello": "world"]
        #expect(try hello.bytes() == Array("\u{16}\0\0\0\u{02}hello\0\u{06}\0\0\0world\0\0".utf8))
        let array: BSONDocument = ["BSON": ["awesome", .double(5.05), 1986]]
        let expected: [UInt8] =
            Array("1\0\0\0\u{04}BSON\0&\0\0\0\u{02}0\0\u{08}\0\0\0awesome\0\u{01}1\0".utf8)
            + [0x33, 0x33, 0x33, 0x33, 0x33, 0x33, 0x14, 0x40] + Array("\u{10}2\0".utf8) + [0xC2, 0x07, 0, 0, 0, 0]
        #expect(try array.bytes() == expected)
    }

    @Test("dates are kept to the millisecond and rounded towards the past")
    func dates() throws {
        for (given, kept) in [(1_999, 1_000), (0, 0), (-1, -1_000), (-1_000, -1_000), (-1_001, -2_000)] {
            let document: BSONDocument = ["d": .date(Timestamp(microseconds: Int64(given)))]
            let read = try BSONDocument(bytes: document.bytes())
            #expect(read["d"]?.dateValue == Timestamp(microseconds: Int64(kept)))
        }
    }

    @Test("a key with a zero byte and documents too deep within each other are refused")
    func refusals() throws {
        let zero: BSONDocument = ["a\0b": 1]
        #expect(throws: StorageError.self) { try zero.bytes() }
        var deep: BSONValue = 1
        for _ in 0..<300 { deep = ["a": deep] }
        let document: BSONDocument = ["a": deep]
        #expect(throws: StorageError.self) { try document.bytes() }
    }

    @Test("bytes that were changed or cut off are refused or read as something else, and never do harm")
    func damage() throws {
        let bytes = try Self.everything.bytes()
        for count in 0..<bytes.count {
            #expect(throws: StorageError.self) { try BSONDocument(bytes: bytes.prefix(count)) }
        }
        var random = RepeatableRandom(seed: 7)
        var refused = 0
        for _ in 0..<5_000 {
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                damaged[Int.random(in: damaged.indices, using: &random)] = .random(in: 0...255, using: &random)
            }
            if let document = try? BSONDocument(bytes: damaged) { _ = try? document.bytes() } else { refused += 1 }
        }
        #expect(refused > 1_000)
    }

    @Test(
        "JSON that MongoDB can keep comes back the same",
        arguments: [nil, true, 7, 1.5, "text", [], [1, [nil]], ["a": ["b": "ü\u{1F600}"]], .integer(1 << 40)]
            as [JSONValue])
    func json(value: JSONValue) throws {
        let document: BSONDocument = ["value": try #require(BSONValue(json: value))]
        #expect(try BSONDocument(bytes: document.bytes())["value"]?.json == value)
    }

    @Test("JSON that MongoDB could not keep is told apart")
    func foreignJSON() {
        #expect(BSONValue(json: ["$where": 1]) == nil)
        #expect(BSONValue(json: [["a\0": 1]]) == nil)
        var deep: JSONValue = 1
        for _ in 0..<80 { deep = [deep] }
        #expect(BSONValue(json: deep) == nil)
    }

    @Test("an identifier has twelve bytes")
    func identifiers() {
        let id = ObjectID.next()
        #expect(ObjectID(bytes: id.bytes) == id)
        #expect(ObjectID(bytes: id.bytes.dropLast()) == nil)
        #expect(ObjectID(bytes: id.bytes + [0]) == nil)
    }
}
