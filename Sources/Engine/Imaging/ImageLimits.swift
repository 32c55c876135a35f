/// How large a picture file may be; all limits are checked before anything is allocated for it.
public struct ImageLimits: Sendable, Equatable {
    /// Largest file in bytes.
    public var maximumBytes = 25 << 20
    /// Largest area by the header, width × height in pixels.
    public var maximumPixels = 50_000_000
    /// Longest side by the header in pixels: what JPEG allows. Pictures that are thin lines of many megapixels are
    /// only made to exhaust a resampler.
    public var maximumSide = 65_535

    /// The default limits: 25 MiB, 50 megapixels and 65,535 pixels a side.
    public init() {}
}
