import Foundation

/// How a picture is resized.
public enum ResampleFilter: String, Sendable, CaseIterable {
    /// The nearest source pixel, as Pillow's `NEAREST`.
    case nearest
    /// A triangle of two source pixels, widened when shrinking, as Pillow's `BILINEAR`.
    case bilinear
    /// A cubic of four source pixels with a = −0.5, widened when shrinking, as Pillow's `BICUBIC`.
    case bicubic
    /// A windowed sine of six source pixels, widened when shrinking, as Pillow's `LANCZOS`.
    case lanczos
    /// Always two source pixels each way, as OpenCV's `INTER_LINEAR`: aliases when shrinking by much.
    case openCVLinear
    /// Always two source pixels each way in floating point, as TensorFlow's `bilinear` without antialiasing.
    case tensorFlowLinear

    /// Whether every source pixel counts when shrinking, so that a picture may be reduced in two steps.
    var isAntialiased: Bool { kernel != nil }

    /// The weight function of a convolution and the distance at which it ends, in source pixels.
    var kernel: (support: Double, weight: (Double) -> Double)? {
        switch self {
        case .nearest, .openCVLinear, .tensorFlowLinear: nil
        case .bilinear: (1, { max(0, 1 - abs($0)) })
        case .bicubic: (2, Self.cubic)
        case .lanczos: (3, Self.windowedSine)
        }
    }

    /// Keys' cubic convolution (1981) with a = −0.5.
    private static func cubic(_ distance: Double) -> Double {
        let (x, a) = (abs(distance), -0.5)
        if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
        if x < 2 { return (((x - 5) * x + 8) * x - 4) * a }
        return 0
    }

    /// `sinc(x) · sinc(x / 3)`, by one sine: sin 3y = sin y · (3 − 4 sin² y) with y = πx / 3.
    private static func windowedSine(_ x: Double) -> Double {
        guard abs(x) < 3 else { return 0 }
        let angle = x * .pi / 3
        guard angle != 0 else { return 1 }
        let sine = sin(angle)
        let square = sine * sine
        return square * (3 - 4 * square) / (3 * angle * angle)
    }
}

extension PixelImage {
    /// The picture at another size.
    ///
    /// Equal to Pillow's `resize` for its filters: pictures with alpha are weighted by it except by `nearest`.
    /// - Precondition: both sides are at least 1.
    /// - Complexity: O(source pixels) for the filters of Pillow, O(result pixels) for the others.
    public func resized(width newWidth: Int, height newHeight: Int, filter: ResampleFilter) -> PixelImage {
        precondition(newWidth > 0 && newHeight > 0, "a picture has at least one pixel")
        if newWidth == width, newHeight == height { return self }
        switch filter {
        case .nearest: return nearest(newWidth, newHeight)
        case .openCVLinear: return openCVLinear(newWidth, newHeight)
        case .tensorFlowLinear: return tensorFlowLinear(newWidth, newHeight)
        case .bilinear, .bicubic, .lanczos:
            guard format == .rgba else { return convolved(newWidth, newHeight, filter) }
            return premultiplied().convolved(newWidth, newHeight, filter).unpremultiplied()
        }
    }

    private func convolved(_ newWidth: Int, _ newHeight: Int, _ filter: ResampleFilter) -> PixelImage {
        // The order decides the rounding. As in Pillow 13, columns come first where the height loses more than twice
        // what the width does; that also bounds the picture in between for thin lines.
        let isHeightFirst = height - newHeight > 2 * max(0, width - newWidth)
        if isHeightFirst { return vertical(newHeight, filter).horizontal(newWidth, filter) }
        return horizontal(newWidth, filter).vertical(newHeight, filter)
    }

    private func horizontal(_ newWidth: Int, _ filter: ResampleFilter) -> PixelImage {
        guard newWidth != width, let weights = ResampleWeights.of(filter, from: width, to: newWidth) else {
            return self
        }
        return Convolution.horizontal(self, weights)
    }

    private func vertical(_ newHeight: Int, _ filter: ResampleFilter) -> PixelImage {
        guard newHeight != height, let weights = ResampleWeights.of(filter, from: height, to: newHeight) else {
            return self
        }
        return Convolution.vertical(self, weights)
    }

    private func nearest(_ newWidth: Int, _ newHeight: Int) -> PixelImage {
        let columns = Self.nearestSources(from: width, to: newWidth)
        let rows = Self.nearestSources(from: height, to: newHeight)
        let channels = format.channels
        var result = PixelImage(width: newWidth, height: newHeight, format: format)
        pixels.withUnsafeBufferPointer { source in
            result.pixels.withUnsafeMutableBufferPointer { target in
                var write = 0
                for row in rows {
                    for column in columns {
                        let read = (row * width + column) * channels
                        for channel in 0..<channels { target[write + channel] = source[read + channel] }
                        write += channels
                    }
                }
            }
        }
        return result
    }

    /// The source position is summed up step by step, as in Pillow, so that ties round the same way.
    private static func nearestSources(from: Int, to: Int) -> [Int] {
        let step = Double(from) / Double(to)
        var position = step / 2
        return (0..<to).map { _ in
            defer { position += step }
            return min(Int(position), from - 1)
        }
    }

    private func premultiplied() -> PixelImage {
        mapPixels { pixel in
            let alpha = Int(pixel[3])
            for channel in 0..<3 { pixel[channel] = dividedBy255(Int(pixel[channel]) * alpha) }
        }
    }

    private func unpremultiplied() -> PixelImage {
        mapPixels { pixel in
            let alpha = Int(pixel[3])
            guard alpha > 0, alpha < 255 else { return }
            for channel in 0..<3 { pixel[channel] = UInt8(min(255, 255 * Int(pixel[channel]) / alpha)) }
        }
    }

    private func mapPixels(_ change: (UnsafeMutablePointer<UInt8>) -> Void) -> PixelImage {
        var result = self
        result.pixels.withUnsafeMutableBufferPointer { pixels in
            guard let start = pixels.baseAddress else { return }
            for index in stride(from: 0, to: pixels.count, by: 4) { change(start + index) }
        }
        return result
    }
}
