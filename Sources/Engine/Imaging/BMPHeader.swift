/// The headers of a BMP file.
struct BMPHeader {
    enum Compression: Int {
        case none = 0
        case runLength8 = 1
        case runLength4 = 2
        case bitFields = 3
    }

    private(set) var width: Int
    private(set) var height: Int
    private(set) var bits: Int
    private(set) var isTopDown = false
    private(set) var compression = Compression.none
    /// Red, green, blue and alpha; of files with bit fields only.
    private(set) var masks: [Int] = []
    /// Where the palette lies, and the bytes of an entry, blue first.
    private(set) var palette: Range<Int> = 0..<0
    private(set) var paletteEntryLength = 4
    /// Where the pixels start.
    private(set) var dataStart: Int

    private static let fileHeaderLength = 14
    private static let mostColors = 65536

    init(_ bytes: [UInt8]) throws(ImageError) {
        let start = Self.fileHeaderLength
        guard let offset = bytes.little32(at: 10), let length = bytes.little32(at: start) else {
            throw .truncated(.bmp)
        }
        guard [12, 40, 52, 56, 64, 108, 124].contains(length) else {
            throw .unsupported("BMP with a header of \(length) bytes")
        }
        guard start + length <= bytes.count else { throw .truncated(.bmp) }
        let fields = Array(bytes[start..<start + length])
        var position = start + length
        var colors = 0
        if length == 12 {
            width = fields.little16(at: 4) ?? 0
            height = fields.little16(at: 6) ?? 0
            bits = fields.little16(at: 10) ?? 0
            paletteEntryLength = 3
        } else {
            width = fields.little32(at: 4) ?? 0
            height = fields.little32(at: 8) ?? 0
            isTopDown = fields[11] == 0xFF
            if isTopDown { height = 1 << 32 - height }
            bits = fields.little16(at: 14) ?? 0
            let code = fields.little32(at: 16) ?? 0
            guard let compression = Compression(rawValue: code) else {
                throw .unsupported("BMP with compression \(code)")
            }
            self.compression = compression
            colors = fields.little32(at: 32) ?? 0
        }
        if compression == .bitFields {
            let outside = length < 52
            for index in 0..<(length >= 56 ? 4 : 3) {
                let place = outside ? position + 4 * index : start + 40 + 4 * index
                guard let mask = bytes.little32(at: place) else { throw .truncated(.bmp) }
                masks.append(mask)
            }
            if masks.count == 3 { masks.append(0) }
            if outside { position += 12 }
        }
        dataStart = offset == 0 ? position : offset
        guard [1, 4, 8, 16, 24, 32].contains(bits) else {
            throw .unsupported("BMP with \(bits) bits a pixel")
        }
        if bits <= 8 {
            try readPalette(
                bytes, colors, position, isOffsetOfPalette: offset == start + length, isOffsetMissing: offset == 0)
        }
    }

    private mutating func readPalette(
        _ bytes: [UInt8], _ count: Int, _ position: Int, isOffsetOfPalette: Bool, isOffsetMissing: Bool
    ) throws(ImageError) {
        let colors = count == 0 ? 1 << bits : count
        guard colors <= Self.mostColors else { throw .corrupt(.bmp, reason: "its palette has \(colors) colours") }
        let end = min(position + colors * paletteEntryLength, bytes.count)
        palette = position..<max(position, end)
        // Some writers forget the palette when they say where the pixels start.
        if isOffsetOfPalette { dataStart += colors * paletteEntryLength }
        if isOffsetMissing { dataStart = end }
    }
}
