import Foundation
import JSON
import Storage
import Testing

struct ObjectIDTests {
    @Test("an identifier is made of time, random bytes and a counter")
    func layout() {
        let id = ObjectID(seconds: 0x507F_1F77, random: 0xBC_F86C_D799, counter: 0x43_9011)
        #expect(id.description == "507f1f77bcf86cd799439011")
        #expect(id.bytes == [0x50, 0x7F, 0x1F, 0x77, 0xBC, 0xF8, 0x6C, 0xD7, 0x99, 0x43, 0x90, 0x11])
        #expect(id.seconds == 0x507F_1F77)
        #expect(id.json == "507f1f77bcf86cd799439011")
    }

    @Test("an identifier reads back from its text, in either case")
    func parsing() throws {
        let id = try #require(ObjectID("507f1f77bcf86cd799439011"))
        #expect(id.description == "507f1f77bcf86cd799439011")
        #expect(ObjectID("507F1F77BCF86CD799439011") == id)
    }

    @Test(
        "only 24 hexadecimal digits are an identifier",
        arguments: [
            "", "507f1f77bcf86cd79943901", "507f1f77bcf86cd7994390111", "507f1f77bcf86cd79943901g",
            " 507f1f77bcf86cd799439011", "507f1f77bcf86cd799439011\n", "５07f1f77bcf86cd799439011",
            "../../../../etc/passwd!!",
        ])
    func strictness(text: String) {
        #expect(ObjectID(text) == nil)
    }

    @Test("the counter wraps around within its three bytes and leaves the rest alone")
    func counter() {
        let generator = ObjectIDGenerator(seconds: { 1 }, random: 2, firstCounter: 0xFF_FFFF)
        #expect(generator.next().description == "000000010000000002ffffff")
        #expect(generator.next().description == "000000010000000002000000")
    }

    @Test("identifiers made by many tasks at once differ and sort by their second")
    func uniqueness() async {
        let made = await withTaskGroup(of: [ObjectID].self) { group in
            for _ in 0..<8 { group.addTask { (0..<1_000).map { _ in ObjectID.next() } } }
            return await group.reduce(into: Set<ObjectID>()) { $0.formUnion($1) }
        }
        #expect(made.count == 8_000)
        let early = ObjectID(seconds: 1, random: .max, counter: .max)
        let late = ObjectID(seconds: 2, random: 0, counter: 0)
        #expect(early < late && early.description < late.description)
    }
}

struct ContentHashTests {
    /// Vectors of FIPS 180-4, as published by NIST with the standard.
    @Test(
        "hashes equal the published ones",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
        ])
    func vectors(content: String, hash: String) {
        #expect(ContentHash(of: content.utf8).description == hash)
        #expect(ContentHash(hash.uppercased()) == ContentHash(of: content.utf8))
    }

    @Test(
        "a file hashes as its bytes, also when they come in pieces",
        arguments: [0, 1, (1 << 20) - 1, 1 << 20, 2_500_000])
    func file(size: Int) throws {
        let folder = try TemporaryFolder()
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try Data(bytes).write(to: folder.file("content"))
        var hasher = ContentHasher()
        for start in stride(from: 0, to: size, by: 77_777) { hasher.update(bytes[start..<min(size, start + 77_777)]) }
        #expect(try ContentHash(ofFile: folder.file("content")) == ContentHash(of: bytes))
        #expect(hasher.finish() == ContentHash(of: bytes))
    }

    @Test("a missing file has no hash, and a text of another length is none")
    func faults() throws {
        let folder = try TemporaryFolder()
        #expect(throws: StorageError.self) { try ContentHash(ofFile: folder.file("absent")) }
        #expect(ContentHash("ba7816") == nil)
        #expect(ContentHash(bytes: [1, 2]) == nil)
    }
}

struct ObjectKeyTests {
    @Test(
        "a key is made of segments",
        arguments: ["a", "models/3f/3f-9_x.onnx", "A.b", String(repeating: "x", count: 200)])
    func valid(text: String) throws {
        #expect(try ObjectKey(text).text == text)
    }

    @Test(
        "what could lead out of the store, or differ between stores, is no key",
        arguments: [
            "", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/.hidden", ".incoming/x", "a\\b", "a b", "é",
            "a\u{0}",
            "a\n", "%2e%2e", "a:b", "~", String(repeating: "x", count: 201),
            Array(repeating: String(repeating: "x", count: 99), count: 6).joined(separator: "/"),
        ])
    func invalid(text: String) {
        #expect { try ObjectKey(text) } throws: { error in
            guard case StorageError.invalidValue(let message)? = error as? StorageError else { return false }
            return message.contains("key")
        }
    }

    @Test("content is kept under its hash, a folder for each first byte")
    func hashed() throws {
        let key = try ObjectKey(folder: "pictures", hash: ContentHash(of: "abc".utf8))
        #expect(key.text == "pictures/ba/ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }
}
