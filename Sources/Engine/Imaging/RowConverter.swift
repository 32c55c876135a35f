/// What becomes of transparency when pixels without an alpha channel are asked for.
public enum AlphaPolicy: String, Sendable, CaseIterable {
    /// The colour is taken as it is stored, whatever its alpha, as Pillow's `convert` does.
    case drop
    /// The colour is laid over white.
    case compositeOnWhite
    /// The colour is laid over black.
    case compositeOnBlack

    var background: Int? {
        switch self {
        case .drop: nil
        case .compositeOnWhite: 255
        case .compositeOnBlack: 0
        }
    }
}

/// How a decoder hands over samples, always 8 bits each.
enum SampleLayout {
    case gray, grayAlpha, rgb, rgba

    var bytesPerPixel: Int {
        switch self {
        case .gray: 1
        case .grayAlpha: 2
        case .rgb: 3
        case .rgba: 4
        }
    }
}

/// One colour with its alpha.
struct Color: Equatable {
    var red: UInt8
    var green: UInt8
    var blue: UInt8
    var alpha: UInt8

    static let opaqueBlack = Color(red: 0, green: 0, blue: 0, alpha: 255)
}

/// Turns samples as decoders find them into the pixels a caller asked for.
struct RowConverter {
    let format: PixelFormat
    let alpha: AlphaPolicy

    /// Whether the alpha of a source can change the result.
    var needsAlpha: Bool { format == .rgba || alpha != .drop }

    /// Converts pixels from one buffer to another.
    ///
    /// - Precondition: `source` holds `count` pixels of `layout`, `target` has room for `count` of `format`.
    func convert(
        _ source: UnsafeBufferPointer<UInt8>, layout: SampleLayout, count: Int,
        into target: UnsafeMutableBufferPointer<UInt8>
    ) {
        precondition(source.count >= count * layout.bytesPerPixel && target.count >= count * format.channels)
        guard count > 0, let read = source.baseAddress, let write = target.baseAddress else { return }
        switch layout {
        case .gray:
            each(count, read, step: 1, write, hasAlpha: false) {
                Color(red: $0[0], green: $0[0], blue: $0[0], alpha: 255)
            }
        case .grayAlpha:
            each(count, read, step: 2, write, hasAlpha: true) {
                Color(red: $0[0], green: $0[0], blue: $0[0], alpha: $0[1])
            }
        case .rgb:
            each(count, read, step: 3, write, hasAlpha: false) {
                Color(red: $0[0], green: $0[1], blue: $0[2], alpha: 255)
            }
        case .rgba where format == .gray: grayRuns(count, read, write)
        case .rgba:
            each(count, read, step: 4, write, hasAlpha: true) {
                Color(red: $0[0], green: $0[1], blue: $0[2], alpha: $0[3])
            }
        }
    }

    /// The bytes of one pixel, in the low `format.channels` bytes, first channel lowest.
    func pixel(_ color: Color) -> UInt32 {
        let shown = composited(color)
        switch format {
        case .gray: return UInt32(Self.luma(shown))
        case .rgb: return UInt32(shown.red) | UInt32(shown.green) << 8 | UInt32(shown.blue) << 16
        case .rgba:
            return UInt32(shown.red) | UInt32(shown.green) << 8 | UInt32(shown.blue) << 16 | UInt32(shown.alpha) << 24
        }
    }

    /// The ITU-R 601 grey level in 16-bit fixed point; the weights sum to 65,536 and the last bit is rounded.
    @inline(__always)
    static func luma(_ color: Color) -> UInt8 {
        let sum = 19595 &* UInt32(color.red) &+ 38470 &* UInt32(color.green) &+ 7471 &* UInt32(color.blue) &+ 0x8000
        return UInt8(truncatingIfNeeded: sum >> 16)
    }

    private func composited(_ color: Color) -> Color {
        guard format != .rgba, let background = alpha.background else { return color }
        return Self.over(color, background: background)
    }

    @inline(__always)
    private static func over(_ color: Color, background: Int) -> Color {
        let opacity = Int(color.alpha)
        let rest = background &* (255 &- opacity)
        return Color(
            red: dividedBy255(Int(color.red) &* opacity &+ rest),
            green: dividedBy255(Int(color.green) &* opacity &+ rest),
            blue: dividedBy255(Int(color.blue) &* opacity &+ rest), alpha: 255)
    }

    @inline(__always)
    private func each(
        _ count: Int, _ source: UnsafePointer<UInt8>, step: Int, _ target: UnsafeMutablePointer<UInt8>,
        hasAlpha: Bool, load: (UnsafePointer<UInt8>) -> Color
    ) {
        let background = hasAlpha && format != .rgba ? alpha.background : nil
        var read = source
        var write = target
        switch format {
        case .gray:
            for _ in 0..<count {
                let color = load(read)
                write[0] = Self.luma(background.map { Self.over(color, background: $0) } ?? color)
                read += step
                write += 1
            }
        case .rgb:
            for _ in 0..<count {
                var color = load(read)
                if let background { color = Self.over(color, background: background) }
                (write[0], write[1], write[2]) = (color.red, color.green, color.blue)
                read += step
                write += 3
            }
        case .rgba:
            for _ in 0..<count {
                let color = load(read)
                (write[0], write[1], write[2], write[3]) = (color.red, color.green, color.blue, color.alpha)
                read += step
                write += 4
            }
        }
    }

    /// RGBA to grey. Drawings on a canvas are long runs of one colour, so the last result is kept.
    private func grayRuns(_ count: Int, _ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>) {
        let words = UnsafeRawPointer(source)
        var lastWord = words.loadUnaligned(as: UInt32.self)
        var lastGray = gray(ofWord: lastWord)
        for index in 0..<count {
            let word = words.loadUnaligned(fromByteOffset: index &* 4, as: UInt32.self)
            if word != lastWord {
                lastWord = word
                lastGray = gray(ofWord: word)
            }
            target[index] = lastGray
        }
    }

    @inline(__always)
    private func gray(ofWord word: UInt32) -> UInt8 {
        let color = Color(
            red: UInt8(truncatingIfNeeded: word), green: UInt8(truncatingIfNeeded: word >> 8),
            blue: UInt8(truncatingIfNeeded: word >> 16), alpha: UInt8(truncatingIfNeeded: word >> 24))
        guard let background = alpha.background else { return Self.luma(color) }
        return Self.luma(Self.over(color, background: background))
    }
}

/// `value ÷ 255` rounded to the nearest, exact for 0...65,025.
@inline(__always)
func dividedBy255(_ value: Int) -> UInt8 {
    let biased = value &+ 128
    return UInt8(truncatingIfNeeded: ((biased >> 8) &+ biased) >> 8)
}
