/// Decodes BMP: 1, 4, 8, 16, 24 and 32 bits, run-length coded, with bit fields, bottom-up and top-down.
///
/// The variants taken, and how their samples are scaled, are those of Pillow.
struct BMPDecoder: PictureSource {
    let header: ImageHeader
    private let bytes: [UInt8]
    private let fields: BMPHeader
    private let samples: Samples

    /// Where a pixel's samples are.
    private enum Samples {
        case indexed
        /// Five bits each, the highest bit unused.
        case packed555
        case packed565
        /// Byte offsets of red, green, blue and perhaps alpha in a pixel of some bytes.
        case bytes(size: Int, red: Int, green: Int, blue: Int, alpha: Int?)
    }

    init(_ bytes: [UInt8]) throws(ImageError) {
        self.bytes = bytes
        fields = try BMPHeader(bytes)
        samples = try Self.samples(fields)
        var hasAlpha = false
        if case .bytes(_, _, _, _, .some) = samples { hasAlpha = true }
        header = ImageHeader(format: .bmp, width: fields.width, height: fields.height, hasAlpha: hasAlpha)
    }

    func decode(_ converter: RowConverter) throws(ImageError) -> PixelImage {
        let isRunLength = fields.compression == .runLength8 || fields.compression == .runLength4
        let rows = isRunLength ? try unpackedRuns() : ArraySlice(bytes.dropFirst(fields.dataStart))
        let bits = isRunLength ? 8 : fields.bits
        guard let rowBits = checkedProduct(fields.width, bits), rowBits < Int.max - 31 else {
            throw .truncated(.bmp)
        }
        let rowLength = (rowBits + 7) / 8
        let stride = isRunLength ? fields.width : (rowBits + 31) / 32 * 4
        guard let before = checkedProduct(fields.height - 1, stride), rows.count >= rowLength,
            before <= rows.count - rowLength
        else { throw .truncated(.bmp) }
        var image = PixelImage(width: fields.width, height: fields.height, format: converter.format)
        let table = colors()
        let rowPixels = fields.width * converter.format.channels
        var scratch = [UInt8](repeating: 255, count: fields.width * 4)
        for y in 0..<fields.height {
            let source = rows.startIndex + y * stride
            unpack(rows[source..<source + rowLength], bits: bits, table, into: &scratch)
            let target = (fields.isTopDown ? y : fields.height - 1 - y) * rowPixels
            scratch.withUnsafeBufferPointer { scratch in
                image.pixels.withUnsafeMutableBufferPointer { pixels in
                    converter.convert(
                        scratch, layout: .rgba, count: fields.width,
                        into: UnsafeMutableBufferPointer(rebasing: pixels[target..<target + rowPixels]))
                }
            }
        }
        return image
    }

    private static func samples(_ fields: BMPHeader) throws(ImageError) -> Samples {
        let plain = fields.compression == .none
        switch (fields.bits, fields.masks) {
        case (1...8, _) where fields.compression != .bitFields: return .indexed
        case (16, _) where plain: return .packed555
        case (24, _) where plain: return .bytes(size: 3, red: 2, green: 1, blue: 0, alpha: nil)
        case (32, _) where plain: return .bytes(size: 4, red: 2, green: 1, blue: 0, alpha: nil)
        case (16, let masks) where masks.starts(with: [0xF800, 0x7E0, 0x1F]): return .packed565
        case (16, let masks) where masks.starts(with: [0x7C00, 0x3E0, 0x1F]): return .packed555
        case (24, let masks) where masks.starts(with: [0xFF0000, 0xFF00, 0xFF]):
            return .bytes(size: 3, red: 2, green: 1, blue: 0, alpha: nil)
        case (32, [0, 0, 0, 0]): return .bytes(size: 4, red: 2, green: 1, blue: 0, alpha: 3)
        case (32, let masks):
            let places = masks.map { mask in (0..<4).first { mask == 0xFF << (8 * $0) } }
            guard masks.count == 4, let red = places[0], let green = places[1], let blue = places[2],
                masks[3] == 0 || places[3] != nil
            else { throw .unsupported("BMP with these bit fields") }
            return .bytes(size: 4, red: red, green: green, blue: blue, alpha: places[3])
        default: throw .unsupported("BMP with \(fields.bits) bits and this compression")
        }
    }

    /// The colour of each index; missing ones are black.
    private func colors() -> [Color] {
        (0..<256).map { index in
            let entry = fields.palette.lowerBound + index * fields.paletteEntryLength
            guard entry + 2 < fields.palette.upperBound else { return .opaqueBlack }
            return Color(red: bytes[entry + 2], green: bytes[entry + 1], blue: bytes[entry], alpha: 255)
        }
    }

    /// Writes a row as RGBA.
    private func unpack(_ row: ArraySlice<UInt8>, bits: Int, _ table: [Color], into target: inout [UInt8]) {
        row.withUnsafeBufferPointer { row in
            target.withUnsafeMutableBufferPointer { target in
                func write(_ x: Int, _ red: UInt8, _ green: UInt8, _ blue: UInt8, _ alpha: UInt8 = 255) {
                    (target[4 * x], target[4 * x + 1], target[4 * x + 2], target[4 * x + 3]) =
                        (red, green, blue, alpha)
                }
                switch samples {
                case .indexed:
                    let mask = UInt8(truncatingIfNeeded: 1 << bits - 1)
                    for x in 0..<fields.width {
                        let bit = x * bits
                        let color = table[Int(row[bit >> 3] >> UInt8(8 - bits - bit & 7) & mask)]
                        write(x, color.red, color.green, color.blue)
                    }
                case .packed555, .packed565:
                    var greenBits = 5
                    if case .packed565 = samples { greenBits = 6 }
                    let mostGreen = 1 << greenBits - 1
                    for x in 0..<fields.width {
                        let word = Int(row[2 * x]) | Int(row[2 * x + 1]) << 8
                        let (blue, green, red) = (word & 31, word >> 5 & mostGreen, word >> (5 + greenBits) & 31)
                        write(x, UInt8(red * 255 / 31), UInt8(green * 255 / mostGreen), UInt8(blue * 255 / 31))
                    }
                case .bytes(let size, let red, let green, let blue, let alpha):
                    for x in 0..<fields.width {
                        let place = x * size
                        write(
                            x, row[place + red], row[place + green], row[place + blue],
                            alpha.map { row[place + $0] } ?? 255)
                    }
                }
            }
        }
    }

    /// Unpacks run-length coded data into one byte a pixel, in the order of the file.
    private func unpackedRuns() throws(ImageError) -> ArraySlice<UInt8> {
        guard [4, 8].contains(fields.bits), let count = checkedProduct(fields.width, fields.height) else {
            throw .corrupt(.bmp, reason: "only pictures of 4 and 8 bits can be run-length coded")
        }
        var runs = BMPRunLength(
            bytes: bytes, offset: fields.dataStart, isNibbles: fields.compression == .runLength4, width: fields.width,
            count: count)
        guard let indices = runs.unpack() else { throw .truncated(.bmp) }
        return indices[...]
    }
}
