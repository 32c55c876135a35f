import TestSupport
import Testing

@testable import ModelFiles

/// Packed files that lie, are damaged, or hold more than they should.
@Suite("Compressed files")
struct CompressionTests {
    static let packed: [String: [UInt8]] = PickleGoldenTests.all.first { $0.name == "joblib" }?.pickles ?? [:]

    /// `(name, first bytes)` of the golden files that are packed.
    static let forms: [(name: String, compression: Compression)] = [
        ("zlib", .zlib), ("gzip", .gzip), ("bz2", .bzip2), ("xz", .xz), ("lzma", .lzma), ("lz4", .lz4),
    ]

    private static func unpack(_ bytes: [UInt8], limits: ModelFileLimits = .standard) throws(ModelFileError) -> [UInt8]
    {
        guard let compression = Compression(start: Array(bytes.prefix(16))) else {
            throw ModelFileError(.unknownFormat, "not packed")
        }
        return try compression.unpack(FileBytes(bytes), limits: limits).array()
    }

    @Test("each is known by its first bytes", arguments: forms)
    func known(name: String, compression: Compression) throws {
        let bytes = try #require(Self.packed[name])
        #expect(Compression(start: Array(bytes.prefix(16))) == compression)
        let plain = try Self.unpack(bytes)
        #expect(plain.first == 0x80 && plain.last == UInt8(ascii: "."))
    }

    @Test("two files one after another are unpacked as one, and zeros after them are ignored", arguments: forms)
    func members(name: String, compression: Compression) throws {
        let bytes = try #require(Self.packed[name])
        let plain = try Self.unpack(bytes)
        #expect(try Self.unpack(bytes + bytes) == plain + plain)
        #expect(try Self.unpack(bytes + [0, 0, 0, 0]) == plain)
    }

    @Test("something else after the end is refused", arguments: forms)
    func trailing(name: String, compression: Compression) throws {
        let bytes = try #require(Self.packed[name])
        let error = #expect(throws: ModelFileError.self) { try Self.unpack(bytes + [1, 2, 3]) }
        #expect(error?.message == "the \(compression.rawValue) file is followed by something else")
    }

    @Test("a file that is cut off anywhere is refused", arguments: forms)
    func cut(name: String, compression: Compression) throws {
        let bytes = try #require(Self.packed[name])
        for length in compression.signature.count + 3..<bytes.count {
            let error = #expect(throws: ModelFileError.self) { try Self.unpack(Array(bytes[..<length])) }
            if error?.kind != .damaged { Issue.record("cut at \(length): \(error?.message ?? "read")") }
        }
    }

    @Test("flipped bits give bytes or one clear line, never a crash", arguments: forms, 0..<2)
    func flips(form: (name: String, compression: Compression), seed: Int) throws {
        let bytes = try #require(Self.packed[form.name])
        var random = RepeatableRandom(seed: seed)
        for _ in 0..<2 * HostileFileTests.rounds {
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                damaged[Int.random(in: 0..<bytes.count, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            }
            let (_, error) = DamagedPickleTests.read(damaged)
            if let error, error.message.isEmpty || error.message.contains(where: \.isNewline) {
                Issue.record("the message '\(error.message)'")
            }
        }
    }

    @Test("the limit holds: at it, and one byte below it", arguments: forms)
    func limit(name: String, compression: Compression) throws {
        let bytes = try #require(Self.packed[name])
        let plain = try Self.unpack(bytes)
        var limits = ModelFileLimits.standard
        limits.maximumBytes = plain.count
        #expect(try Self.unpack(bytes, limits: limits) == plain)
        limits.maximumBytes = plain.count - 1
        let error = #expect(throws: ModelFileError.self) { try Self.unpack(bytes, limits: limits) }
        #expect(error?.kind == .tooLarge)
        #expect(error?.message.contains("unpacks to more than \(plain.count - 1) bytes") == true)
    }

    @Test("what unpacks to far more than its size is refused")
    func bombLimit() {
        #expect(Compression.limit(packed: 1000, limits: .standard) == 64 << 20)
        #expect(Compression.limit(packed: 1 << 20, limits: .standard) == 256 << 20)
        #expect(Compression.limit(packed: .max, limits: .standard) == ModelFileLimits.standard.maximumBytes)
    }

    @Test("a dictionary of gigabytes is refused before it is allocated")
    func dictionary() {
        let header: [UInt8] = [0x5D, 0x00, 0x00, 0xFF, 0xFF] + [UInt8](repeating: 0xFF, count: 8)
        let error = #expect(throws: ModelFileError.self) {
            try Self.unpack([0x5D, 0x00, 0x00, 0x00, 0x80] + header.dropFirst(5) + [UInt8](repeating: 0, count: 32))
        }
        #expect(error?.kind == .tooLarge)
        #expect(error?.message == "the lzma file needs too much memory to be unpacked")
    }

    @Test("a packed file without a pickle, and joblib's oldest format, are told apart")
    func others() {
        // "hello" as gzip stores it.
        let hello: [UInt8] = [
            0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 0xCB, 0x48, 0xCD, 0xC9, 0xC9, 7, 0, 0x86, 0xA6, 0x10, 0x36, 5, 0, 0, 0,
        ]
        #expect(DamagedPickleTests.read(hello).error?.message == "the gzip file holds no pickle; unpack it first")
        let old = Array("ZF0x10              ".utf8)
        #expect(DamagedPickleTests.read(old).error?.message.contains("before 0.10") == true)
    }
}
