import Imaging
import Testing

struct ImageLimitsTests {
    /// Headers of pictures that are nothing but their header, for a size.
    static let headers: [(name: String, make: @Sendable (Int, Int) -> [UInt8])] = [
        ("png", Self.png), ("gif", Self.gif), ("bmp", Self.bmp), ("jpeg", Self.jpeg),
    ]

    @Test("a picture of exactly the limits is read, of one more not")
    func exactly() throws {
        let bytes = try GoldenFiles.bytes("png-type2-8bit.png")
        var limits = ImageLimits()
        (limits.maximumBytes, limits.maximumPixels, limits.maximumSide) = (bytes.count, 13 * 9, 13)
        #expect(try ImageDecoder(limits: limits).decode(bytes, as: .gray).width == 13)
        limits.maximumBytes -= 1
        #expect(throws: ImageError.tooManyBytes(bytes.count, limit: bytes.count - 1)) {
            try ImageDecoder(limits: limits).decode(bytes, as: .gray)
        }
        limits.maximumBytes += 1
        limits.maximumPixels -= 1
        #expect(throws: ImageError.tooManyPixels(width: 13, height: 9, limit: 116)) {
            try ImageDecoder(limits: limits).header(of: bytes)
        }
        limits.maximumPixels += 1
        limits.maximumSide -= 1
        #expect(throws: ImageError.sideTooLong(width: 13, height: 9, limit: 12)) {
            try ImageDecoder(limits: limits).decode(bytes, as: .gray)
        }
    }

    @Test("30,000 × 30,000 pixels are refused by the header", arguments: 0..<4)
    func tooLarge(kind: Int) {
        let bytes = Self.headers[kind].make(30_000, 30_000)
        #expect(throws: ImageError.tooManyPixels(width: 30_000, height: 30_000, limit: 50_000_000)) {
            try ImageDecoder().decode(bytes, as: .rgba)
        }
    }

    @Test("a header that promises more than the data can hold is refused before memory is taken", arguments: 0..<4)
    func lying(kind: Int) {
        let bytes = Self.headers[kind].make(7_000, 7_000)
        #expect(throws: ImageError.self) { try ImageDecoder().decode(bytes, as: .rgba) }
    }

    @Test("sizes that overflow are refused", arguments: [(Int(Int32.max), Int(Int32.max)), (1 << 32 - 1, 1)])
    func overflow(width: Int, height: Int) {
        for header in [Self.png(width, height), Self.bmp(width, height)] {
            #expect(throws: ImageError.self) { try ImageDecoder().decode(header, as: .rgba) }
        }
    }

    @Test("pictures without pixels are refused", arguments: 0..<4)
    func noPixels(kind: Int) {
        for (width, height) in [(0, 5), (5, 0), (0, 0)] {
            #expect(throws: ImageError.self) {
                try ImageDecoder().header(of: Self.headers[kind].make(width, height))
            }
        }
    }

    @Test("messages name the limit and the value seen")
    func messages() {
        #expect(
            "\(ImageError.tooManyPixels(width: 30_000, height: 30_000, limit: 50_000_000))"
                == "the picture is 30000 × 30000 pixels; at most 50000000 pixels are allowed")
        #expect("\(ImageError.tooManyBytes(30, limit: 20))" == "the picture has 30 bytes; at most 20 are allowed")
    }

    private static func big(_ value: Int) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
    }

    private static func little(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    @Sendable private static func png(_ width: Int, _ height: Int) -> [UInt8] {
        func chunk(_ type: String, _ body: [UInt8]) -> [UInt8] {
            let named = Array(type.utf8) + body
            return big(body.count) + named + big(Int(crc(named)))
        }
        let empty: [UInt8] = [0x78, 0x9C, 0x03, 0, 0, 0, 0, 1]
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
            + chunk("IHDR", big(width) + big(height) + [8, 6, 0, 0, 0])
            + chunk("IDAT", empty) + chunk("IEND", [])
    }

    private static func crc(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(UInt32.max) { sum, byte in
            (0..<8).reduce(sum ^ UInt32(byte)) { value, _ in value >> 1 ^ (value & 1 == 1 ? 0xEDB8_8320 : 0) }
        }
    }

    @Sendable private static func gif(_ width: Int, _ height: Int) -> [UInt8] {
        let size = little(width, 2) + little(height, 2)
        return Array("GIF89a".utf8) + size + [0, 0, 0, 0x2C, 0, 0, 0, 0] + size + [0, 2, 2, 0x4C, 1, 0, 0x3B]
    }

    @Sendable private static func bmp(_ width: Int, _ height: Int) -> [UInt8] {
        Array("BM".utf8) + little(58, 4) + little(0, 4) + little(54, 4) + little(40, 4) + little(width, 4)
            + little(height, 4) + little(1, 2) + little(24, 2) + [UInt8](repeating: 0, count: 28)
    }

    @Sendable private static func jpeg(_ width: Int, _ height: Int) -> [UInt8] {
        let size = Array(big(height).suffix(2) + big(width).suffix(2))
        return [0xFF, 0xD8, 0xFF, 0xC0, 0, 11, 8] + size + [
            1, 1, 0x11, 0, 0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0, 0, 0xFF,
        ]
            + [0xD9]
    }
}
