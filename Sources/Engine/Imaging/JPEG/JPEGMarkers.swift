/// The markers of a JPEG file up to its first scan (ITU-T T.81, annex B).
struct JPEGMarkers {
    private(set) var width = 0
    private(set) var height = 0
    private(set) var components = 0
    private(set) var isArithmetic = false
    private(set) var orientation = Orientation.upright
    /// Where the first scan's header starts.
    private(set) var scanStart = 0

    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) throws(ImageError) {
        self.bytes = bytes
        var offset = 2
        while true {
            let (code, body) = try segment(after: &offset)
            switch code {
            case 0xDA:
                scanStart = body.lowerBound
                guard components > 0 else { throw .corrupt(.jpeg, reason: "a scan comes before the frame header") }
                return
            case 0xC0...0xCF where ![0xC4, 0xC8, 0xCC].contains(code):
                // A second frame header does not change the first: the codec refuses it when decoding.
                if components == 0 { try readFrame(code, body) }
            case 0xE1 where bytes.holds("Exif\0\0", at: body.lowerBound):
                orientation = Orientation(exif: bytes, in: body)
            case 0xD9: throw .truncated(.jpeg)
            default: break
            }
            offset = body.upperBound
        }
    }

    /// Whether an end marker follows the scans; a file cut short has none.
    ///
    /// Its two bytes cannot stand in packed pixels, whose 0xFF are always followed by 0.
    var hasEnd: Bool {
        var end = bytes.count
        while let last = bytes[scanStart..<end].lastIndex(of: 0xD9), last > scanStart {
            if bytes[last - 1] == 0xFF { return true }
            end = last
        }
        return false
    }

    /// Reads the next marker from `offset` on and the range of its segment's contents.
    private func segment(after offset: inout Int) throws(ImageError) -> (code: UInt8, body: Range<Int>) {
        while true {
            guard let mark = bytes[min(offset, bytes.count)...].firstIndex(of: 0xFF) else { throw .truncated(.jpeg) }
            offset = mark
            while bytes.byte(at: offset) == 0xFF { offset += 1 }
            guard let code = bytes.byte(at: offset) else { throw .truncated(.jpeg) }
            offset += 1
            if [0x00, 0x01].contains(code) || (0xD0...0xD8).contains(code) { continue }
            if code == 0xD9 { return (code, offset..<offset) }
            guard let length = bytes.big16(at: offset) else { throw .truncated(.jpeg) }
            guard length <= bytes.count - offset else { throw .truncated(.jpeg) }
            return (code, offset + 2..<max(offset + 2, offset + length))
        }
    }

    private mutating func readFrame(_ code: UInt8, _ body: Range<Int>) throws(ImageError) {
        guard body.count >= 6 else { throw .corrupt(.jpeg, reason: "the frame header is too short") }
        switch code {
        case 0xC3, 0xC7, 0xCB, 0xCF: throw .unsupported("lossless JPEG")
        case 0xC5, 0xC6, 0xCD, 0xCE: throw .unsupported("hierarchical JPEG")
        default: break
        }
        let precision = bytes[body.lowerBound]
        guard precision == 8 else { throw .unsupported("\(precision)-bit JPEG") }
        height = bytes.big16(at: body.lowerBound + 1) ?? 0
        width = bytes.big16(at: body.lowerBound + 3) ?? 0
        components = Int(bytes[body.lowerBound + 5])
        guard [1, 3, 4].contains(components) else { throw .unsupported("\(components)-channel JPEG") }
        isArithmetic = code >= 0xC9
    }
}
