import TestSupport
import Testing

@testable import ModelFiles

/// Archives made to fool those who unpack them.
@Suite("Hostile archives")
struct ZipArchiveTests {
    /// Opens an archive and unpacks all of it, as far as the limit allows.
    static func unpack(_ bytes: [UInt8], maximumBytes: Int = 1 << 20) throws(ModelFileError) -> [String: [UInt8]] {
        let archive = try ZipArchive(FileBytes(bytes), limits: .standard)
        var contents: [String: [UInt8]] = [:]
        for name in archive.names { contents[name] = try archive.entry(name, maximumBytes: maximumBytes)?.array() }
        return contents
    }

    static func refusal(_ entries: [StoredZip.Entry], maximumBytes: Int = 1 << 20) -> ModelFileError? {
        do throws(ModelFileError) {
            _ = try unpack(StoredZip(entries).bytes(), maximumBytes: maximumBytes)
            return nil
        } catch {
            return error
        }
    }

    static func entry(_ name: String, _ change: (inout StoredZip.Entry) -> Void = { _ in }) -> StoredZip.Entry {
        var entry = StoredZip.Entry(name, Array("content".utf8))
        change(&entry)
        return entry
    }

    @Test("an honest archive is unpacked")
    func honest() throws {
        let bytes = StoredZip([Self.entry("a"), Self.entry("folder/b.bin"), .init("empty", [])]).bytes()
        let content = Array("content".utf8)
        #expect(try Self.unpack(bytes) == ["a": content, "folder/b.bin": content, "empty": []])
    }

    @Test(
        "names that lead out of a folder are refused",
        arguments: [
            "../a", "a/../../b", "/etc/passwd", "\\windows", "..\\a", "a\\..\\b", "C:/a", "c:a", "a/..", "..",
            "//server/share",
        ])
    func slip(name: String) {
        let error = Self.refusal([Self.entry("good"), Self.entry(name)])
        #expect(error?.kind == .refused, "\(error?.message ?? "unpacked")")
        #expect(error?.message.contains("leads out of it") == true)
    }

    @Test("names that only look odd are no harm", arguments: ["a..b", "...", "a/b..", ".hidden", "é", "a b"])
    func odd(name: String) { #expect(Self.refusal([Self.entry(name)]) == nil) }

    @Test("control characters and endless names do not reach the message")
    func controls() {
        let name = "../a\nb\u{1B}[31m\u{202E}\u{2028}" + String(repeating: "y", count: 5000)
        let message = ModelFileError(.refused, "an entry named '\(name)'").message
        #expect(message.hasPrefix("an entry named '../a\u{FFFD}b\u{FFFD}[31m\u{FFFD}\u{FFFD}yyy"))
        #expect(message.unicodeScalars.count == 4001)
        #expect(ModelFileError(.refused, "layer 'é – 層'").message == "layer 'é – 層'")
    }

    @Test("two entries of one name are refused, also where only one header tells")
    func duplicates() {
        #expect(Self.refusal([Self.entry("a"), Self.entry("a")])?.kind == .damaged)
        #expect(Self.refusal([Self.entry("a") { $0.localName = [UInt8(ascii: "b")] }])?.kind == .damaged)
    }

    @Test("a symbolic link is refused")
    func link() {
        let error = Self.refusal([Self.entry("a") { $0.attributes = 0o120777 << 16 }])
        #expect(error?.message == "the archive has an entry named 'a' that is a link; refused")
        #expect(Self.refusal([Self.entry("a") { $0.attributes = 0o100644 << 16 }]) == nil)
    }

    @Test("an encrypted entry is refused")
    func encrypted() { #expect(Self.refusal([Self.entry("a") { $0.flags = 1 }]) != nil) }

    @Test("an unknown way of packing is refused", arguments: [1, 6, 9, 12, 14, 99] as [UInt16])
    func method(_ method: UInt16) { #expect(Self.refusal([Self.entry("a") { $0.method = method }]) != nil) }

    @Test("sizes that lie are refused", arguments: [6, 8, 1000, 0x7FFF_FFFF, 0xFFFF_FFFE, 0xFFFF_FFFF] as [UInt32])
    func sizes(size: UInt32) {
        #expect(Self.refusal([Self.entry("a") { $0.claimedSize = size }]) != nil)
        #expect(Self.refusal([Self.entry("a") { $0.claimedPackedSize = size }]) != nil)
        #expect(Self.refusal([Self.entry("a") { ($0.claimedSize, $0.claimedPackedSize) = (size, size) }]) != nil)
        #expect(
            Self.refusal(
                [Self.entry("a") { ($0.claimedSize, $0.claimedPackedSize) = (size, size) }], maximumBytes: .max)
                != nil)
    }

    @Test("a wrong checksum is refused")
    func checksum() { #expect(Self.refusal([Self.entry("a") { $0.claimedChecksum = 1 }])?.kind == .damaged) }

    @Test("what unpacks to more than the limit is refused before it is unpacked")
    func bomb() {
        // 1 MiB of zeros deflated would be 1 kB; a claim is enough to be refused.
        let error = Self.refusal(
            [Self.entry("a") { ($0.method, $0.claimedSize) = (8, 1 << 21) }], maximumBytes: 1 << 20)
        #expect(error?.kind == .tooLarge)
        let lie = Self.refusal([Self.entry("a") { ($0.method, $0.claimedSize) = (8, 1 << 21) }], maximumBytes: 1 << 30)
        #expect(lie?.kind == .damaged)
        #expect(lie?.message == "the archive lies about 'a'")
    }

    @Test("entries that share their bytes are refused or read as what they are")
    func overlap() throws {
        let shared = Self.entry("a")
        var second = Self.entry("b")
        second.claimedOffset = 0
        #expect(Self.refusal([shared, second])?.kind == .damaged)
        second.localName = shared.name
        // Only the first header lies there now; the second entry's bytes are unused.
        #expect(Self.refusal([shared, second]) != nil)
    }

    @Test("a 64-bit extra field that claims more than there is is refused")
    func zip64() {
        func extra(_ size: UInt64, _ packed: UInt64) -> [UInt8] {
            var bytes: [UInt8] = [1, 0, 16, 0]
            withUnsafeBytes(of: size.littleEndian) { bytes += $0 }
            withUnsafeBytes(of: packed.littleEndian) { bytes += $0 }
            return bytes
        }
        for (size, packed) in [(7, UInt64.max), (UInt64.max, 7), (1 << 40, 1 << 40), (.max, .max), (1 << 63, 0)]
            as [(UInt64, UInt64)]
        {
            let error = Self.refusal(
                [
                    Self.entry("a") {
                        ($0.claimedSize, $0.claimedPackedSize) = (.max, .max)
                        $0.extra = extra(size, packed)
                    }
                ], maximumBytes: .max)
            #expect(error != nil, "\(size) \(packed)")
        }
    }

    @Test("a wrong number of entries is refused", arguments: [0, 2, 0xFFFF] as [UInt16])
    func count(_ count: UInt16) {
        let bytes = StoredZip([Self.entry("a")]).bytes(claimedCount: count)
        #expect(throws: ModelFileError.self) { try Self.unpack(bytes) }
    }

    @Test("too many entries are refused")
    func entries() {
        let entries = (0...4096).map { StoredZip.Entry("e\($0)", []) }
        #expect(Self.refusal(entries)?.kind == .tooLarge)
        #expect(Self.refusal(Array(entries.dropLast())) == nil)
    }

    @Test("an archive inside an archive is data and is not unpacked")
    func nested() throws {
        var bytes = StoredZip([Self.entry("a")]).bytes()
        for _ in 0..<50 { bytes = StoredZip([.init("inner.zip", bytes)]).bytes() }
        #expect(try Self.unpack(bytes).keys.sorted() == ["inner.zip"])
        #expect(HostileFileTests.refusal(bytes) != nil)
    }
}
