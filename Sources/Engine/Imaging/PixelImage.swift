/// Which channels a pixel has, one byte each.
public enum PixelFormat: String, Sendable, CaseIterable {
    case gray, rgb, rgba

    /// Bytes per pixel.
    public var channels: Int {
        switch self {
        case .gray: 1
        case .rgb: 3
        case .rgba: 4
        }
    }
}

/// A decoded picture: 8 bits per channel, row-major, channels interleaved, no padding.
public struct PixelImage: Sendable, Equatable {
    /// Width in pixels, at least 1.
    public let width: Int
    /// Height in pixels, at least 1.
    public let height: Int
    /// Channels of a pixel.
    public let format: PixelFormat
    /// `width × height × format.channels` bytes.
    public internal(set) var pixels: [UInt8]

    /// Makes a picture of its pixels.
    ///
    /// - Precondition: both sides are at least 1 and `pixels.count` is `width × height × format.channels`.
    public init(width: Int, height: Int, format: PixelFormat, pixels: [UInt8]) {
        precondition(width > 0 && height > 0, "a picture has at least one pixel")
        precondition(pixels.count == width * height * format.channels, "a picture needs exactly its pixels")
        self.width = width
        self.height = height
        self.format = format
        self.pixels = pixels
    }

    /// A black (and, with an alpha channel, transparent) picture.
    init(width: Int, height: Int, format: PixelFormat) {
        let pixels = [UInt8](repeating: 0, count: width * height * format.channels)
        self.init(width: width, height: height, format: format, pixels: pixels)
    }

    /// The part of the picture in a rectangle.
    ///
    /// - Precondition: the rectangle has at least one pixel and lies inside the picture.
    public func cropped(x: Int, y: Int, width newWidth: Int, height newHeight: Int) -> PixelImage {
        precondition(
            x >= 0 && y >= 0 && newWidth > 0 && newHeight > 0 && newWidth <= width - x && newHeight <= height - y,
            "the rectangle must lie inside the picture")
        if newWidth == width, newHeight == height { return self }
        let channels = format.channels
        var part: [UInt8] = []
        part.reserveCapacity(newWidth * newHeight * channels)
        for row in y..<y + newHeight {
            let start = (row * width + x) * channels
            part.append(contentsOf: pixels[start..<start + newWidth * channels])
        }
        return PixelImage(width: newWidth, height: newHeight, format: format, pixels: part)
    }

    /// The picture with other channels, as Pillow's `convert` makes them.
    ///
    /// - Parameter alpha: what becomes of transparency when the new format has none.
    public func converted(to newFormat: PixelFormat, alpha: AlphaPolicy = .drop) -> PixelImage {
        if newFormat == format { return self }
        let layout: SampleLayout =
            switch format {
            case .gray: .gray
            case .rgb: .rgb
            case .rgba: .rgba
            }
        var result = PixelImage(width: width, height: height, format: newFormat)
        let converter = RowConverter(format: newFormat, alpha: alpha)
        pixels.withUnsafeBufferPointer { source in
            result.pixels.withUnsafeMutableBufferPointer { target in
                converter.convert(source, layout: layout, count: width * height, into: target)
            }
        }
        return result
    }

    /// The grey levels, weighted 0.299, 0.587, 0.114 as in ITU-R 601 and Pillow's mode `L`.
    public func gray(alpha: AlphaPolicy = .drop) -> PixelImage {
        converted(to: .gray, alpha: alpha)
    }
}
