/// Decodes the first frame of a GIF (GIF89a specification), placed on its canvas.
struct GIFDecoder: PictureSource {
    let header: ImageHeader
    private let bytes: [UInt8]
    private let frame: Frame
    private let palette: Range<Int>?
    private let transparent: UInt8?

    /// The longest run a code of at least three bits can stand for, in pixels a byte.
    private static let mostPixelsPerByte = 4096 * 8 / 3

    private struct Frame {
        var left = 0
        var top = 0
        var width = 0
        var height = 0
        var isInterlaced = false
        var dataStart = 0
    }

    init(_ bytes: [UInt8]) throws(ImageError) {
        self.bytes = bytes
        var reader = BlockReader(bytes: bytes, offset: 6)
        guard let screenWidth = bytes.little16(at: 6), let screenHeight = bytes.little16(at: 8),
            let flags = bytes.byte(at: 10)
        else { throw .truncated(.gif) }
        reader.offset = 13
        let globalPalette = try reader.palette(flags: flags)
        var transparent: UInt8?
        while true {
            switch try reader.byte() {
            case 0x21:  // an extension
                let label = try reader.byte()
                let first = try reader.subBlock()
                if label == 0xF9, first.count >= 4, bytes[first.lowerBound] & 1 == 1 {
                    transparent = bytes[first.lowerBound + 3]
                }
                if !first.isEmpty { try reader.skipSubBlocks() }
            case 0x2C:  // a frame
                var frame = Frame()
                frame.left = try reader.little16()
                frame.top = try reader.little16()
                frame.width = try reader.little16()
                frame.height = try reader.little16()
                let frameFlags = try reader.byte()
                frame.isInterlaced = frameFlags & 0x40 != 0
                palette = try reader.palette(flags: frameFlags) ?? globalPalette
                frame.dataStart = reader.offset
                self.frame = frame
                self.transparent = transparent
                // A frame larger than the canvas enlarges it, as in Pillow.
                header = ImageHeader(
                    format: .gif, width: max(screenWidth, frame.left + frame.width),
                    height: max(screenHeight, frame.top + frame.height), hasAlpha: transparent != nil,
                    isAnimated: reader.hasAnotherFrame())
                return
            case 0x3B: throw .corrupt(.gif, reason: "it has no picture")
            default: continue
            }
        }
    }

    func decode(_ converter: RowConverter) throws(ImageError) -> PixelImage {
        guard frame.width > 0, frame.height > 0 else { throw .corrupt(.gif, reason: "its frame has no pixels") }
        var reader = BlockReader(bytes: bytes, offset: frame.dataStart)
        let codeSize = try reader.byte()
        let data = reader.remainingData()
        // Both sides have 16 bits, so the products cannot overflow.
        guard frame.width * frame.height / Self.mostPixelsPerByte <= data.count else { throw .truncated(.gif) }
        let indices = try LZW.unpack(data, codeSize: Int(codeSize), count: frame.width * frame.height)
        let table = colors().map(converter.pixel)
        let (width, height, channels) = (header.width, header.height, converter.format.channels)
        var image = PixelImage(width: width, height: height, format: converter.format)
        let background = table[Int(transparent ?? 0)]
        image.pixels.withUnsafeMutableBufferPointer { pixels in
            func write(_ pixel: UInt32, at index: Int) {
                for channel in 0..<channels {
                    pixels[index * channels + channel] = UInt8(truncatingIfNeeded: pixel >> UInt32(8 * channel))
                }
            }
            if frame.width < width || frame.height < height {
                for index in 0..<width * height { write(background, at: index) }
            }
            for (row, y) in rowOrder().enumerated() {
                let start = (frame.top + y) * width + frame.left
                for x in 0..<frame.width { write(table[Int(indices[row * frame.width + x])], at: start + x) }
            }
        }
        return image
    }

    private func rowOrder() -> [Int] {
        guard frame.isInterlaced else { return Array(0..<frame.height) }
        return [(0, 8), (4, 8), (2, 4), (1, 2)].flatMap { stride(from: $0.0, to: frame.height, by: $0.1) }
    }

    /// The colour of each index: of the frame's palette, of the global one, or grey levels without any.
    private func colors() -> [Color] {
        (0...255).map { index in
            var color = Color.opaqueBlack
            if let palette {
                let entry = palette.lowerBound + 3 * index
                if entry + 2 < palette.upperBound {
                    (color.red, color.green, color.blue) = (bytes[entry], bytes[entry + 1], bytes[entry + 2])
                }
            } else {
                let level = UInt8(index)
                (color.red, color.green, color.blue) = (level, level, level)
            }
            if let transparent, index == transparent { color.alpha = 0 }
            return color
        }
    }
}

/// A cursor over the blocks of a GIF.
private struct BlockReader {
    let bytes: [UInt8]
    var offset: Int

    mutating func byte() throws(ImageError) -> UInt8 {
        guard let byte = bytes.byte(at: offset) else { throw .truncated(.gif) }
        offset += 1
        return byte
    }

    mutating func little16() throws(ImageError) -> Int {
        guard let value = bytes.little16(at: offset) else { throw .truncated(.gif) }
        offset += 2
        return value
    }

    /// Moves over a palette if the flags tell of one.
    mutating func palette(flags: UInt8) throws(ImageError) -> Range<Int>? {
        guard flags & 0x80 != 0 else { return nil }
        let length = 3 << (Int(flags & 7) + 1)
        guard offset + length <= bytes.count else { throw .truncated(.gif) }
        defer { offset += length }
        return offset..<offset + length
    }

    /// Moves over one block of up to 255 bytes; empty for the terminator.
    mutating func subBlock() throws(ImageError) -> Range<Int> {
        let length = Int(try byte())
        guard offset + length <= bytes.count else { throw .truncated(.gif) }
        defer { offset += length }
        return offset..<offset + length
    }

    mutating func skipSubBlocks() throws(ImageError) {
        while try !subBlock().isEmpty {}
    }

    /// The joined blocks up to the terminator or the end of the file.
    mutating func remainingData() -> [UInt8] {
        var data: [UInt8] = []
        while let length = bytes.byte(at: offset), length > 0 {
            data += bytes[offset + 1..<min(offset + 1 + Int(length), bytes.count)]
            offset += 1 + Int(length)
        }
        return data
    }

    /// Whether a frame follows the one whose data starts here; a file cut there has none.
    func hasAnotherFrame() -> Bool {
        var reader = self
        do throws(ImageError) {
            _ = try reader.byte()
            try reader.skipSubBlocks()
            while true {
                switch try reader.byte() {
                case 0x21:
                    _ = try reader.byte()
                    try reader.skipSubBlocks()
                case 0x2C: return true
                case 0x3B: return false
                default: continue
                }
            }
        } catch {
            return false
        }
    }
}
