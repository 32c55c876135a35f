/// Turns restored PNG rows of any depth into pixels.
struct PNGSamples {
    let converter: RowConverter
    private let color: PNGChunks.ColorType
    private let depth: Int
    private let layout: SampleLayout
    /// The pixel of each palette index, as `RowConverter.pixel` packs it; empty without a palette.
    private let table: [UInt32]
    /// The colour that counts as transparent.
    private let key: Color?
    private var scratch: [UInt8] = []

    init(_ chunks: PNGChunks, _ bytes: [UInt8], _ converter: RowConverter) {
        self.converter = converter
        color = chunks.color
        depth = chunks.depth
        let transparency = chunks.transparency.map { Array(bytes[$0]) }
        table =
            chunks.color == .indexed
            ? Self.table(chunks.palette.map { Array(bytes[$0]) } ?? [], transparency ?? [], converter) : []
        key = converter.needsAlpha ? transparency.flatMap { Self.key($0, chunks.color, chunks.depth) } : nil
        layout =
            switch chunks.color {
            case .gray, .indexed: key == nil ? .gray : .grayAlpha
            case .grayAlpha: .grayAlpha
            case .rgb: key == nil ? .rgb : .rgba
            case .rgba: .rgba
            }
    }

    /// Converts one row.
    mutating func convert(
        _ row: UnsafeMutableBufferPointer<UInt8>, count: Int, into target: UnsafeMutableBufferPointer<UInt8>
    ) {
        if depth == 8, key == nil {
            finish(UnsafeBufferPointer(row), count, target)
            return
        }
        let channels = color.channels
        if scratch.count < count * 4 { scratch = [UInt8](repeating: 0, count: count * 4) }
        scratch.withUnsafeMutableBufferPointer { samples in
            Self.unpack(row, depth: depth, color, count: count * channels, into: samples)
            if let key { Self.addAlpha(samples, channels: channels, count: count, key) }
        }
        scratch.withUnsafeBufferPointer { finish($0, count, target) }
    }

    private func finish(
        _ samples: UnsafeBufferPointer<UInt8>, _ count: Int, _ target: UnsafeMutableBufferPointer<UInt8>
    ) {
        guard color == .indexed else {
            converter.convert(samples, layout: layout, count: count, into: target)
            return
        }
        let channels = converter.format.channels
        for index in 0..<count {
            var pixel = table[Int(samples[index])]
            for channel in 0..<channels {
                target[index * channels + channel] = UInt8(truncatingIfNeeded: pixel)
                pixel >>= 8
            }
        }
    }

    /// Brings samples to 8 bits. Grey of 16 bits is clipped, not scaled: Pillow keeps such pictures as integers.
    private static func unpack(
        _ row: UnsafeMutableBufferPointer<UInt8>, depth: Int, _ color: PNGChunks.ColorType, count: Int,
        into samples: UnsafeMutableBufferPointer<UInt8>
    ) {
        switch depth {
        case 16 where color == .gray:
            for index in 0..<count { samples[index] = row[2 * index] > 0 ? 255 : row[2 * index + 1] }
        case 16:
            for index in 0..<count { samples[index] = row[2 * index] }
        case 8:
            for index in 0..<count { samples[index] = row[index] }
        default:
            let mask = UInt8(1 << depth - 1)
            let scale = color == .indexed ? 1 : 255 / mask
            for index in 0..<count {
                let bit = index * depth
                samples[index] = (row[bit >> 3] >> UInt8(8 - depth - bit & 7) & mask) * scale
            }
        }
    }

    /// Adds an alpha channel that is 0 where the pixel has the transparent colour; from the end, in place.
    private static func addAlpha(
        _ samples: UnsafeMutableBufferPointer<UInt8>, channels: Int, count: Int, _ key: Color
    ) {
        for index in stride(from: count - 1, through: 0, by: -1) {
            let (read, write) = (index * channels, index * (channels + 1))
            let isKey =
                samples[read] == key.red
                && (channels == 1 || samples[read + 1] == key.green && samples[read + 2] == key.blue)
            for channel in stride(from: channels - 1, through: 0, by: -1) {
                samples[write + channel] = samples[read + channel]
            }
            samples[write + channels] = isKey ? 0 : 255
        }
    }

    /// The transparent colour on the scale of the 8-bit samples, as Pillow takes it: the low byte of each value,
    /// unscaled, except in pictures of one bit.
    private static func key(_ bytes: [UInt8], _ color: PNGChunks.ColorType, _ depth: Int) -> Color? {
        switch color {
        case .gray:
            guard let value = bytes.big16(at: 0) else { return nil }
            let level = depth == 1 ? (value > 0 ? 255 : 0) : UInt8(truncatingIfNeeded: value)
            return Color(red: level, green: level, blue: level, alpha: 0)
        case .rgb:
            guard bytes.count >= 6 else { return nil }
            return Color(red: bytes[1], green: bytes[3], blue: bytes[5], alpha: 0)
        case .indexed, .grayAlpha, .rgba: return nil
        }
    }

    /// Palette entries that are missing are black.
    private static func table(_ palette: [UInt8], _ alphas: [UInt8], _ converter: RowConverter) -> [UInt32] {
        (0..<256).map { index in
            var color = Color.opaqueBlack
            if 3 * index + 2 < palette.count {
                (color.red, color.green, color.blue) =
                    (palette[3 * index], palette[3 * index + 1], palette[3 * index + 2])
            }
            color.alpha = alphas.byte(at: index) ?? 255
            return converter.pixel(color)
        }
    }
}
