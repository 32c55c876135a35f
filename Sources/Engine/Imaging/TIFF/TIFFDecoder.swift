/// Decodes the first picture of a TIFF file: grey, palette or RGB in strips, not packed or by PackBits or Deflate.
///
/// Grey and palette samples may have 1, 2, 4 or 8 bits, colours have 8. Values are those of Pillow, which turns a TIFF
/// upright by its orientation whatever the caller wants; so does this.
struct TIFFDecoder: PictureSource {
    /// What the samples of a pixel mean.
    private enum Samples: Equatable {
        case gray(isInverted: Bool)
        case palette
        case rgb
    }

    let header: ImageHeader
    private let bytes: [UInt8]
    private let directory: TIFFDirectory
    /// As stored, before any turning.
    private let width: Int
    private let height: Int
    private let orientation: Orientation
    private let bits: Int
    private let samplesPerPixel: Int
    private let samples: Samples
    private let hasAlpha: Bool
    private let packing: TIFFStrip.Packing
    private let isDifferences: Bool

    init(_ bytes: [UInt8]) throws(ImageError) {
        let directory = try TIFFDirectory(bytes)
        guard let width = try directory.value(.width), let height = try directory.value(.height) else {
            throw .corrupt(.tiff, reason: "it does not tell its size")
        }
        let count = try directory.value(.samplesPerPixel) ?? 1
        let depths = try directory.values(.bitsPerSample, atMost: 8) ?? [1]
        guard let bits = depths.first, depths.allSatisfy({ $0 == bits }), (1...8).contains(count),
            try directory.value(.sampleFormat) ?? 1 == 1, try directory.value(.fillOrder) ?? 1 == 1
        else { throw .unsupported("TIFF with these samples") }
        guard try directory.value(.tileWidth) == nil, try directory.value(.planarConfiguration) ?? 1 == 1 || count == 1
        else { throw .unsupported("TIFF in tiles or planes") }
        guard let packing = TIFFStrip.Packing(try directory.value(.compression) ?? 1) else {
            throw .unsupported("TIFF with this compression")
        }
        let predictor = try directory.value(.predictor) ?? 1
        guard predictor == 1 || predictor == 2 && bits == 8 && packing == .deflate else {
            throw .unsupported("TIFF with this prediction")
        }
        samples = try Self.samples(try directory.value(.photometric), bits: bits, count: count)
        let own = samples == .rgb ? 3 : 1
        // 2 is an alpha that the colours are not multiplied with; other extra samples are passed over, as by Pillow.
        let extra = try directory.value(.extraSamples) ?? 0
        guard extra != 1 || count == own else { throw .unsupported("TIFF with colours multiplied by alpha") }
        hasAlpha = extra == 2 && count > own
        orientation = Orientation(rawValue: try directory.value(.orientation) ?? 1) ?? .upright
        let sides = orientation.swapsSides ? (height, width) : (width, height)
        header = ImageHeader(format: .tiff, width: sides.0, height: sides.1, hasAlpha: hasAlpha)
        (self.bytes, self.directory, self.width, self.height) = (bytes, directory, width, height)
        (self.bits, samplesPerPixel, self.packing, isDifferences) = (bits, count, packing, predictor == 2)
    }

    private static func samples(_ photometric: Int?, bits: Int, count: Int) throws(ImageError) -> Samples {
        switch (photometric, bits, count) {
        case (0, 8, _), (0, 1, 1), (0, 2, 1), (0, 4, 1): return .gray(isInverted: true)
        case (1, 8, _), (1, 1, 1), (1, 2, 1), (1, 4, 1): return .gray(isInverted: false)
        case (2, 8, 3...): return .rgb
        case (3, 1, 1), (3, 2, 1), (3, 4, 1), (3, 8, 1): return .palette
        default: throw .unsupported("TIFF with these samples")
        }
    }

    func decode(_ converter: RowConverter) throws(ImageError) -> PixelImage {
        guard let rowBits = checkedProduct(width, samplesPerPixel, bits), rowBits < Int.max - 7,
            let all = checkedProduct((rowBits + 7) / 8, height), all > 0
        else { throw .truncated(.tiff) }
        let rowLength = (rowBits + 7) / 8
        let rowsPerStrip = min(max(try directory.value(.rowsPerStrip) ?? height, 1), height)
        let strips = (height + rowsPerStrip - 1) / rowsPerStrip
        guard let offsets = try directory.values(.stripOffsets, atMost: strips), offsets.count == strips else {
            throw .truncated(.tiff)
        }
        let sizes = try directory.values(.stripByteCounts, atMost: strips) ?? []
        let colors = try colors()
        var image = PixelImage(width: width, height: height, format: converter.format)
        let rowPixels = width * converter.format.channels
        var scratch = [UInt8](repeating: 255, count: width * 4)
        var packedLeft = bytes.count
        for (strip, offset) in offsets.enumerated() {
            let rows = min(rowsPerStrip, height - strip * rowsPerStrip)
            // What is not packed is as long as it must be, whatever the file says.
            let size = packing != .none && strip < sizes.count ? sizes[strip] : bytes.count
            let packed = bytes.dropFirst(offset).prefix(size)
            // Many strips that share the same long data would take for ever.
            if packing != .none { packedLeft -= packed.count }
            guard packedLeft >= 0 else { throw .corrupt(.tiff, reason: "its strips overlap") }
            let data = try TIFFStrip.unpack(packed, packing, count: rows * rowLength)
            for row in 0..<rows {
                let start = data.startIndex + row * rowLength
                unpack(Array(data[start..<start + rowLength]), colors, into: &scratch)
                let target = (strip * rowsPerStrip + row) * rowPixels
                scratch.withUnsafeBufferPointer { scratch in
                    image.pixels.withUnsafeMutableBufferPointer { pixels in
                        converter.convert(
                            scratch, layout: .rgba, count: width,
                            into: UnsafeMutableBufferPointer(rebasing: pixels[target..<target + rowPixels]))
                    }
                }
            }
        }
        return image.oriented(orientation)
    }

    /// The colour of each index; those of a map are 16 bits deep, first all reds, then all greens and blues.
    private func colors() throws(ImageError) -> [Color] {
        let count = 1 << bits
        switch samples {
        case .rgb: return []
        case .gray(let isInverted):
            return (0..<count).map { index in
                let level = UInt8(index * 255 / (count - 1))
                let shown = isInverted ? 255 - level : level
                return Color(red: shown, green: shown, blue: shown, alpha: 255)
            }
        case .palette:
            guard let map = try directory.values(.colorMap, atMost: 3 * count), map.count == 3 * count else {
                throw .corrupt(.tiff, reason: "it has no whole colour map")
            }
            return (0..<count).map { index in
                let levels = [0, count, 2 * count].map { UInt8(truncatingIfNeeded: map[index + $0] >> 8) }
                return Color(red: levels[0], green: levels[1], blue: levels[2], alpha: 255)
            }
        }
    }

    /// Writes a row as RGBA.
    private func unpack(_ packed: [UInt8], _ colors: [Color], into target: inout [UInt8]) {
        var row = packed
        if isDifferences {
            for place in row.indices.dropFirst(samplesPerPixel) { row[place] &+= row[place - samplesPerPixel] }
        }
        let mask = 1 << bits - 1
        for x in 0..<width {
            if samples == .rgb {
                for channel in 0..<3 { target[4 * x + channel] = row[x * samplesPerPixel + channel] }
                if hasAlpha { target[4 * x + 3] = row[x * samplesPerPixel + 3] }
            } else {
                let bit = x * samplesPerPixel * bits
                let color = colors[Int(row[bit >> 3]) >> (8 - bits - bit & 7) & mask]
                (target[4 * x], target[4 * x + 1], target[4 * x + 2]) = (color.red, color.green, color.blue)
                if hasAlpha { target[4 * x + 3] = row[x * samplesPerPixel + 1] }
            }
        }
    }
}
