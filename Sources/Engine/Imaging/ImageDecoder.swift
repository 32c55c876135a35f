/// Reads pictures from bytes sent by anyone.
///
/// Values are those of Pillow: what `Image.open(…).convert(…)` makes of the same file. Limits are checked on the
/// header, before anything is allocated for the pixels; damaged and cut files are refused with an `ImageError`.
public struct ImageDecoder: Sendable, Equatable {
    /// What is refused unread.
    public let limits: ImageLimits

    /// Makes a decoder with limits.
    public init(limits: ImageLimits = ImageLimits()) {
        self.limits = limits
    }

    /// Reads the header of a picture and checks the limits; the pixels are not looked at.
    public func header(of bytes: [UInt8]) throws(ImageError) -> ImageHeader {
        try source(of: bytes).header
    }

    /// Decodes a picture; of an animation the first frame.
    ///
    /// - Parameters:
    ///   - bytes: a whole file.
    ///   - format: the channels wanted.
    ///   - orientation: whether the EXIF orientation is applied.
    ///   - alpha: what becomes of transparency when `format` has no alpha channel.
    ///   - atLeast: when given, a JPEG much larger than this width and height (as turned by `orientation`) may be
    ///     decoded at a half, quarter or eighth of its size, but not below them.
    /// - Complexity: O(stored pixels).
    public func decode(
        _ bytes: [UInt8], as format: PixelFormat, orientation: OrientationPolicy = .apply, alpha: AlphaPolicy = .drop,
        atLeast: (width: Int, height: Int)? = nil
    ) throws(ImageError) -> PixelImage {
        let source = try source(of: bytes)
        let turn = orientation == .apply ? source.header.orientation : .upright
        let converter = RowConverter(format: format, alpha: alpha)
        let image: PixelImage
        if let jpeg = source as? JPEGDecoder {
            let minimum = atLeast.map { turn.swapsSides ? (width: $0.height, height: $0.width) : $0 }
            image = try jpeg.decode(converter, atLeast: minimum)
        } else {
            image = try source.decode(converter)
        }
        return image.oriented(turn)
    }

    private func source(of bytes: [UInt8]) throws(ImageError) -> any PictureSource {
        guard !bytes.isEmpty else { throw .empty }
        guard bytes.count <= limits.maximumBytes else {
            throw .tooManyBytes(bytes.count, limit: limits.maximumBytes)
        }
        guard let format = ImageFormat.sniff(bytes) else {
            if let name = ImageFormat.nameOfRefusedFormat(bytes) { throw .unsupported(name) }
            throw .unknownFormat
        }
        let source: any PictureSource =
            switch format {
            case .jpeg: try JPEGDecoder(bytes)
            case .png: try PNGDecoder(bytes)
            case .gif: try GIFDecoder(bytes)
            case .webp: try WebPDecoder(bytes)
            case .bmp: try BMPDecoder(bytes)
            case .tiff: try TIFFDecoder(bytes)
            }
        let (width, height) = (source.header.width, source.header.height)
        guard width > 0, height > 0 else {
            throw .corrupt(format, reason: "its size is \(width) × \(height) pixels")
        }
        guard let area = checkedProduct(width, height), area <= limits.maximumPixels else {
            throw .tooManyPixels(width: width, height: height, limit: limits.maximumPixels)
        }
        guard max(width, height) <= limits.maximumSide else {
            throw .sideTooLong(width: width, height: height, limit: limits.maximumSide)
        }
        return source
    }
}

/// A picture file whose header has been read.
protocol PictureSource {
    var header: ImageHeader { get }

    /// Decodes the pixels as stored.
    ///
    /// - Precondition: the header's size is within the limits.
    func decode(_ converter: RowConverter) throws(ImageError) -> PixelImage
}
