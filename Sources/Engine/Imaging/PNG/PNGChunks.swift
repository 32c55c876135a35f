import CDeflate

/// The chunks of a PNG file (ISO/IEC 15948): everything but the pixels.
///
/// Checksums are verified up to the pixel data, as in Pillow; the pixel data has a checksum of its own.
struct PNGChunks {
    enum ColorType: Int {
        case gray = 0
        case rgb = 2
        case indexed = 3
        case grayAlpha = 4
        case rgba = 6

        var channels: Int {
            switch self {
            case .gray, .indexed: 1
            case .grayAlpha: 2
            case .rgb: 3
            case .rgba: 4
            }
        }

        var allowedDepths: [Int] {
            switch self {
            case .gray: [1, 2, 4, 8, 16]
            case .indexed: [1, 2, 4, 8]
            case .rgb, .grayAlpha, .rgba: [8, 16]
            }
        }
    }

    private(set) var width = 0
    private(set) var height = 0
    private(set) var depth = 0
    private(set) var color = ColorType.gray
    private(set) var isInterlaced = false
    private(set) var palette: Range<Int>?
    private(set) var transparency: Range<Int>?
    private(set) var orientation = Orientation.upright
    private(set) var isAnimated = false
    /// Where the compressed pixels lie, in order.
    private(set) var data: [Range<Int>] = []

    private static let signatureLength = 8

    init(_ bytes: [UInt8]) throws(ImageError) {
        var offset = Self.signatureLength
        while let length = bytes.big32(at: offset) {
            let start = offset + 8
            guard start <= bytes.count else { break }
            let body = start..<min(start + length, bytes.count)
            if !data.isEmpty {
                if bytes.holds("IDAT", at: offset + 4) {
                    // Data after other chunks is no part of the picture.
                    if data.last.map({ $0.upperBound + 4 }) == offset { data.append(body) }
                } else if bytes.holds("IEND", at: offset + 4) {
                    break
                } else if bytes.holds("eXIf", at: offset + 4) {
                    orientation = Orientation(exif: bytes, in: body)
                }
            } else if bytes.holds("IDAT", at: offset + 4) {
                data.append(body)
            } else {
                guard start + length + 4 <= bytes.count else { throw .truncated(.png) }
                try Self.checkSum(bytes, body)
                try read(bytes, typeAt: offset + 4, body)
            }
            offset = start + length + 4
        }
        guard width > 0, height > 0 else { throw .corrupt(.png, reason: "it has no valid header") }
        guard !data.isEmpty else { throw .truncated(.png) }
    }

    private static func checkSum(_ bytes: [UInt8], _ body: Range<Int>) throws(ImageError) {
        let sum = bytes[body.lowerBound - 4..<body.upperBound].withUnsafeBytes {
            libdeflate_crc32(0, $0.baseAddress, $0.count)
        }
        guard bytes.big32(at: body.upperBound) == Int(sum) else {
            throw .corrupt(.png, reason: "the checksum of a chunk is wrong")
        }
    }

    private mutating func read(_ bytes: [UInt8], typeAt type: Int, _ body: Range<Int>) throws(ImageError) {
        let isName = bytes[type..<type + 4].allSatisfy {
            (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x5F
        }
        guard isName else { throw .corrupt(.png, reason: "the type of a chunk is not a name") }
        if bytes.holds("IHDR", at: type) {
            try readHeader(bytes, body)
        } else if bytes.holds("PLTE", at: type) {
            palette = body
        } else if bytes.holds("tRNS", at: type) {
            transparency = body
        } else if bytes.holds("eXIf", at: type) {
            orientation = Orientation(exif: bytes, in: body)
        } else if bytes.holds("acTL", at: type) {
            isAnimated = bytes.big32(at: body.lowerBound).map { $0 > 1 } ?? false
        } else if bytes.holds("IEND", at: type) {
            throw .truncated(.png)
        }
    }

    private mutating func readHeader(_ bytes: [UInt8], _ body: Range<Int>) throws(ImageError) {
        guard body.count >= 13 else { throw .corrupt(.png, reason: "the header is too short") }
        let fields = Array(bytes[body])
        width = fields.big32(at: 0) ?? 0
        height = fields.big32(at: 4) ?? 0
        depth = Int(fields[8])
        guard let color = ColorType(rawValue: Int(fields[9])), color.allowedDepths.contains(depth) else {
            throw .corrupt(.png, reason: "colour type \(fields[9]) with \(depth) bits does not exist")
        }
        self.color = color
        guard fields[11] == 0 else { throw .corrupt(.png, reason: "filter method \(fields[11]) does not exist") }
        isInterlaced = fields[12] != 0
        guard width <= Int(Int32.max), height <= Int(Int32.max) else {
            throw .corrupt(.png, reason: "its size is \(width) × \(height) pixels")
        }
    }
}
