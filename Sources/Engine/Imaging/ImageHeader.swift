/// What a picture file says about itself before its pixels are decoded.
public struct ImageHeader: Sendable, Equatable {
    /// Format by the first bytes.
    public var format: ImageFormat
    /// Width as stored, in pixels, before any turning.
    public var width: Int
    /// Height as stored, in pixels.
    public var height: Int
    /// EXIF orientation; upright where none is written.
    public var orientation: Orientation
    /// Whether some pixels may be transparent.
    public var hasAlpha: Bool
    /// Whether there is more than one frame; only the first is ever decoded.
    public var isAnimated: Bool

    init(
        format: ImageFormat, width: Int, height: Int, orientation: Orientation = .upright, hasAlpha: Bool = false,
        isAnimated: Bool = false
    ) {
        self.format = format
        self.width = width
        self.height = height
        self.orientation = orientation
        self.hasAlpha = hasAlpha
        self.isAnimated = isAnimated
    }
}
